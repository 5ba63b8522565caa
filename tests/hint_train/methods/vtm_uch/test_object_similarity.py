"""Similarity of images by their objects, and the joint one: loops and dense matrices."""

import numpy as np
import pytest
import torch
from vtm_oracle import CPU, cosine, population, random_lists, table

from hint_train.data.parts import Ragged
from hint_train.methods.vtm_uch.object_similarity import JointSimilarity, ObjectTable
from hint_train.methods.vtm_uch.vision_text import cluster_masks


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
