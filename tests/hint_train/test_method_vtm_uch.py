"""VTM-UCH against its equations: loops and dense matrices for the similarities, small cases worked by hand for the rest."""

from dataclasses import replace

import networkx
import numpy as np
import pytest
import torch

from hint_train import vtm_options
from hint_train.centroids import MAX_DENSIFIED, cluster, nearest_centres, refined
from hint_train.check import check
from hint_train.config import preset
from hint_train.data.manifest import read_manifest
from hint_train.data.pairs import TrainingPairs
from hint_train.data.parts import Parts, Ragged
from hint_train.errors import ConfigError
from hint_train.graph import EncodingTree, PairGraph
from hint_train.leiden import leiden
from hint_train.method import TrainingSet
from hint_train.methods import METHODS
from hint_train.methods.vtm_uch import alignment_loss, prepare, similarity_loss, target_of
from hint_train.object_similarity import JointSimilarity, ObjectTable
from hint_train.vision_text import best_visions, cluster_masks, depicted_words, is_bag_of_words
from hint_train.vtm_options import VtmConfig

CPU = torch.device("cpu")


def ragged(lists):
    ptr = np.concatenate([[0], np.cumsum([len(x) for x in lists])])
    return Ragged(np.concatenate([np.asarray(x, dtype=np.float32).reshape(len(x), -1) for x in lists if len(x)]), ptr)


def random_lists(seed, counts, width=5):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((count, width)) + 0.3 for count in counts]


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def population(a, b):
    """p of two images by loops."""
    from_a = [max(cosine(u, w) for w in b) for u in a]
    from_b = [max(cosine(u, w) for u in a) for w in b]
    return (sum(from_a) + sum(from_b)) / (len(a) + len(b))


def table(lists):
    return ObjectTable.from_ragged(ragged(lists), CPU)


# Text similarity


def test_masks_share_a_bit_or_they_do_not():
    masks = cluster_masks(np.array([0, 0, 1, 2, 4]), np.array([0, 63, 63, 5, 5]), 5)
    similar = (masks[:, None] & masks) != 0
    assert similar.tolist() == [
        [True, True, False, False, False],
        [True, True, False, False, False],
        [False, False, True, False, True],
        [False, False, False, False, False],  # no words: similar to nothing, not even to itself
        [False, False, True, False, True],
    ]


def test_words_find_the_object_of_their_own_pair_that_they_resemble_most(monkeypatch):
    words, objects = random_lists(0, [3, 0, 1, 6, 2]), random_lists(1, [1, 2, 4, 3, 1])
    expected = []
    start = 0
    for said, shown in zip(words, objects, strict=True):
        expected += [start + int(np.argmax([cosine(w, o) for o in shown])) for w in said]
        start += len(shown)
    assert best_visions(ragged(words), ragged(objects)).tolist() == expected
    monkeypatch.setattr("hint_train.vision_text._BLOCK_ITEMS", 7 * 5)
    assert best_visions(ragged(words), ragged(objects)).tolist() == expected


def test_equal_objects_go_to_the_first_and_a_word_that_is_zero_has_a_vision_too():
    objects = ragged([[[1, 0], [1, 0], [0, 1]]])
    assert best_visions(ragged([[[2, 0], [0, 0]]]), objects).tolist() == [0, 0]


def test_clusters_are_those_that_were_planted_and_no_more_than_distinct_rows():
    rng = np.random.default_rng(0)
    planted = rng.integers(4, size=200)
    rows = (np.eye(4)[planted] * 10 + 0.1 * rng.standard_normal((200, 4))).astype(np.float32)
    labels, centres = cluster(rows, 4, 3)
    assert len({(int(a), int(b)) for a, b in zip(labels, planted, strict=True)}) == 4
    for i in range(4):
        assert centres[i] == pytest.approx(rows[labels == i].mean(0), abs=1e-4)
    assert len(cluster(rows[[0, 0, 1, 1, 1]], 4, 0)[1]) == 2
    assert np.array_equal(cluster(rows, 4, 3)[0], labels)


def test_a_word_looks_like_the_mean_of_its_images_and_counts_when_that_is_no_mean_of_all():
    images = np.array([[1, 0], [3, 0], [-1, 0], [-3, 0]], dtype=np.float32)
    text = np.array([[1, 0, 2, 0], [1, 0, 0, 0], [0, 0.5, 1, 0], [0, 1, 0, 0]], dtype=np.float32)
    said, visions = depicted_words(text, images, 0.3)
    assert visions.tolist() == [[2, 0], [-2, 0]]  # the third word is everywhere, the fourth nowhere
    assert said.owners.tolist() == [0, 1, 2, 3]
    assert said.words.tolist() == [0, 0, 1, 1]
    said, visions = depicted_words(text, images, 0.0)
    assert visions.tolist() == [[2, 0], [-2, 0], [0, 0]]
    assert said.words.tolist() == [0, 2, 0, 1, 2, 1]


@pytest.mark.parametrize(
    ("text", "bag"),
    [
        (np.eye(3), True),
        (np.eye(3) * 0.4, True),
        (np.full((2, 2), 0.5), False),  # dense, such as topics
        (np.eye(3) * -1, False),
    ],
)
def test_bag_of_words_is_told_from_dense_text(text, bag):
    assert is_bag_of_words(text.astype(np.float32)) is bag


# Image similarity


def test_population_similarity_is_the_equation():
    lists = random_lists(2, [3, 1, 4, 2, 1])
    every = torch.arange(5)
    expected = np.array([[population(a, b) for b in lists] for a in lists])
    found = table(lists).population(every, every).numpy()
    assert found == pytest.approx(expected, abs=1e-5)
    assert found == pytest.approx(found.T, abs=1e-6)
    assert np.diag(found) == pytest.approx(np.ones(5), abs=1e-6)
    part = table(lists).population(torch.tensor([4, 0]), torch.tensor([2, 3, 3])).numpy()
    assert part == pytest.approx(expected[[4, 0]][:, [2, 3, 3]], abs=1e-5)


def test_population_similarity_of_two_objects_and_one():
    found = table([[[1, 0], [0, 1]], [[1, 0]]]).population(torch.tensor([0]), torch.tensor([1]))
    assert float(found) == pytest.approx(2 / 3)


def test_images_of_one_object_compare_by_cosine():
    lists = random_lists(3, [1] * 6)
    every = torch.arange(6)
    expected = np.array([[cosine(a[0], b[0]) for b in lists] for a in lists])
    assert table(lists).population(every, every).numpy() == pytest.approx(expected, abs=1e-5)


def dense(lists, masks, kappa, symmetry):
    """S^f and the graded similarity as whole matrices, as the published program computes them."""
    p = np.array([[population(a, b) for b in lists] for a in lists])
    p = p / np.linalg.norm(p, axis=1, keepdims=True)
    merge = {"none": lambda x: x, "mean": lambda x: (x + x.T) / 2, "max": lambda x: np.maximum(x, x.T)}[symmetry]
    p = merge(p)
    above = p[np.triu_indices(len(p), 1)]
    joint = ((masks[:, None] & masks) != 0) | (p > above.mean() + kappa * above.std())
    low, high = p.min(1, keepdims=True), p.max(1, keepdims=True)
    return joint, merge(2 * (p - low) / (high - low) - 1) if symmetry == "none" else graded(p, low, high, symmetry)


def graded(p, low, high, symmetry):
    of_row, of_column = 2 * (p - low) / (high - low) - 1, 2 * (p - low.T) / (high - low).T - 1
    both = (of_row + of_column) / 2 if symmetry == "mean" else np.maximum(of_row, of_column)
    return np.clip(both, -1, 1)


@pytest.fixture
def scene():
    rng = np.random.default_rng(5)
    lists = random_lists(5, rng.integers(1, 4, size=30))
    return lists, cluster_masks(np.arange(0, 30, 2), rng.integers(6, size=15), 30)


def fitted(scene, symmetry, columns=None, kappa=0.7):
    lists, masks = scene
    columns = torch.arange(len(lists)) if columns is None else columns
    return JointSimilarity.fit(table(lists), torch.from_numpy(masks), columns, kappa, symmetry)


@pytest.mark.parametrize("symmetry", ["none", "mean", "max"])
def test_blocks_are_those_of_the_whole_matrix(scene, symmetry):
    joint, shades = dense(*scene, 0.7, symmetry)
    assert 0.1 < joint.mean() < 0.6
    similarity = fitted(scene, symmetry)
    rows, columns = torch.tensor([3, 17, 29, 0]), torch.arange(30)
    found = similarity.block(rows, columns)
    assert np.array_equal(found[0].numpy(), joint[rows])
    assert found[1].numpy() == pytest.approx(shades[rows], abs=2e-5)
    if symmetry != "none":
        assert np.array_equal(joint, joint.T)
        assert shades == pytest.approx(shades.T)


def test_sampled_columns_come_close(scene):
    exact, sampled = fitted(scene, "mean"), fitted(scene, "mean", torch.arange(0, 30, 2))
    assert sampled.threshold == pytest.approx(exact.threshold, rel=0.15)
    rows = torch.arange(30)
    assert (sampled.block(rows, rows)[0] == exact.block(rows, rows)[0]).float().mean() > 0.9
    assert sampled.block(rows, rows)[1].abs().max() <= 1


@pytest.mark.parametrize("symmetry", ["none", "mean"])
def test_edges_are_the_joint_similarity_in_either_direction(scene, symmetry):
    joint, _ = dense(*scene, 0.7, symmetry)
    expected = np.argwhere(np.triu(joint | joint.T, 1))
    similarity = fitted(scene, symmetry)
    assert np.array_equal(similarity.edges(29, 0).numpy(), expected)
    thin = {tuple(edge) for edge in similarity.edges(8, 0).tolist()}
    assert thin < {tuple(edge) for edge in expected.tolist()}
    assert thin == {tuple(edge) for edge in similarity.edges(8, 0).tolist()}
    assert thin != {tuple(edge) for edge in similarity.edges(8, 1).tolist()}


def test_no_step_compares_all_pairs_at_once(monkeypatch):
    n, largest = 30_000, 0
    whole = ObjectTable.population

    def watched(self, a, b):
        nonlocal largest
        largest = max(largest, len(a) * len(b))
        return whole(self, a, b)

    monkeypatch.setattr(ObjectTable, "population", watched)
    rows = np.random.default_rng(0).standard_normal((n, 2)).astype(np.float32)
    objects = ObjectTable.from_ragged(Ragged(rows, np.arange(n + 1)), CPU)
    similarity = JointSimilarity.fit(objects, torch.zeros(n, dtype=torch.long), torch.arange(64), 1.1, "mean")
    edges = similarity.edges(16, 0)
    assert 0 < len(edges) < 16 * n
    assert largest <= 16_000_000 < n * n


# Communities and target


def two_cliques(n=8):
    inside = [(i, j) for half in (range(n), range(n, 2 * n)) for i in half for j in half if i < j]
    return np.array(inside), np.repeat([0, 1], n)


def same_partition(a, b):
    return len({(int(x), int(y)) for x, y in zip(a, b, strict=True)}) == len(set(a)) == len(set(b))


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


@pytest.mark.parametrize("densify", [False, True])
def test_refined_communities_are_one_round_of_nearest_means(densify):
    rng = np.random.default_rng(1)
    features = rng.standard_normal((60, 3)).astype(np.float32)
    labels = rng.integers(4, size=60)
    centres = [features[labels == k].mean(0) for k in range(4)]
    if densify:
        centres += [(centres[k] + centres[m]) / 2 for k in range(4) for m in range(k + 1, 4)]
    first = [int(np.argmin([np.linalg.norm(x - c) for c in centres])) for x in features]
    means = [features[[i for i in range(60) if first[i] == k]].mean(0) for k in sorted(set(first))]
    second = [int(np.argmin([np.linalg.norm(x - c) for c in means])) for x in features]
    assert same_partition(refined(features, labels, densify=densify), second)


def test_nearest_centres_do_not_depend_on_the_blocks(monkeypatch):
    rng = np.random.default_rng(2)
    rows, centres = (rng.standard_normal((n, 6)).astype(np.float32) for n in (50, 7))
    expected = np.linalg.norm(rows[:, None] - centres, axis=2).argmin(1)
    assert np.array_equal(nearest_centres(rows, centres), expected)
    monkeypatch.setattr("hint_train.centroids._BLOCK_ITEMS", 20)
    assert np.array_equal(nearest_centres(rows, centres), expected)


def test_many_communities_are_refined_without_midpoints():
    n = 2 * (MAX_DENSIFIED + 1)
    features = np.random.default_rng(0).standard_normal((n, 2)).astype(np.float32)
    labels = np.arange(n) // 2
    assert np.array_equal(refined(features, labels, densify=True), refined(features, labels, densify=False))


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
    for word in ("clusters", "rho", "partners", "depicted", "align", "kappa", r"pip install 'hint-se[leiden]'"):
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
    assert all(
        read_manifest(name).n_train <= preset("paper", "vtm-uch").vtm.vtm_partners
        for name in ("mirflickr", "nuswide", "nuswide-tc21", "coco")
    )
