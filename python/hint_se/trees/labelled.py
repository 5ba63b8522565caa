"""Trees of partitions: labels, sets of names or paths, on one level or on several, made into a parent array."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError, TreeError
from hint_se.hierarchy.cuts import number_by_appearance
from hint_se.inputs.arrays import as_array, is_array
from hint_se.inputs.edges import NodeNames

__all__ = ["as_levels", "as_partition", "named_nodes", "parent_of"]

Labels = NDArray[np.int64]


def as_levels(labels: Any, names: NodeNames | None, n: int) -> list[Labels]:
    """Return partitions, coarse to fine, each as integers (n,), of whatever `Tree.from_labels` takes; TreeError for others."""
    if isinstance(labels, Mapping) and labels and all(isinstance(path, tuple) for path in labels.values()):
        return _of_paths(_by_node(labels, names, n))
    if is_array(labels):
        array = _array(labels)
        return _nested(_rows(array, n)) if array.ndim == 2 else [as_partition(array, names, n)]
    if (
        isinstance(labels, Sequence)
        and not isinstance(labels, str)
        and labels
        and all(_is_level(part, n) for part in labels)
        and not _one_list_of_all(labels, names, n)
    ):
        return _nested([as_partition(part, names, n) for part in labels])
    return [as_partition(labels, names, n)]


def _rows(array: NDArray[Any], n: int) -> list[Labels]:
    if array.shape[1] != n or array.shape[0] == 0:
        turned = "; transpose it: labels.T" if array.shape[0] == n else ""
        raise TreeError(f"labels: expected an array (levels, {n}), got shape {array.shape}{turned}")
    return [_numbered(row.tolist()) for row in array]


def _is_level(part: Any, n: int) -> bool:
    """Return whether an entry of a list is a partition by itself, and no label and no community."""
    if isinstance(part, Mapping) or (is_array(part) and _array(part).ndim == 1):
        return True
    if isinstance(part, list):
        return len(part) == n or all(isinstance(group, Set) for group in part)
    return False


def _one_list_of_all(parts: Sequence[Any], names: NodeNames | None, n: int) -> bool:
    """Return whether the parts are one list that holds each of several nodes: one community, or labels that all differ."""
    if len(parts) != 1 or not isinstance(parts[0], list) or len(parts[0]) != n or n == 1:
        return False
    try:
        return set(parts[0]) == set(range(n) if names is None else names)
    except TypeError:
        return False  # of sets: a level


def as_partition(labels: Any, names: NodeNames | None, n: int) -> Labels:
    """Return one partition as integers (n,): of labels by node, a mapping from names, or sets of names; TreeError for others."""
    membership = getattr(labels, "membership", None)
    if membership is not None and not callable(membership):
        labels = membership  # igraph and leidenalg
    if isinstance(labels, Mapping):
        return _numbered(_by_node(labels, names, n))
    if is_array(labels):
        array = _array(labels)
        if array.ndim != 1:
            raise TreeError(f"labels: expected one per node, got an array of shape {array.shape}")
        labels = array.tolist()
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        raise TreeError(f"labels: expected one per node, a mapping or sets of names, got {type(labels).__name__}")
    parts = list(labels)
    if _one_list_of_all(parts, names, n):
        raise TreeError(
            "labels: got one list of all nodes, which may be one community or labels that all differ; expected a set for a community, "
            "[set(names)], or labels without the list around them"
        )
    if parts and all(isinstance(part, Set | list) for part in parts):
        return _numbered(_by_node(_of_sets(parts), names, n))
    if len(parts) != n:
        raise TreeError(f"labels: expected {n}, one per node, got {len(parts)}")
    return _numbered(parts)


def named_nodes(labels: Any) -> NodeNames | None:
    """Return the nodes that a mapping or sets name, in their order; None for labels, which name none."""
    if isinstance(labels, Mapping):
        return tuple(labels)
    if isinstance(labels, Sequence) and labels and all(isinstance(part, Set | list) for part in labels):
        return tuple(_of_sets(list(labels)))
    return None


def _array(labels: Any) -> NDArray[Any]:
    try:
        return as_array(labels, "labels")
    except GraphError as error:
        raise TreeError(str(error)) from error


def _of_sets(parts: list[Any]) -> dict[Hashable, int]:
    found: dict[Hashable, int] = {}
    for number, part in enumerate(parts):
        try:
            shared = [node for node in part if found.setdefault(node, number) != number]
        except TypeError as error:
            raise TreeError(f"labels: expected hashable values: {error}") from error
        if shared:
            raise TreeError(f"labels: expected communities that share no node, got {shared[0]!r} in two")
    return found


def _by_node(labels: Mapping[Any, Any], names: NodeNames | None, n: int) -> list[Any]:
    """Return what a mapping says of each node in turn; it must know all of them and no others."""
    nodes: Sequence[Hashable] = range(n) if names is None else names
    missing = [node for node in nodes if node not in labels]
    if missing:
        raise TreeError(f"labels: expected every node, got none for {missing[0]!r}{_more(len(missing))}")
    if len(labels) > n:
        known = set(nodes)
        unknown = [node for node in labels if node not in known]
        raise TreeError(f"labels: expected nodes of the graph, got {unknown[0]!r}{_more(len(unknown))}")
    return [labels[node] for node in nodes]


def _of_paths(paths: list[tuple[Any, ...]]) -> list[Labels]:
    """Return the levels of paths from the root, as Infomap has them; a path that ends stays by itself below."""
    deepest = max((len(path) for path in paths), default=0)
    return [
        _numbered([(path[:level], node if len(path) < level else None) for node, path in enumerate(paths)])
        for level in range(1, deepest + 1)
    ] or [np.zeros(len(paths), dtype=np.int64)]


def _numbered(labels: Iterable[Any]) -> Labels:
    numbers: dict[Any, int] = {}
    try:
        return np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)
    except TypeError as error:
        raise TreeError(f"labels: expected hashable values: {error}") from error


def _more(count: int) -> str:
    return f" and {count - 1} more" if count > 1 else ""


def _nested(levels: list[Labels]) -> list[Labels]:
    """Return levels as they are; TreeError where one does not divide the one before."""
    for number, (coarse, fine) in enumerate(itertools.pairwise(levels), start=1):
        pairs = np.unique(fine * (coarse.max() + 1) + coarse)
        if pairs.size > fine.max() + 1:
            raise TreeError(
                f"labels: expected levels from the coarsest to the finest, each dividing the one before, got a community of level "
                f"{number + 1} in several of level {number}"
            )
    return levels


def parent_of(levels: list[Labels]) -> NDArray[np.int32]:
    """Return the parent array of nested partitions, coarse to fine. A community of one node is that leaf itself."""
    n = levels[0].size
    if n == 1:
        return np.array([-1], dtype=np.int32)
    below, at = np.arange(n), n  # the tree node that each leaf lies in so far, and the next free id
    links: list[tuple[Labels, Labels]] = []
    for labels in reversed(levels):
        several = np.bincount(labels)[labels] > 1
        number = number_by_appearance(labels[several])
        own = below.copy()
        own[several] = at + number
        links.append((below[several], own[several]))
        below, at = own, at + 1 + int(number.max(initial=-1))
    parent = np.full(at + 1, at, dtype=np.int32)
    for nodes, parents in links:
        parent[nodes] = parents
    parent[at] = -1
    return parent
