"""What the bank of HINT is contrasted with: levels of the tree, the pair, drawn candidates."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_hint import CPU, build

from hint_train.config.sections import GraphConfig, ProxyConfig, TreeConfig
from hint_train.data.pairs import TrainingPairs
from hint_train.methods.config import Config
from hint_train.methods.entries import METHODS
from hint_train.methods.hint.options import LossConfig
from hint_train.methods.hint.structure import walk_steps


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


def test_rows_are_drawn_to_the_communities_that_walks_from_them_reach(pairs, monkeypatch):
    """The shares of a level are those of `walked`, which has an oracle of its own; the leaves are left as they are."""
    structure = METHODS["hint"].prepare(pairs, Config(), CPU)
    method, train = build(pairs, Config())
    *communities, leaves = bank_terms(method, train, monkeypatch)
    assert torch.equal(leaves[2], torch.arange(16))
    for (_, _, own), level in zip(communities, structure.levels, strict=True):
        table = level.walked["image"]
        assert (table.share > 0).sum() > len(pairs)  # some row reaches more than one
        expected = np.zeros((16, len(np.unique(level.labels["image"]))), dtype=np.float32)
        for i in range(16):
            np.add.at(expected[i], table.community[i], table.share[i])
        assert torch.equal(own, torch.from_numpy(expected))


def test_pairs_that_may_be_mismatched_are_taken_apart(monkeypatch):
    """A row of an exchanged pair is drawn to the cluster of its own features."""
    rng = np.random.default_rng(0)
    cluster = rng.integers(8, size=600)
    image, text = (4 * rng.standard_normal((8, d))[cluster] + rng.standard_normal((600, d)) for d in (9, 7))
    text[:60] = np.roll(text[:60], 1, axis=0)
    shown = {"image": cluster, "text": np.concatenate([np.roll(cluster[:60], 1), cluster[60:]])}
    structure = METHODS["hint"].prepare(
        TrainingPairs(image.astype(np.float32), text.astype(np.float32)),
        replace(Config(), graph=GraphConfig(agreement_k=40)),
        CPU,
    )
    wrong = shown["image"] != shown["text"]
    assert structure.mismatched[wrong].mean() > 0.9 > 0.1 > structure.mismatched[~wrong].mean()
    assert structure.summary()["mismatched"] == pytest.approx(wrong.mean(), abs=0.02)
    level = structure.levels[0]
    of_community = np.array(
        [
            np.bincount(cluster[60:][level.labels["image"][60:] == c], minlength=8)
            for c in range(level.labels["image"].max() + 1)
        ]
    )
    for modality, table in level.walked.items():
        first = of_community.argmax(axis=1)[table.community[:, 0]]
        assert (first == shown[modality])[wrong].mean() > 0.95
    assert torch.equal(structure.trusted(CPU), torch.from_numpy(1 - structure.mismatched))


def test_walks_are_half_as_long_at_each_level_below_the_first():
    options = LossConfig(walk=5)
    assert [walk_steps(options, number, 3) for number in range(4)] == [5, 2, 1, 1]
    assert walk_steps(options, 0, options.bank_candidates) == 5
    assert walk_steps(options, 0, options.bank_candidates + 1) == 0
    assert walk_steps(LossConfig(walk=0), 0, 3) == walk_steps(LossConfig(bank_loss=0), 0, 3) == 0


def test_a_level_of_more_communities_than_candidates_leaves_each_row_its_own(pairs):
    levels = METHODS["hint"].prepare(pairs, replace(Config(), loss=LossConfig(bank_candidates=4)), CPU).levels
    few = [len(np.unique(level.labels["image"])) <= 4 for level in levels]
    assert few == sorted(few, reverse=True)
    assert set(few) == {True, False}
    assert [level.walked is not None for level in levels] == few


def bank_terms(method, train, monkeypatch):
    """Signs of the targets, sizes and own communities of each level in the bank loss of the images of the first batch."""
    seen = []

    def keep(outputs, targets, sizes, own, _tau):
        assert torch.allclose(targets.norm(dim=1), torch.ones(len(targets)))
        seen.append((signs(targets), sizes, own))
        return outputs.sum()

    monkeypatch.setattr("hint_train.methods.hint.contrast.how_often", lambda sizes, _own: sizes)
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
    config = replace(Config(), **{"loss": LossConfig(), **changes})
    config = replace(config, loss=replace(config.loss, walk=0))
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


@pytest.mark.parametrize("variant", ["v1", "v2", "v3"])
@pytest.mark.parametrize("graph", [GraphConfig(k=3), GraphConfig(k=3, pairs="edge", edge_weight="unit")])
def test_drawn_candidates_estimate_the_contrast_with_all(pairs, variant, graph):
    def bank(candidates, epochs=1):
        config = replace(Config(), graph=graph, loss=LossConfig(variant=variant, bank_candidates=candidates, walk=0))
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
