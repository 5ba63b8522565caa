"""The tree of HINT that is rebuilt from outputs survives a restart."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_hint import build, steps

from hint_train.config.sections import GraphConfig, TreeConfig
from hint_train.methods.config import Config
from hint_train.methods.hint.options import LossConfig


@pytest.mark.parametrize("variant", ["v3", "full"])
def test_tree_is_rebuilt_from_outputs_and_survives_a_restart(pairs, variant):
    config = replace(Config(), tree=TreeConfig(rebuild_every=1), loss=LossConfig(variant=variant))
    method, train = build(pairs, config)
    steps(method, train, epoch=0)
    steps(method, train, epoch=1)
    restored, _ = build(pairs, config)
    restored.load_state({key: value.clone() for key, value in method.state().items()})
    assert int(method.state()["rebuilt_at"]) == 1
    assert steps(restored, train, epoch=1) == steps(method, train, epoch=1)


def test_a_tree_that_followed_its_graph_survives_a_restart(pairs, monkeypatch):
    """A new build would find another tree, so the one that was brought up to date is part of the state."""
    config = replace(Config(), tree=TreeConfig(rebuild_every=1), graph=GraphConfig(k=5, agreement_k=9))
    method, train = build(pairs, config)
    source = torch.Generator().manual_seed(0)
    for epoch in range(3):
        steps(method, train, epoch=epoch)
        with torch.no_grad():
            for network in method.networks.values():
                for weights in network.parameters():
                    weights += 1e-3 * torch.randn(weights.shape, generator=source)
    restored, _ = build(pairs, config)
    with monkeypatch.context() as patch:
        patch.setattr("hint_train.structure.encoding_tree.hint_se.build_tree", None)
        restored.load_state({key: value.clone() for key, value in method.state().items()})
        assert np.array_equal(restored._structure.tree.parent, method._structure.tree.parent)
        assert steps(restored, train, epoch=2) == steps(method, train, epoch=2)
        assert steps(restored, train, epoch=3) == steps(method, train, epoch=3)  # it follows again
