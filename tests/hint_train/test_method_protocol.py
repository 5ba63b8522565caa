"""Every method through one protocol: finite losses, gradients everywhere, same seed same weights, state restores all."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hint_train.config import (
    Config,
    GraphConfig,
    LossConfig,
    MixupConfig,
    OptimiserConfig,
    ProxyConfig,
    TreeConfig,
    preset,
)
from hint_train.data.pairs import TrainingPairs
from hint_train.method import TrainingSet
from hint_train.methods import METHODS

CPU = torch.device("cpu")
BITS = 12


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(0)
    centre = rng.integers(6, size=90)
    image, text = (rng.standard_normal((6, d)).astype(np.float32)[centre] * 2 for d in (9, 7))
    return TrainingPairs(*(x + rng.standard_normal(x.shape).astype(np.float32) for x in (image, text)))


def build(pairs, config, seed=0):
    entry = METHODS[config.method]
    train = TrainingSet(torch.from_numpy(pairs.image), torch.from_numpy(pairs.text))
    return entry.build(entry.prepare(pairs, config, CPU), train, config, BITS, seed), train


def steps(method, train, n=3, epoch=0):
    out = []
    method.begin_epoch(epoch)
    for step in range(n):
        index = torch.arange(step * 16, step * 16 + 16)
        terms = method.loss(train.batch(index, epoch, step))
        out.append({name: value.item() for name, value in terms.items()})
        torch.stack(list(terms.values())).sum().backward()
    return out


def parameters(method):
    return {f"{m}.{name}": p for m, net in method.networks.items() for name, p in net.named_parameters()}


@pytest.mark.parametrize("name", METHODS)
def test_protocol(pairs, name):
    config = replace(Config(method=name), loss=LossConfig(hash_loss=0.5))
    method, train = build(pairs, config)
    found = steps(method, train)
    assert all(np.isfinite(list(terms.values())).all() for terms in found)
    assert all(p.grad is not None and float(p.grad.abs().sum()) > 0 for p in parameters(method).values())
    again, _ = build(pairs, config)
    assert steps(again, train) == found
    other, _ = build(pairs, config, seed=1)
    assert steps(other, train) != found
    assert method.networks["image"](train.image).shape == (90, BITS)


@pytest.mark.parametrize("name", METHODS)
def test_state_restores_everything(pairs, name):
    config = Config(method=name)
    method, train = build(pairs, config)
    steps(method, train)
    restored, _ = build(pairs, config, seed=0)
    restored.load_state({key: value.clone() for key, value in method.state().items()})
    assert steps(restored, train, epoch=1) == steps(method, train, epoch=1)


OPTIONS = [
    {"graph": GraphConfig(similarity="l2", knn="mutual", k=8)},
    {"graph": GraphConfig(similarity="l1", edge_weight="similarity")},
    {"graph": GraphConfig(pairs="edge", pair_edge=3.0)},
    {"tree": TreeConfig(height=None, algorithm="merge-compress")},
    {"tree": TreeConfig(height=3), "proxy": ProxyConfig(level=1, cap=4, resample="static")},
    {"proxy": ProxyConfig(include_self=True, include_pair=False, encoder="reencode")},
    {"proxy": ProxyConfig(average="preactivation")},
    {"proxy": ProxyConfig(average="sign")},
    {"proxy": ProxyConfig(encoder="reencode"), "mixup": MixupConfig(mix_sign="ste", mix_grad=True)},
    {"mixup": MixupConfig(share_lambda=True, shared_mix=True, lambda_momentum=0.9, mmd="root", profile="opposite")},
    {"loss": LossConfig(hash_loss=1, pair_loss=0, bank_loss=0, logit_scale="none")},
    {"loss": LossConfig(negatives=16, kl="js", con_norm="shift", exclude_own_pair=True)},
    *({"loss": LossConfig(variant=variant, hash_loss=1)} for variant in ("v1", "v2", "v3", "v4", "full")),
]


@pytest.mark.parametrize("changes", OPTIONS, ids=str)
def test_options_of_hint_train(pairs, changes):
    method, train = build(pairs, replace(Config(), **changes))
    found = steps(method, train)
    assert all(np.isfinite(list(terms.values())).all() for terms in found)


def test_variants_differ_as_the_paper_says(pairs):
    def lambdas(variant):
        method, train = build(pairs, replace(preset("paper"), loss=LossConfig(variant=variant, hash_loss=1)))
        terms = steps(method, train)[-1]
        return float(method.figures()["lambda_image"]), terms

    assert lambdas("v1")[0] == 0
    assert lambdas("v2")[0] == lambdas("v3")[0] == 1
    assert lambdas("v4")[0] == lambdas("full")[0] not in (0, 1)
    assert "con" not in lambdas("v4")[1]
    assert "con" in lambdas("full")[1]
    assert lambdas("v1")[1]["hash"] != lambdas("v3")[1]["hash"]


def test_v1_uses_the_pair_and_nothing_else(pairs):
    """b of an image is the code of its own text."""
    config = replace(Config(), loss=LossConfig(variant="v1"), optimiser=OptimiserConfig())
    method, train = build(pairs, config)
    method.begin_epoch(0)
    text = torch.tanh(method.networks["text"](train.text))
    assert torch.equal(method.state()["targets/image"], torch.where(text >= 0, 1.0, -1.0))


def test_tree_is_rebuilt_from_outputs_and_survives_a_restart(pairs):
    config = replace(Config(), tree=TreeConfig(rebuild_every=1))
    method, train = build(pairs, config)
    steps(method, train, epoch=0)
    steps(method, train, epoch=1)
    restored, _ = build(pairs, config)
    restored.load_state({key: value.clone() for key, value in method.state().items()})
    assert int(method.state()["rebuilt_at"]) == 1
    assert steps(restored, train, epoch=1) == steps(method, train, epoch=1)


def test_a_batch_has_no_room_for_labels(pairs):
    _, train = build(pairs, Config())
    assert set(train.batch(torch.arange(2), 0, 0).__slots__) == {"index", "image", "text", "epoch", "step"}
    assert set(TrainingPairs.__slots__) == {"image", "text"}
