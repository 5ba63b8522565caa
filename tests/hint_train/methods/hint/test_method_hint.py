"""HINT: every option trains, the variants differ as the paper says, what the bank is contrasted with, the rebuilt tree."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from hint_train.config.sections import GraphConfig, ProxyConfig, SearchConfig, TreeConfig
from hint_train.data.pairs import TrainingPairs
from hint_train.methods.config import Config
from hint_train.methods.entries import METHODS
from hint_train.methods.hint.options import LossConfig, MixupConfig
from hint_train.methods.presets import preset
from hint_train.training.method import TrainingSet

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
    ({"graph": GraphConfig(k=3, agreement_k=5)}, "search", {"search": "cells"}),
    ({"graph": GraphConfig(k=3, agreement_k=5), "search": SearchConfig(search="cells")}, "search", {"probe": 0.5}),
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
    ({}, "loss", {"sharpen": 0.5}),
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


def test_without_pair_edges_no_community_holds_both_modalities(pairs):
    graph = GraphConfig(pairs="edge", edge_weight="unit", pair_edge=0.0)
    levels = METHODS["hint"].prepare(pairs, replace(Config(), graph=graph), CPU).levels
    assert len(levels) > 1
    assert not any(np.intersect1d(level.labels["image"], level.labels["text"]).size for level in levels)


def test_a_level_below_the_communities_of_the_tree_that_was_found_stands_for_the_finest(pairs, caplog):
    at_most = replace(Config(), tree=TreeConfig(height=None))
    height = METHODS["hint"].prepare(pairs, at_most, CPU).tree.height
    below = METHODS["hint"].prepare(pairs, replace(at_most, proxy=ProxyConfig(level=height)), CPU)
    finest = METHODS["hint"].prepare(pairs, at_most, CPU)
    assert np.array_equal(below.levels[-1].labels["image"], finest.levels[-1].labels["image"])
    assert len(below.levels) == len(finest.levels)
    assert f"the tree has height {height}, so its finest communities stand for --level {height}" in caplog.text


def test_a_level_is_contrasted_the_more_sharply_the_more_the_modalities_agree(pairs, monkeypatch):
    config = replace(Config(), loss=LossConfig(bank_tau=0.8, sharpen=0.9))
    method, train = build(pairs, config)
    agreement = [level.agreement for level in METHODS["hint"].prepare(pairs, config, CPU).levels]
    seen = []
    monkeypatch.setattr("hint_train.methods.hint.contrast.bank_loss", lambda f, *args: seen.append(args[-1]) or f.sum())
    method.begin_epoch(0)
    method.loss(train.batch(torch.arange(16), 0, 0))
    assert seen[::2] == seen[1::2] == pytest.approx([*(0.8 * (1 - 0.9 * kappa) for kappa in agreement), 0.8])
    assert 1 > agreement[0] > agreement[1] > agreement[2] > 0


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


def bank_terms(method, train, monkeypatch):
    """Targets, sizes and own communities of each level that the bank loss is given for the images of the first batch."""
    seen = []

    def keep(outputs, targets, sizes, own, _tau):
        seen.append((targets, sizes, own))
        return outputs.sum()

    monkeypatch.setattr("hint_train.methods.hint.contrast.bank_loss", keep)
    method.begin_epoch(0)
    method.loss(train.batch(torch.arange(16), 0, 0))
    return seen[::2]


def bank_term(method, train, monkeypatch):
    """The same where there is one level."""
    (term,) = bank_terms(method, train, monkeypatch)
    return term


def signs(x):
    return torch.where(x >= 0, 1.0, -1.0)


def test_v1_uses_the_pair_and_nothing_else(pairs, monkeypatch):
    """b of an image is the code of its own text, and every pair is a class."""
    method, train = build(pairs, replace(Config(), loss=LossConfig(variant="v1")))
    text = method.networks["text"](train.text)
    targets, sizes, own = bank_term(method, train, monkeypatch)
    assert torch.equal(targets, signs(text))
    assert torch.equal(sizes, torch.ones(90))
    assert torch.equal(own, torch.arange(16))


def test_v2_adds_the_nearest_neighbours_of_the_same_modality(pairs, monkeypatch):
    config = replace(Config(), loss=LossConfig(variant="v2"), graph=GraphConfig(k=3))
    method, train = build(pairs, config)
    image, text = (torch.tanh(method.networks[m](x)) for m, x in (("image", train.image), ("text", train.text)))
    lists = METHODS["hint"].prepare(pairs, config, CPU).lists["image"].index[:, :3]
    targets, _, own = bank_term(method, train, monkeypatch)
    assert torch.equal(targets, signs((image[torch.from_numpy(lists)].mean(1) + text) / 2))
    assert torch.equal(own, torch.arange(16))


@pytest.mark.parametrize(
    ("changes", "n_levels", "leaves"),
    [
        ({}, 3, True),
        ({"tree": TreeConfig(height=2)}, 1, True),
        ({"proxy": ProxyConfig(level=2)}, 2, True),
        ({"loss": LossConfig(bank_levels="communities")}, 3, False),
        ({"loss": LossConfig(bank_levels="one")}, 1, False),
        ({"loss": LossConfig(bank_levels="one"), "proxy": ProxyConfig(level=2)}, 1, False),
    ],
)
def test_v3_contrasts_with_the_signs_of_all_communities_of_each_level(pairs, monkeypatch, changes, n_levels, leaves):
    config = replace(Config(), **changes)
    method, train = build(pairs, config)
    levels = METHODS["hint"].prepare(pairs, config, CPU).levels
    both = sum(torch.tanh(method.networks[m](x)) for m, x in (("image", train.image), ("text", train.text)))
    terms = bank_terms(method, train, monkeypatch)
    assert len(levels) == n_levels
    if leaves:
        targets, sizes, own = terms.pop()
        assert torch.equal(targets, signs(both))
        assert torch.equal(sizes, torch.ones(90))
        assert torch.equal(own, torch.arange(16))
    for (targets, sizes, own), level in zip(terms, levels, strict=True):
        labels = level.labels["image"]
        assert 1 < len(targets) < 90
        assert torch.equal(targets, signs(torch.stack([both[labels == c].mean(0) for c in range(len(targets))])))
        assert sizes.tolist() == np.bincount(labels).tolist()
        assert own.tolist() == labels[:16].tolist()


def test_levels_refine_one_another_and_end_with_that_of_the_proxies(pairs):
    structure = METHODS["hint"].prepare(pairs, Config(), CPU)
    coarse_to_fine = [level.labels["image"] for level in structure.levels]
    counts = [len(np.unique(x)) for x in coarse_to_fine]
    assert counts == sorted(counts)
    for upper, lower in itertools.pairwise(coarse_to_fine):
        assert len(np.unique(np.stack([upper, lower]), axis=1).T) == len(np.unique(lower))
    assert np.array_equal(coarse_to_fine[-1], structure.tree.communities(None))


def test_the_bank_loss_is_the_mean_over_the_levels(pairs):
    method, train = build(pairs, Config())
    method.begin_epoch(0)
    method._remember = lambda *_: None
    batch = train.batch(torch.arange(16), 0, 0)
    whole = method.loss(batch)["bank"].item()
    each = []
    for level in method._levels[:]:
        method._levels = [level]
        each.append(method.loss(batch)["bank"].item())
    assert len(each) == 4
    assert len(set(each)) == 4
    assert whole == pytest.approx(np.mean(each))


def test_pairs_that_share_no_neighbourhood_are_communities_of_their_own(pairs, caplog, monkeypatch):
    """A ring and the same ring in another order: no neighbour is confirmed, so the tree has nothing to say."""
    angle = 2 * np.pi * np.arange(90) / 90
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    strangers = TrainingPairs(ring, ring[np.arange(90) * 37 % 90])
    config = replace(Config(), graph=GraphConfig(k=2, agreement_k=2))
    found = METHODS["hint"].prepare(strangers, config, CPU)
    assert found.tree is None
    assert "the tree is not used" in caplog.text
    assert found.summary() == {"communities": 90, "alone": 1.0}
    method, train = build(strangers, config)
    assert torch.equal(bank_term(method, train, monkeypatch)[1], torch.ones(90))


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


def test_a_batch_has_no_room_for_labels(pairs):
    _, train = build(pairs, Config())
    assert set(train.batch(torch.arange(2), 0, 0).__slots__) == {"index", "image", "text", "epoch", "step"}
    assert set(TrainingPairs.__slots__) == {"image", "text", "parts"}


@pytest.mark.parametrize("variant", ["v1", "v2", "v3"])
@pytest.mark.parametrize("graph", [GraphConfig(k=3), GraphConfig(k=3, pairs="edge", edge_weight="unit")])
def test_drawn_candidates_estimate_the_contrast_with_all(pairs, variant, graph):
    def bank(candidates, epochs=1):
        config = replace(Config(), graph=graph, loss=LossConfig(variant=variant, bank_candidates=candidates))
        method, train = build(pairs, config)
        method.begin_epoch(0)
        method._remember = lambda *_: None  # the same state at every draw
        return [method.loss(train.batch(torch.arange(16), epoch, 0))["bank"].item() for epoch in range(epochs)]

    exact, draws = bank(10_000)[0], bank(5, 100)
    assert len(set(draws)) > 70
    assert draws == bank(5, 100)
    # The logarithm of a sum that is right on average lies below the sum's logarithm, the less the more are drawn.
    assert exact - 0.5 < np.mean(draws) < exact
    assert np.mean(bank(80, 20)) == pytest.approx(exact, abs=0.05)
