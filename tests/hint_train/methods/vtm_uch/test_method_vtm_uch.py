"""VTM-UCH against its equations: communities, target, losses and training, in small cases worked by hand."""

from dataclasses import replace

import networkx
import numpy as np
import pytest
import torch
from vtm_oracle import CPU, ragged, same_partition, table

from hint_train.data.pairs import TrainingPairs
from hint_train.data.parts import Parts
from hint_train.data.sources.manifest import read_manifest
from hint_train.data.sources.named import NAMES
from hint_train.errors import ConfigError
from hint_train.methods.check import check
from hint_train.methods.entries import METHODS
from hint_train.methods.presets import preset
from hint_train.methods.vtm_uch import options as vtm_options
from hint_train.methods.vtm_uch.leiden import leiden
from hint_train.methods.vtm_uch.method import alignment_loss, prepare, similarity_loss, target_of
from hint_train.methods.vtm_uch.object_similarity import JointSimilarity
from hint_train.methods.vtm_uch.options import VtmConfig
from hint_train.structure.encoding_tree import EncodingTree
from hint_train.structure.pair_graph import PairGraph
from hint_train.training.method import TrainingSet

# Communities and target


def two_cliques(n=8):
    inside = [(i, j) for half in (range(n), range(n, 2 * n)) for i in half for j in half if i < j]
    return np.array(inside), np.repeat([0, 1], n)


def test_two_cliques_are_two_communities_for_leiden_louvain_and_tree_alike():
    edges, planted = two_cliques()
    tree = EncodingTree.build(
        PairGraph(edges, np.ones(len(edges)), 16, contracted=True), preset("default", "vtm-uch").tree
    )
    assert same_partition(tree.communities(None), planted)
    assert same_partition(leiden(edges, 16, 0), planted)
    louvain = np.empty(16, dtype=np.int64)
    for label, members in enumerate(networkx.community.louvain_communities(networkx.Graph(edges.tolist()), seed=0)):
        louvain[list(members)] = label
    assert same_partition(louvain, planted)
    order = np.argsort(tree.communities(None), kind="stable")
    together = planted[order][:, None] == planted[order]
    assert np.array_equal(together, np.kron(np.eye(2), np.ones((8, 8))) > 0)


def test_target_of_the_program_the_figure_and_the_ablations():
    joint = torch.tensor([[True, True], [False, False]])
    together = torch.tensor([[True, False], [True, False]])
    shades = torch.tensor([[0.1, 0.2], [-0.3, 0.4]])
    expected = {
        "code": [[1, 0.2], [-0.3, -1]],
        "figure": [[1, -1], [-1, -1]],
        "joint": [[1, 1], [-1, -1]],
        "communities": [[1, -1], [1, -1]],
    }
    for kind, target in expected.items():
        assert target_of(kind, joint, shades, together).tolist() == torch.tensor(target).tolist()


# Losses


def test_losses_vanish_for_codes_whose_products_are_the_target():
    codes = torch.randint(2, (6, 8), generator=torch.Generator().manual_seed(0)) * 2.0 - 1
    target = codes @ codes.T / 8
    assert float(similarity_loss(codes, codes, target, 0.1)) == 0
    assert float(alignment_loss(codes, codes)) == 0


def test_losses_are_the_equations(rng):
    image, text, target = (torch.randn(5, n, generator=rng, dtype=torch.float64) for n in (4, 4, 5))
    v, t, s = image.numpy(), text.numpy(), target.numpy()
    similarity = alignment = 0.0
    for i in range(5):
        for j in range(5):
            ii, tt, it = v[i] @ v[j] / 4, t[i] @ t[j] / 4, v[i] @ t[j] / 4
            similarity += (0.1 * (tt - s[i, j]) ** 2 + 0.9 * (ii - s[i, j]) ** 2 + (it - s[i, j]) ** 2) / 25
            alignment += ((ii - tt) ** 2 + (it - ii) ** 2 + (it - tt) ** 2) / 25
    assert float(similarity_loss(image, text, target, 0.1)) == pytest.approx(similarity)
    assert float(alignment_loss(image, text)) == pytest.approx(alignment)


# The method as a whole


def planted(n=120, parts=True, seed=0):
    """Pairs of three kinds; each image shows its kind and something of any kind, each text names its kind and a filler."""
    rng = np.random.default_rng(seed)
    kind = np.arange(n) % 3
    directions = np.eye(6) * 4
    near = lambda rows: (rows + 0.3 * rng.standard_normal(rows.shape)).astype(np.float32)  # noqa: E731
    image = near(directions[kind])
    text = np.hstack([np.eye(3)[kind], np.ones((n, 1)), np.zeros((n, 4))]).astype(np.float32)
    if not parts:
        return TrainingPairs(image, text), kind
    crops = [near(directions[[k, 3 + rng.integers(3)]]) for k in kind]
    objects = ragged([np.vstack([crop, whole]) for crop, whole in zip(crops, image, strict=True)])
    return TrainingPairs(image, text, Parts(objects, ragged([near(directions[[k]]) for k in kind]))), kind


def options(**changes):
    return replace(preset("default", "vtm-uch"), vtm=VtmConfig(**{"vtm_clusters": 6} | changes))


@pytest.mark.parametrize("communities", ["tree", "leiden"])
@pytest.mark.parametrize("target", ["code", "figure", "joint", "communities"])
def test_targets_find_the_planted_kinds(communities, target):
    pairs, kind = planted()
    guidance = prepare(pairs, options(vtm_communities=communities, vtm_target=target, vtm_densify=False), CPU)
    found = guidance.target(torch.arange(120))
    assert found.shape == (120, 120)
    assert found.abs().max() <= 1
    same = torch.from_numpy(kind[:, None] == kind)
    assert found[same].mean() > 0.6
    assert found[~same].mean() < -0.6
    assert guidance.notes() == ()
    assert all(np.isfinite(value) for value in guidance.summary().values())


def test_what_stands_in_for_missing_parts_is_said():
    pairs, kind = planted(parts=False)
    guidance = prepare(pairs, options(), CPU)
    assert "the whole image is the only object" in guidance.notes()[0]
    assert "mean of the training images whose text holds it, and 3 of 8 words have one" in guidance.notes()[1]
    masks = guidance.similarity.masks.numpy()
    assert np.array_equal((masks[:, None] & masks) != 0, kind[:, None] == kind)
    pairs = replace(pairs, text=pairs.text - 0.5)
    guidance = prepare(pairs, options(), CPU)
    assert "each text is one word whose vision is its own image" in guidance.notes()[1]
    assert guidance.summary()["texts_without_cluster"] == 0
    full, _ = planted()
    tokens = replace(full, parts=replace(full.parts, word_unit="bpe"))
    assert prepare(tokens, options(), CPU).notes() == ("words are byte-pair tokens",)


def test_similarities_that_say_little_are_said_to():
    pairs, _ = planted()
    assert "of the pairs count as similar" in prepare(pairs, options(vtm_clusters=1), CPU).notes()[0]


def test_objects_can_be_cut_or_left_out():
    pairs, _ = planted()
    every = torch.arange(120)
    whole = prepare(pairs, options(vtm_objects="whole"), CPU)
    assert whole.similarity.objects.counts.unique().tolist() == [1]
    assert "left out" in whole.notes()[0]
    expected = table([x[None] for x in pairs.image]).population(every, every)
    assert torch.allclose(whole.similarity.objects.population(every, every), expected, atol=1e-5)
    half = prepare(pairs, options(vtm_objects="half"), CPU)
    assert half.similarity.objects.counts.unique().tolist() == [1]  # half of three objects
    crops = pairs.parts.objects.rows[pairs.parts.objects.ptr[:-1]]
    assert torch.allclose(half.similarity.objects.rows, table([x[None] for x in crops]).rows)


def test_pairs_without_an_edge_share_a_community(monkeypatch):
    pairs, kind = planted()
    edges = torch.tensor([(i, j) for i in range(60) for j in range(i + 1, 60) if kind[i] == kind[j]])
    monkeypatch.setattr(JointSimilarity, "edges", lambda *_: edges)
    guidance = prepare(pairs, options(vtm_target="communities"), CPU)
    assert len(guidance.communities[60:].unique()) == 1
    assert len(guidance.communities.unique()) == 4
    monkeypatch.setattr(JointSimilarity, "edges", lambda *_: edges[:0])
    assert prepare(pairs, options(), CPU).summary()["communities"] == 1


@pytest.mark.parametrize("centres", ["image", "text", "both"])
def test_centres_come_from_the_features_that_were_named(centres, monkeypatch):
    pairs, kind = planted()
    edges = torch.tensor([(i, j) for i in range(120) for j in range(i + 1, 120) if kind[i] == kind[j]])
    monkeypatch.setattr(JointSimilarity, "edges", lambda *_: edges)
    noise = {"image": "text", "text": "image"}.get(centres)
    if noise:
        strange = np.random.default_rng(0).standard_normal((120, 8)).astype(np.float32)
        pairs = replace(pairs, **{noise: strange})
        other = prepare(pairs, options(vtm_centres=noise, vtm_densify=False), CPU)
        assert not same_partition(other.communities.tolist(), kind)
    guidance = prepare(pairs, options(vtm_centres=centres, vtm_densify=False), CPU)
    assert same_partition(guidance.communities.tolist(), kind)


def test_training_lowers_the_loss_and_brings_kinds_together():
    pairs, kind = planted()
    train = TrainingSet(torch.from_numpy(pairs.image), torch.from_numpy(pairs.text))
    config = options()
    method = METHODS["vtm-uch"].build(prepare(pairs, config, CPU), train, config, 16, 0)
    optimiser = torch.optim.Adam([p for net in method.networks.values() for p in net.parameters()], 1e-3)
    losses = []
    for step in range(60):
        total = torch.stack(list(method.loss(train.batch(torch.arange(120), 0, step)).values())).sum()
        losses.append(total.item())
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
    assert losses[-1] < losses[0] / 2
    codes = method.networks["text"](train.text).sign()
    products = (codes @ codes.T / 16).detach().numpy()
    same = kind[:, None] == kind
    assert products[same].mean() > products[~same].mean() + 0.7


@pytest.mark.parametrize("what", ["image", "text", "both"])
@pytest.mark.parametrize("filler", [0.0, 1.0])
def test_constant_features_and_rows_of_zeros_train(what, filler):
    pairs, _ = planted(parts=False)
    image, text = pairs.image.copy(), pairs.text.copy()
    image[:5] = text[:5] = 0
    if what != "text":
        image[:] = filler
    if what != "image":
        text[:] = filler
    pairs = TrainingPairs(image, text)
    train = TrainingSet(torch.from_numpy(image), torch.from_numpy(text))
    for symmetry in ("none", "mean", "max"):
        config = options(vtm_symmetry=symmetry)
        method = METHODS["vtm-uch"].build(prepare(pairs, config, CPU), train, config, 16, 0)
        terms = method.loss(train.batch(torch.arange(120), 0, 0))
        assert all(torch.isfinite(x) for x in terms.values())


def test_two_pairs_train():
    pairs, _ = planted(2)
    for communities in ("tree", "leiden"):
        guidance = prepare(pairs, options(vtm_communities=communities), CPU)
        assert torch.isfinite(guidance.target(torch.arange(2))).all()


def test_the_alignment_loss_can_be_left_out():
    pairs, _ = planted()
    train = TrainingSet(torch.from_numpy(pairs.image), torch.from_numpy(pairs.text))
    config = options(vtm_align=0)
    method = METHODS["vtm-uch"].build(prepare(pairs, config, CPU), train, config, 16, 0)
    assert set(method.loss(train.batch(torch.arange(8), 0, 0))) == {"similarity"}


def test_every_fault_of_the_options_is_named(monkeypatch):
    monkeypatch.setattr(vtm_options, "find_spec", lambda name: None)
    config = options(
        vtm_clusters=65,
        vtm_rho=2,
        vtm_partners=0,
        vtm_depicted=-1,
        vtm_align=float("nan"),
        vtm_kappa=float("inf"),
        vtm_communities="leiden",
    )
    with pytest.raises(ConfigError) as caught:
        check(config)
    for word in ("clusters", "rho", "partners", "depicted", "align", "kappa", r"pip install '.[leiden]'"):
        assert word in str(caught.value)


def test_the_paper_preset_is_the_published_program():
    config = preset("paper", "vtm-uch")
    assert (config.vtm.vtm_symmetry, config.vtm.vtm_objects, config.vtm.vtm_communities) == ("none", "half", "leiden")
    assert (config.vtm.vtm_target, config.vtm.vtm_densify, config.vtm.vtm_centres) == ("code", True, "image")
    assert (config.vtm.vtm_kappa, config.vtm.vtm_rho, config.vtm.vtm_align) == (1.1, 0.1, 1)
    assert (config.network.hidden, config.network.layers, config.network.features) == (2048, 2, "raw")
    optimiser = config.optimiser
    assert (optimiser.learning_rate, optimiser.batch, optimiser.epochs) == (1e-4, 128, 20)
    assert (optimiser.optimiser, optimiser.schedule) == ("adam", "cosine")
    assert optimiser.warmup == pytest.approx(0.05 * 20 * (10_000 // 128), abs=5)
    # Decoupled, the program's 0.01 takes this share off the weights in a step.
    assert optimiser.weight_decay == pytest.approx(0.01 * optimiser.learning_rate)
    check(config)


def test_the_paper_preset_compares_all_pairs():
    pairs, _ = planted(600)
    everyone = torch.arange(600)
    found = {}
    for name in ("paper", "default"):
        config = preset(name, "vtm-uch")
        guidance = prepare(pairs, replace(config, vtm=replace(config.vtm, vtm_clusters=6)), CPU)
        joint = guidance.similarity.block(everyone, everyone)[0]
        found[name] = guidance.summary()["edges"], int((joint | joint.T).triu(1).sum())
    assert found["paper"][0] == found["paper"][1] > 0
    assert found["default"][0] < found["default"][1]
    assert all(read_manifest(name).n_train <= preset("paper", "vtm-uch").vtm.vtm_partners for name in NAMES)
