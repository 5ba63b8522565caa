"""HINT: every option changes what is learned, and the variants differ as the paper says."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_hint import build, steps

from hint_train.config.sections import GraphConfig, ProxyConfig
from hint_train.data.pairs import TrainingPairs
from hint_train.methods.config import Config
from hint_train.methods.hint.options import LossConfig, MixupConfig
from hint_train.methods.presets import preset

PROXIES = {"loss": LossConfig(hash_loss=1)}
"""L_hash takes its targets from the proxies of the batch, which the bank loss does not use."""


MMD = {"loss": LossConfig(hash_loss=1, variant="v4")}
"""Lambda comes from the discrepancy of the proxies."""


FULL = {"loss": LossConfig(variant="full")}


MIXED = {
    "proxy": ProxyConfig(encoder="reencode"),
    "mixup": MixupConfig(mix_sign="tanh"),
    "loss": LossConfig(hash_loss=1),
}


UNIMODAL = {"graph": GraphConfig(pairs="edge", edge_weight="unit"), **MMD}
"""Communities that differ by modality, so that the two lambdas and the two mixtures do."""


def changed(base, section, **options):
    """`base` with options of one section replaced."""
    return base | {section: replace(base.get(section, getattr(Config(), section)), **options)}


OPTIONS = [
    ({}, "graph", {"similarity": "l1"}),
    ({}, "graph", {"knn": "mutual"}),
    ({}, "graph", {"k": 5}),
    ({}, "graph", {"edge_weight": "unit"}),
    ({}, "graph", {"edge_weight": "similarity"}),
    ({}, "graph", {"graph_features": "plain"}),
    ({}, "graph", {"agreement_k": 8}),
    ({"graph": GraphConfig(agreement_k=8)}, "graph", {"agreement_floor": 1.0}),
    ({}, "graph", {"pairs": "edge"}),
    ({"graph": GraphConfig(pairs="edge")}, "graph", {"pair_edge": 3.0}),
    ({"graph": GraphConfig(pairs="edge", edge_weight="unit")}, "graph", {"pair_edge": 0.0}),
    ({}, "tree", {"height": None}),
    ({}, "tree", {"algorithm": "merge-compress", "height": None}),
    ({}, "proxy", {"level": 1}),
    (PROXIES, "proxy", {"cap": 2}),
    (PROXIES, "proxy", {"include_self": True}),
    (PROXIES, "proxy", {"include_pair": False}),
    (PROXIES, "proxy", {"encoder": "reencode"}),
    (PROXIES, "proxy", {"average": "sign"}),
    ({}, "proxy", {"average": "preactivation"}),
    (MMD, "mixup", {"kernels": 1}),
    (MMD, "mixup", {"bandwidth": "mean"}),
    (MMD, "mixup", {"mmd": "root"}),
    (MMD, "mixup", {"estimator": "unbiased"}),
    (MMD, "mixup", {"profile": "opposite"}),
    (MMD, "mixup", {"profile": "both"}),
    (MMD, "mixup", {"lambda_momentum": 0.9}),
    (UNIMODAL, "mixup", {"share_lambda": True}),
    (UNIMODAL, "mixup", {"shared_mix": True}),
    (PROXIES, "mixup", {"mix_sign": "tanh"}),
    (MIXED, "mixup", {"mix_grad": True}),
    (MIXED, "mixup", {"mix_sign": "ste", "mix_grad": True}),
    *(({}, "loss", {"variant": variant}) for variant in ("v1", "v2", "v4", "full")),
    *((PROXIES, "loss", {"variant": variant}) for variant in ("v1", "v2", "v4", "full")),
    ({}, "loss", {"hash_loss": 1.0}),
    (PROXIES, "loss", {"hash_tau": 0.5}),
    (PROXIES, "loss", {"hash_reduction": "sum"}),
    (PROXIES, "loss", {"logit_scale": "none"}),
    (PROXIES, "loss", {"logit_scale": "cosine"}),
    (PROXIES, "loss", {"pair_loss": 0.0, "bank_loss": 0.0}),
    ({}, "loss", {"pair_tau": 0.5}),
    ({}, "loss", {"bank_tau": 0.7}),
    ({}, "loss", {"sharpen": 0.0}),
    ({}, "loss", {"walk": 2}),
    ({"graph": GraphConfig(k=3, agreement_k=5)}, "loss", {"mismatch": 0.5}),
    ({}, "loss", {"bank_levels": "one"}),
    ({}, "loss", {"bank_levels": "communities"}),
    ({}, "loss", {"bank_candidates": 5}),
    ({"graph": GraphConfig(pairs="edge", edge_weight="unit")}, "loss", {"bank_candidates": 5}),
    ({"loss": LossConfig(variant="v2")}, "loss", {"bank_candidates": 20}),
    (FULL, "loss", {"gamma": 0.5}),
    (FULL, "loss", {"con_tau": 0.1}),
    (FULL, "loss", {"con_norm": "shift"}),
    (FULL, "loss", {"kl": "mf"}),
    (FULL, "loss", {"kl": "js"}),
    (FULL, "loss", {"exclude_own_pair": True}),
]


def outcome(pairs, changes):
    """Terms of three steps of gradient descent in each of two epochs."""
    method, train = build(pairs, replace(Config(), **changes))
    optimiser = torch.optim.SGD([p for network in method.networks.values() for p in network.parameters()], lr=0.1)
    found = []
    for epoch in range(2):
        method.begin_epoch(epoch)
        for step in range(3):
            terms = method.loss(train.batch(torch.arange(step * 16, step * 16 + 16), epoch, step))
            found.append({name: value.item() for name, value in terms.items()})
            optimiser.zero_grad()
            torch.stack(list(terms.values())).sum().backward()
            optimiser.step()
    assert all(np.isfinite(list(terms.values())).all() for terms in found)
    return found


@pytest.mark.parametrize(("base", "section", "options"), OPTIONS, ids=str)
def test_every_option_changes_what_is_learned(pairs, base, section, options):
    assert outcome(pairs, base) != outcome(pairs, changed(base, section, **options))


def test_drawn_neighbours_stay_or_change_by_epoch(pairs):
    base = changed(PROXIES, "proxy", cap=2)
    static, anew = outcome(pairs, changed(base, "proxy", resample="static")), outcome(pairs, base)
    assert static[:3] == anew[:3]
    assert static[3:] != anew[3:]


def test_drawn_neighbours_change_by_step(pairs):
    base = changed(PROXIES, "proxy", cap=2, resample="batch")
    method, train = build(pairs, replace(Config(), **base))
    method.begin_epoch(0)
    drawn = []
    for step in range(2):
        method.loss(train.batch(torch.arange(16), 0, step))
        drawn.append(method._tables["image"][0].index)
    assert not torch.equal(*drawn)
    assert outcome(pairs, base) == outcome(pairs, base)
    assert outcome(pairs, base)[1:3] != outcome(pairs, changed(base, "proxy", resample="epoch"))[1:3]


def test_the_printed_sum_is_the_mean_times_the_batch(pairs):
    mean, summed = (
        outcome(pairs, changed(PROXIES, "loss", hash_reduction=reduction))[0] for reduction in ("mean", "sum")
    )
    assert summed["hash"] == pytest.approx(16 * mean["hash"], rel=1e-5)
    assert summed["bank"] == mean["bank"]


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


def test_a_batch_has_no_room_for_labels(pairs):
    _, train = build(pairs, Config())
    assert set(train.batch(torch.arange(2), 0, 0).__slots__) == {"index", "image", "text", "epoch", "step"}
    assert set(TrainingPairs.__slots__) == {"image", "text", "parts"}
