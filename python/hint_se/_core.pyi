"""Compiled core of hint_se: flat arrays in, flat arrays out. Made by .ci/make_stub.py."""

from collections.abc import Callable
from typing import overload

import numpy as np
from numpy.typing import NDArray

def build_tree(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64],
    extra_volume: NDArray[np.float64] | None,
    height: int,
    algorithm: str,
    effort: str,
    seed: int,
    n_threads: int,
    progress: Callable[[str, float], object] | None,
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]: ...
def children(
    parent: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]: ...
def degrees(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64],
    extra_volume: NDArray[np.float64] | None,
) -> NDArray[np.float64]: ...
def depths(
    parent: NDArray[np.int32],
) -> NDArray[np.int32]: ...
def entropy_terms(
    parent: NDArray[np.int32],
    volume: NDArray[np.float64],
    cut: NDArray[np.float64],
) -> NDArray[np.float64]: ...
@overload
def graph_from_arcs(
    arcs: NDArray[np.int32],
    weights: NDArray[np.float64] | None,
    n_nodes: int,
    damping: float,
    self_loops: str,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64] | None, int]: ...
@overload
def graph_from_arcs(
    arcs: NDArray[np.int64],
    weights: NDArray[np.float64] | None,
    n_nodes: int,
    damping: float,
    self_loops: str,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64] | None, int]: ...
@overload
def graph_from_edges(
    edges: NDArray[np.int32],
    weights: NDArray[np.float64] | None,
    n_nodes: int,
    self_loops: str,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64] | None, int]: ...
@overload
def graph_from_edges(
    edges: NDArray[np.int64],
    weights: NDArray[np.float64] | None,
    n_nodes: int,
    self_loops: str,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64] | None, int]: ...
def grow_graph(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64],
    extra_volume: NDArray[np.float64] | None,
    added: NDArray[np.int64],
    added_weights: NDArray[np.float64] | None,
    n_nodes: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64] | None]: ...
def labels(
    parent: NDArray[np.int32],
    n_leaves: int,
    level: int,
) -> NDArray[np.int32]: ...
def leaves(
    parent: NDArray[np.int32],
    n_leaves: int,
    node: int,
) -> NDArray[np.int32]: ...
def neighbours(
    parent: NDArray[np.int32],
    n_leaves: int,
    groups: NDArray[np.int32],
    level: int,
    cap: int,
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]: ...
def one_dimensional_entropy(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64],
    extra_volume: NDArray[np.float64] | None,
) -> float: ...
def place_leaves(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64],
    extra_volume: NDArray[np.float64] | None,
    parent: NDArray[np.int32],
    volume: NDArray[np.float64],
    cut: NDArray[np.float64],
    n_leaves: int,
    height: int,
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]: ...
def rebuild_below(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64],
    extra_volume: NDArray[np.float64] | None,
    parent: NDArray[np.int32],
    volume: NDArray[np.float64],
    cut: NDArray[np.float64],
    node: int,
    height: int,
    effort: str,
    seed: int,
    n_threads: int,
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64], bool]: ...
def structural_entropy(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64],
    extra_volume: NDArray[np.float64] | None,
    parent: NDArray[np.int32],
) -> float: ...
def tree_from_parent(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64],
    extra_volume: NDArray[np.float64] | None,
    parent: NDArray[np.int32],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def update_tree(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64],
    extra_volume: NDArray[np.float64] | None,
    parent: NDArray[np.int32],
    volume: NDArray[np.float64],
    cut: NDArray[np.float64],
    changed: NDArray[np.float64] | None,
    added: NDArray[np.int64],
    added_weights: NDArray[np.float64] | None,
    removed: NDArray[np.int64],
    n_nodes: int,
    height: int,
    effort: str | None,
    n_threads: int,
) -> tuple[
    NDArray[np.int32],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.float64],
    NDArray[np.float64] | None,
    int,
]: ...
def validate_graph(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64],
    extra_volume: NDArray[np.float64] | None,
) -> None: ...
def validate_parent(
    parent: NDArray[np.int32],
    n_leaves: int,
) -> None: ...
