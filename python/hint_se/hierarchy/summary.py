"""What a tree holds, level by level: numbers for code, text for a terminal, a table for a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.hierarchy.cuts import (
    community_nodes,
    leaf_counts,
    merge_heights,
    number_by_appearance,
    split_nodes,
)
from hint_se.hierarchy.invariants import leaf_count
from hint_se.hierarchy.nullmodel import NullModel
from hint_se.hierarchy.suggest import Suggestion, suggested
from hint_se.inputs.edges import NodeNames

__all__ = ["LevelSummary", "LevelsSummary", "TreeSummary", "notebook_table", "summarise"]

# A table shows this many levels, then the last one; so many communities, and members of each.
_LEVELS, _COMMUNITIES, _MEMBERS = 8, 7, 6
# Letters of a name.
_NAME = 40
_HEADER = ("level", "communities", "smallest", "median", "largest", "bits")


@dataclass(frozen=True, slots=True)
class LevelSummary:
    """One level of a tree: the communities that `Tree.labels` gives for it, by their leaves.

    Parameters
    ----------
    level : int
        1 is the root's children, the coarsest.
    n_communities : int
    smallest, largest : int
        Leaves in them.
    median : float
    entropy : float
        Bits that the nodes at this depth add to the structural entropy. The levels sum to it.
    """

    level: int
    n_communities: int
    smallest: int
    median: float
    largest: int
    entropy: float


@dataclass(frozen=True, slots=True, repr=False)
class LevelsSummary:
    """What a `TreeSummary` says but for what to read: sizes and entropies alone; ``print`` shows a table."""

    n_leaves: int
    n_nodes: int
    height: int
    entropy: float
    one_dimensional_entropy: float
    compression: float
    levels: tuple[LevelSummary, ...]

    def __str__(self) -> str:
        rows = [_HEADER, *self._rows()]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
        table = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        return "\n".join([*self._headline(), "", *table])

    def _repr_html_(self) -> str:
        lines = "<br/>".join(escape(line) for line in self._headline())
        return f"<div>{lines}{_html_table(_HEADER, self._rows())}</div>"

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(n_leaves={self.n_leaves}, n_nodes={self.n_nodes}, height={self.height}, "
            f"entropy={self.entropy:.4f} bits, compression={self.compression:.1%})"
        )

    def _headline(self) -> tuple[str, ...]:
        return (
            f"{self.n_leaves:,} leaves under {self.n_nodes - self.n_leaves:,} nodes, height {self.height}",
            f"{self.entropy:.4f} bits, {self.compression:.1%} below the {self.one_dimensional_entropy:.4f} of a flat tree",
        )

    def _rows(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = [
            (
                f"{row.level}",
                f"{row.n_communities:,}",
                f"{row.smallest:,}",
                f"{row.median:,.10g}",
                f"{row.largest:,}",
                f"{row.entropy:.4f}",
            )
            for row in (self.levels if len(self.levels) <= _LEVELS + 2 else (*self.levels[:_LEVELS], self.levels[-1]))
        ]
        if len(self.levels) > _LEVELS + 2:
            rows.insert(_LEVELS, ("…",) * len(_HEADER))
        return rows


@dataclass(frozen=True, slots=True, repr=False)
class TreeSummary(LevelsSummary):
    """Sizes and entropies of a tree, and what to read of it; ``print`` shows a table. See `Tree.summary`.

    Parameters
    ----------
    n_leaves, n_nodes, height : int
    entropy : float
        Structural entropy of the tree, bits.
    one_dimensional_entropy : float
        That of the flat tree over the same leaves, bits.
    compression : float
        The share of the one-dimensional entropy that the tree saves, in [0, 1]; 0 for a graph without edges.
    levels : tuple of LevelSummary
        From the coarsest to the leaves; as many as the tree is high.
    suggested : Suggestion
        Which communities to read, see `Tree.suggest_level`.
    null : NullModel, optional
        What random graphs of the same degrees save, see `Tree.null`. None where that is not known.
    """

    suggested: Suggestion
    null: NullModel | None = None

    def _headline(self) -> tuple[str, ...]:
        return (
            *LevelsSummary._headline(self),
            *(() if self.null is None else (str(self.null),)),
            f"read {self.suggested}",
        )


def summarise(
    parent: NDArray[np.int32], volume: NDArray[np.float64], cut: NDArray[np.float64], null: NullModel | None = None
) -> TreeSummary:
    """Return the summary of a tree. O(t log t)."""
    depth = _core.depths(parent)
    terms = _core.entropy_terms(parent, volume, cut)
    n_leaves = leaf_count(parent)
    flat = _flat_entropy(volume[:n_leaves], cut[:n_leaves])
    entropy = float(terms.sum())
    return TreeSummary(
        n_leaves=n_leaves,
        n_nodes=parent.size,
        height=int(depth.max()),
        entropy=entropy,
        one_dimensional_entropy=flat,
        compression=1 - entropy / flat if flat > 0 else 0.0,
        levels=_levels(depth, leaf_counts(parent), n_leaves, terms),
        suggested=suggested(parent, volume, cut),
        null=null,
    )


def notebook_table(
    summary: TreeSummary,
    parent: NDArray[np.int32],
    volume: NDArray[np.float64],
    cut: NDArray[np.float64],
    names: NodeNames | None,
) -> str:
    """Return a tree as HTML: its summary, and the largest of the suggested communities with their heaviest leaves."""
    leaves = leaf_count(parent)
    divided = split_nodes(parent, merge_heights(parent, volume, cut), summary.suggested.n_communities)
    labels = number_by_appearance(community_nodes(parent, divided)[:leaves])
    sizes = np.bincount(labels)
    by_weight = np.lexsort((-volume[:leaves], labels))
    start = np.cumsum(sizes) - sizes
    rows: list[tuple[str, ...]] = []
    for number in np.argsort(-sizes, kind="stable")[:_COMMUNITIES].tolist():
        first = by_weight[start[number] : start[number] + min(int(sizes[number]), _MEMBERS)].tolist()
        members = ", ".join(str(leaf if names is None else names[leaf])[:_NAME] for leaf in first)
        more = ", …" if sizes[number] > _MEMBERS else ""
        # Lone surrogates, which file names may have, cannot be sent to a browser.
        shown = members.encode("utf-8", "backslashreplace").decode()
        rows.append((f"{number}", f"{sizes[number]:,}", shown + more))
    header = (f"cut({sizes.size})", "leaves", "of largest degree")
    return f"<div>{summary._repr_html_()}{_html_table(header, rows)}</div>"


def _html_table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _flat_entropy(degrees: NDArray[np.float64], cuts: NDArray[np.float64]) -> float:
    n, total = degrees.size, [degrees.sum()]
    flat = np.append(np.full(n, n, dtype=np.int32), np.int32(-1))
    return float(_core.entropy_terms(flat, np.append(degrees, total), np.append(cuts, 0.0)).sum())


def _levels(
    depth: NDArray[np.int32], counts: NDArray[np.int64], n_leaves: int, terms: NDArray[np.float64]
) -> tuple[LevelSummary, ...]:
    """Return all levels at once: sizes sorted within each depth, behind as many ones as leaves end above it."""
    height = int(depth.max())
    order = np.lexsort((counts, depth))
    sizes = counts[order]
    start = np.searchsorted(depth[order], np.arange(height + 2))
    ended = np.concatenate([[0], np.cumsum(np.bincount(depth[:n_leaves], minlength=height + 1))])
    bits = np.bincount(depth, weights=terms, minlength=height + 1)
    level = np.arange(1, height + 1)
    ones, own = ended[level], start[level + 1] - start[level]
    total = ones + own

    def sized(rank: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.where(rank < ones, 1, sizes[start[level] + np.maximum(rank - ones, 0)])

    columns = (
        level,
        total,
        sized(np.zeros_like(total)),
        (sized((total - 1) // 2) + sized(total // 2)) / 2,
        sizes[start[level + 1] - 1],
        bits[level],
    )
    return tuple(LevelSummary(*row) for row in zip(*(column.tolist() for column in columns), strict=True))
