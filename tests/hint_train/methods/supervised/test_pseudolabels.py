"""Pseudo-labels of LPIH: both predictions, smoothing over the graph, definite labels, confidence."""

import numpy as np
import pytest
import torch
from blobs import CPU, blobs

from hint_train.data.pairs import TrainingPairs
from hint_train.errors import DataError
from hint_train.methods.config import Config
from hint_train.methods.supervised.closed_form import kernels_of
from hint_train.methods.supervised.options import AnchorConfig
from hint_train.methods.supervised.pseudolabels import confidence, definite, from_codes, predicted, refined
from hint_train.structure.pair_graph import PairGraph


def test_scores_are_the_mean_of_both_predictions_and_one_of_them_in_the_limits():
    rng = np.random.default_rng(0)
    first, second = (torch.from_numpy(rng.standard_normal((9, 3))) for _ in range(2))
    assert torch.equal(refined(first, second, 0.0, 0.0, None), first)
    assert refined(first, second, 1e12, 0.0, None).numpy() == pytest.approx(second.numpy(), abs=1e-9)
    assert refined(first, second, 0.5, 0.0, None).numpy() == pytest.approx(((first + 0.5 * second) / 1.5).numpy())


def test_smoothing_without_bound_makes_scores_constant_in_each_component():
    rng = np.random.default_rng(0)
    first, second = (torch.from_numpy(rng.standard_normal((7, 2))) for _ in range(2))
    edges = np.array([[0, 1], [1, 2], [0, 1], [4, 3], [5, 4]])
    graph = PairGraph(edges, np.array([1.0, 2, 1, 0.5, 3]), 7, True)
    plain = ((first + 0.5 * second) / 1.5).numpy()
    found = refined(first, second, 0.5, 1e9, graph).numpy()
    for component in ([0, 1, 2], [3, 4, 5], [6]):
        assert found[component] == pytest.approx(np.tile(plain[component].mean(0), (len(component), 1)), abs=1e-6)
    adjacency = np.zeros((7, 7))
    for (a, b), w in zip(edges, graph.weights, strict=True):
        adjacency[a, b] += w
        adjacency[b, a] += w
    laplacian = np.diag(adjacency.sum(0)) - adjacency
    expected = np.linalg.solve(1.5 * np.eye(7) + 0.8 * laplacian, (first + 0.5 * second).numpy())
    assert refined(first, second, 0.5, 0.8, graph).numpy() == pytest.approx(expected, abs=1e-7)


def test_label_functions_are_the_joint_ridge_of_both_modalities():
    image, text, labels = blobs(80, widths=(6, 5))
    kernels = kernels_of(
        TrainingPairs(image, text), Config(anchors=AnchorConfig(image_anchors=11, text_anchors=13)), CPU
    )
    rows = torch.arange(0, 80, 3)
    y = torch.from_numpy(labels)[rows]
    found = predicted(kernels, {m: kernel.part(rows) for m, kernel in kernels.items()}, y, 0.7).numpy()
    k = torch.cat([torch.cat([b for _, b in kernel.blocks()]) for kernel in kernels.values()], dim=1).numpy()
    stacked = np.vstack([k[rows], np.sqrt(0.7) * np.eye(24)])
    maps = np.linalg.lstsq(stacked, np.vstack([y.numpy() - y.numpy().mean(0), np.zeros((24, 4))]), rcond=None)[0]
    assert found == pytest.approx(k @ maps + y.numpy().mean(0), abs=1e-4)


def test_labels_from_codes_against_loops():
    rng = np.random.default_rng(0)
    codes, seen = (np.where(rng.standard_normal((n, 6)) > 0, 1.0, -1.0) for n in (5, 8))
    labels = (rng.uniform(size=(8, 3)) < 0.5).astype(float)
    found = from_codes(*map(torch.from_numpy, (codes, seen, labels)), "propagate", 1.0).numpy()
    for i in range(5):
        expected = np.zeros(3)
        for j in range(8):
            expected += (codes[i] == seen[j]).mean() * labels[j]
        assert found[i] == pytest.approx(expected / expected.sum() * labels.sum() / 8)
    found = from_codes(*map(torch.from_numpy, (codes, seen, labels)), "regress", 0.3).numpy()
    assert found == pytest.approx(codes @ np.linalg.inv(seen.T @ seen + 0.3 * np.eye(6)) @ seen.T @ labels)


def test_definite_labels():
    scores = torch.tensor([[0.9, 0.8, 0.1], [0.2, 0.3, 0.1], [0.7, 0.0, 0.75]], dtype=torch.float64)
    labels = torch.tensor([[1.0, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=torch.float64)  # 4/3 per row
    assert definite(scores, labels, "cardinality").tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 1]]
    assert definite(scores, labels, "topk").tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert definite(scores, 2 * labels[1:2].repeat(2, 1) / 2, "topk").tolist() == [[1, 1, 0], [1, 1, 0], [1, 0, 1]]
    soft = torch.tensor([[1.5, -0.25, 0.5]], dtype=torch.float64)
    assert definite(soft, labels, "soft").tolist() == [[1.0, 0.0, 0.5]]
    assert definite(scores, torch.zeros_like(labels), "cardinality").tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert definite(torch.zeros(2, 3), labels, "topk").tolist() == [[1, 0, 0], [1, 0, 0]]


def test_confidence_is_the_margin_where_both_agree():
    first = torch.tensor([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9]])
    second = torch.tensor([[0.8, 0.2], [0.1, 0.7], [0.0, 3.0]])
    scores = torch.tensor([[0.85, 0.15], [0.6, 0.3], [0.0, 1.8]])
    assert confidence(first, second, scores).tolist() == pytest.approx([0.7, 0.6 * (1 - 0.3), 1.0])
    assert confidence(first[:, :1], second[:, :1], scores[:, :1]).tolist() == pytest.approx([0.85, 0.6, 0.0])


def test_smoothing_that_does_not_converge_is_reported(monkeypatch):
    scores = torch.ones(4, 2, dtype=torch.float64)
    graph = PairGraph(np.array([[0, 1]]), np.ones(1), 4, True)
    monkeypatch.setattr("hint_train.methods.supervised.pseudolabels.cg", lambda *_, **__: (np.ones(4), 7))
    with pytest.raises(DataError, match="weight of 2 did not converge; a smaller --lpih-smooth does"):
        refined(scores, scores, 0.5, 2.0, graph)
