"""Communities that keep their ids while the graph changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hint_se.checks import integer
from hint_se.errors import TreeError
from hint_se.hierarchy.cuts import number_by_appearance
from hint_se.inputs.edges import NodeNames
from hint_se.trees.labelled import as_partition, named_nodes
from hint_se.trees.tree import Tree

__all__ = ["Matching", "Overlaps", "by_overlap", "counted", "match"]

# So that new ids fit behind it.
_LARGEST = 2**62


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Matching:
    """Which communities are the same before and after a change; see `match`. ``print`` shows the counts.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        The id of the community of each node afterwards, in the order of the second one's nodes: that of a community before,
        or a new one.
    node_names : tuple of hashables, or None
        Of the nodes afterwards.
    next_id : int
        The first id that was never used.
    kept : tuple of int
        Ids on both sides.
    split : mapping from int to tuple of int
        Communities before that most of several communities afterwards come from, and the ids of these.
    merged : mapping from int to tuple of int
        Communities afterwards that most of several communities before went into, and the ids of these.
    new : tuple of int
        Ids that were not there before: of parts of a split, and of communities that come from nowhere.
    gone : tuple of int
        Ids that are no longer there.
    """

    labels: NDArray[np.int64]
    node_names: NodeNames | None
    next_id: int
    kept: tuple[int, ...]
    split: dict[int, tuple[int, ...]]
    merged: dict[int, tuple[int, ...]]
    new: tuple[int, ...]
    gone: tuple[int, ...]

    def __repr__(self) -> str:
        return counted(self)


def counted(matching: Any) -> str:
    """Return how many communities a matching kept, split, merged, began and ended, under the name of its class."""
    parts = ", ".join(f"{len(getattr(matching, part))} {part}" for part in ("kept", "split", "merged", "new", "gone"))
    return f"{type(matching).__name__}({parts})"


def match(before: Any, after: Any, *, level: int | None = None) -> Matching:
    """Return the communities after a change under the ids that they had before.

    Each pair of communities that share nodes is looked at, the greatest overlap first; of equal ones that of the smaller id before,
    then of the earlier community afterwards. Where neither has a partner yet, the later one takes the id of the earlier. The others
    get the next ids that were never used before. So ids stay through `Tree.update` and through a new `build_tree`, whatever
    the order in which communities are found.

    Parameters
    ----------
    before : Matching, Tree, or a partition as `Tree.from_labels` takes one
        The last matching hands its ids on, and what it has ever used is not used again. Integer labels from 0 to 2^62, plain or in a
        mapping from names, are ids themselves; communities of a tree, of sets and of other labels are numbered in the order of their first appearance.
    after : Tree, or a partition as `Tree.from_labels` takes one
        Nodes meet by name where both sides name them, otherwise by position: the first rows of a longer side are the nodes of the shorter.
    level : int, optional
        >= 1, of each tree. None: the suggested cut.

    Returns
    -------
    Matching
        O(n log n).

    Raises
    ------
    TreeError
        If a side is no partition, an id is above 2^62, or one side alone names its nodes.
    ValueError
        If the level is no integer >= 1.

    Examples
    --------
    >>> import hint_se
    >>> found = match([7, 7, 7, 3, 3, 3], [0, 0, 1, 1, 1, 1, 2])
    >>> found.labels
    array([7, 7, 3, 3, 3, 3, 8])
    >>> found
    Matching(2 kept, 0 split, 0 merged, 1 new, 0 gone)
    """
    if level is not None:
        integer("level", level, 1)
    old_side, new_side = _side(before, level, with_ids=True), _side(after, level, with_ids=False)
    old_of, new_of = _shared(old_side, new_side)
    ids, was = np.unique(old_side.labels, return_inverse=True)
    now = number_by_appearance(new_side.labels).astype(np.int64)
    table, shared = np.unique(np.stack([was[old_of], now[new_of]]), axis=1, return_counts=True)
    found = by_overlap(table, shared, ids, int(now.max(initial=-1)) + 1, old_side.next_id)
    return Matching(labels=found.named[now], node_names=new_side.node_names, **found.about)


class Overlaps(NamedTuple):
    """Ids of the communities afterwards, and the fields of a `Matching` but for the nodes."""

    named: NDArray[np.int64]
    about: dict[str, Any]


def by_overlap(
    table: NDArray[np.int64], shared: NDArray[np.int64], ids: NDArray[np.int64], count: int, next_id: int
) -> Overlaps:
    """Return what `match` says of communities that share nodes.

    Parameters
    ----------
    table : ndarray, shape (2, p)
        Places in ``ids`` of communities before, and the numbers below ``count`` of those afterwards, sorted.
    shared : ndarray, shape (p,)
        How many nodes they share.
    ids : ndarray
        Of the communities before, rising.
    count : int
        Number of communities afterwards.
    next_id : int
        No smaller id than the first that was never used.
    """
    order = np.lexsort((table[1], table[0], -shared))
    partner = _partners(table[:, order].T.tolist(), count)
    next_id = max(next_id, int(ids.max(initial=-1)) + 1)
    fresh = partner < 0
    named = np.where(fresh, next_id + np.cumsum(fresh) - 1, ids[partner] if ids.size else -1)
    kept = np.sort(named[~fresh])
    about = {
        "next_id": next_id + int(fresh.sum()),
        "kept": tuple(kept.tolist()),
        "split": _several(_most(table[1], table[0], shared, count), named, ids),
        "merged": _several(_most(table[0], table[1], shared, ids.size), ids, named),
        "new": tuple(named[fresh].tolist()),
        "gone": tuple(np.setdiff1d(ids, kept).tolist()),
    }
    return Overlaps(named, about)


class _Side(NamedTuple):
    node_names: NodeNames | None
    labels: NDArray[np.int64]
    next_id: int


def _side(side: Any, level: int | None, *, with_ids: bool) -> _Side:
    if isinstance(side, Matching):
        return _Side(side.node_names, side.labels, side.next_id)
    if isinstance(side, Tree):
        return _Side(side.node_names, side.labels(level).astype(np.int64), 0)
    membership = getattr(side, "membership", None)
    side = side if membership is None or callable(membership) else membership  # igraph and leidenalg
    names = named_nodes(side)
    try:
        n = len(side) if names is None else len(names)
    except TypeError as error:
        raise TreeError(
            f"labels: expected one per node, a mapping or sets of names, got {type(side).__name__}"
        ) from error
    labels = as_partition(side, names, n)
    if with_ids and (names is None or isinstance(side, Mapping)):
        own = list(side if names is None else side.values())
        if all(isinstance(label, int | np.integer) and not isinstance(label, bool) for label in own):
            labels = _as_ids(own, labels)
    return _Side(names, labels, 0)


def _as_ids(own: list[Any], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return integers >= 0 as ids; where some are negative, the labels."""
    if min(own, default=0) < 0:
        return labels
    if max(own, default=0) > _LARGEST:
        raise TreeError(f"labels: expected ids up to 2^62, got {max(own)}; as text they are labels")
    return np.array(own, dtype=np.int64)


def _shared(old: _Side, new: _Side) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places on either side of the nodes that both have."""
    if (old.node_names is None) != (new.node_names is None):
        raise TreeError("after: expected names of nodes on both sides or on none, got them on one")
    if old.node_names is None or new.node_names is None:
        both = np.arange(min(old.labels.size, new.labels.size))
        return both, both
    place = dict(zip(old.node_names, range(len(old.node_names)), strict=True))
    found = np.array([place.get(name, -1) for name in new.node_names], dtype=np.int64)
    return found[found >= 0], np.flatnonzero(found >= 0)


def _partners(pairs: list[list[int]], count: int) -> NDArray[np.int64]:
    """Return the community before that each community afterwards goes on, -1 for none, of pairs in the order of choice."""
    partner = np.full(count, -1, dtype=np.int64)
    taken: set[int] = set()
    for was, now in pairs:
        if partner[now] < 0 and was not in taken:
            partner[now] = was
            taken.add(was)
    return partner


def _most(own: NDArray[np.int64], other: NDArray[np.int64], shared: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the community of the other side with more than half of the shared nodes of each, -1 where there is none."""
    total = np.bincount(own, weights=shared, minlength=count)
    found = np.full(count, -1, dtype=np.int64)
    most = 2 * shared > total[own]
    found[own[most]] = other[most]
    return found


def _several(of: NDArray[np.int64], parts: NDArray[np.int64], wholes: NDArray[np.int64]) -> dict[int, tuple[int, ...]]:
    """Return the wholes that several parts belong to, by id, and these."""
    members = np.flatnonzero(of >= 0)
    members = members[np.lexsort((parts[members], of[members]))]
    found, begin = np.unique(of[members], return_index=True)
    groups = np.split(parts[members], begin[1:])
    return {
        whole: tuple(group.tolist())
        for whole, group in zip(wholes[found].tolist(), groups, strict=False)
        if group.size > 1
    }
