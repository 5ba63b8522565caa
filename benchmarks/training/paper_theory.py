"""What the paper says of its equations, computed as printed and as `hint_se` and `hint_train` have it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch

import hint_se
from hint_train.training.losses import hash_loss

AS_PRINTED, AS_OURS = "as printed", "as ours"
_TAUS = (0.1, 0.01, 0.001)
_PAIRS, _K = 6, 3


def pair_graph() -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Links inside a modality and links between two: 6 pairs, 3 neighbours each by random features; images come first."""
    source = np.random.default_rng(0)
    inside: set[tuple[int, int]] = set()
    for start in (0, _PAIRS):
        rows = source.standard_normal((_PAIRS, 4))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        near = np.argsort(-(rows @ rows.T), axis=1)
        inside |= {
            (start + min(i, int(j)), start + max(i, int(j)))
            for i in range(_PAIRS)
            for j in [j for j in near[i] if j != i][:_K]
        }
    return sorted(inside), [(i, _PAIRS + i) for i in range(_PAIRS)]


def flat_entropy(how: str) -> tuple[bool, str]:
    """Whether Eq. 4 of a tree of height 1 is Eq. 3."""
    inside, between = pair_graph()
    edges = np.array(inside + between)
    degree = np.bincount(edges.ravel())
    volume = degree.sum()
    third = float(-(degree / volume * np.log2(degree / volume)).sum())
    if how == AS_OURS:
        graph = hint_se.Graph.from_edges(inside + between)
        fourth = hint_se.build_tree(graph, height=1).entropy
    else:
        links = np.bincount(np.array(inside).ravel(), minlength=len(degree))
        fourth = float(-(links / volume * np.log2(degree / volume)).sum())
    return math.isclose(third, fourth, abs_tol=1e-9), f"Eq. 3 {third:.4f} bits, Eq. 4 {fourth:.4f}"


def limit(how: str) -> tuple[bool, str]:
    """Whether Eq. 7 over N tends to Eq. 8, or, as ours, tau times it to half of the hinge of the same distances."""
    source = np.random.default_rng(0)
    b = np.sign(source.standard_normal((64, 32)))
    f = np.tanh(b + 2 * source.standard_normal((64, 32)))
    distance = ((f[:, None] - b[None]) ** 2).sum(-1)
    own = np.diag(distance)
    others = distance.copy()
    np.fill_diagonal(others, np.inf)
    gap = own - others.min(axis=1)
    losses = [_per_row(f, b, tau) for tau in _TAUS]
    if how == AS_OURS:
        right, left = (
            float(np.maximum(gap, 0).mean() / 2),
            [tau * loss for tau, loss in zip(_TAUS, losses, strict=True)],
        )
    else:
        right, left = float(gap.mean()), losses
    said = ", ".join(f"{value:.3f} at τ = {tau}" for tau, value in zip(_TAUS, left, strict=True))
    return abs(left[-1] - right) < 0.01 * max(1.0, abs(right)), f"{said}; the other side {right:.3f}"


def _per_row(f: np.ndarray, b: np.ndarray, tau: float) -> float:
    """Eq. 7 over N with products as printed, divided by nothing."""
    return float(hash_loss(torch.from_numpy(f), torch.from_numpy(b), tau, "none"))


def merges_that_raise(graphs: int = 100) -> tuple[int, int]:
    """How many merges of two linked nodes of one parent raise the entropy, of how many tried: Eq. 4 over random trees of height 1."""
    source = np.random.default_rng(0)
    raised = tried = 0
    for _ in range(graphs):
        n = int(source.integers(4, 9))
        weight = np.triu(source.random((n, n)) * (source.random((n, n)) < 0.6), 1)
        weight += weight.T
        degree, volume = weight.sum(axis=0), weight.sum()
        for i, j in zip(*np.nonzero(np.triu(weight)), strict=True):
            merged = degree[i] + degree[j]
            cut = merged - 2 * weight[i, j]
            before = -sum(degree[v] / volume * math.log2(degree[v] / volume) for v in (i, j))
            after = -sum(degree[v] / volume * math.log2(degree[v] / merged) for v in (i, j))
            after -= cut / volume * math.log2(merged / volume)
            raised += after > before + 1e-12
            tried += 1
    return raised, tried


THEORY: dict[str, Callable[[str], tuple[bool, str]]] = {"flat_entropy": flat_entropy, "limit": limit}
