"""Edges of nodes that come to a tree of tables: which of their ends are new, and under which numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError
from hint_se.inputs.loops import warn_loops
from hint_se.inputs.words import Weight
from hint_se.tables.assembly import ROW
from hint_se.tables.cleaning import numbered, pairs_of
from hint_se.tables.ends import Edges, checked_edges
from hint_se.tables.engines import Engine
from hint_se.tables.engines.engine import Columns
from hint_se.tables.folder import Manifest
from hint_se.tables.naming import LARGEST_ID, exponent_for
from hint_se.tables.rounds import Frame
from hint_se.tables.steps import columns_in, keep, keep_columns, rows_in, sorted_columns

__all__ = ["Arrivals", "arrivals", "check_count"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Edges that have a new node each."""

    #: Old ends with their rows of the tree, ``node, parent, volume, cut, depth``, in the order of their numbers.
    known: Columns
    #: Numbers of new nodes, rising.
    new: NDArray[np.int64]
    #: Pairs of numbers, shape (m, 2), each pair once, in order.
    pairs: NDArray[np.int64]
    #: In the unit of the tree.
    weights: NDArray[np.float64]
    #: Numbers and names of all nodes, where they have names.
    names: Frame | None


def arrivals(
    engine: Engine,
    edges: Any,
    weight: Weight,
    rows: Frame,
    names: Frame | None,
    *,
    manifest: Manifest,
    most: int,
    scratch: Path,
) -> Arrivals:
    """Return the edges of new nodes, given the rows of a tree and the table of its names.

    Raises
    ------
    GraphError
        If the edges hold a fault, or one is between nodes of the tree.
    MemoryError
        If there are more than ``most``.
    """
    found = checked_edges(engine, engine.frame(edges), weight=weight, names=names is not None)
    ends, every = found.frame, None
    if names is None:
        _check_ids(found)
    else:
        every, numbers = _with_new_names(engine, found, names, manifest.n_leaves, scratch)
        ends = numbered(ends, numbers)
    exponent = exponent_for(found.largest, found.rows)
    engine.write(pairs_of(ends, exponent, found.weighted), scratch / "pairs.parquet")
    check_count("place", "edges", rows_in(scratch / "pairs.parquet"), most)
    columns = columns_in(scratch / "pairs.parquet", "a", "b", "w")
    order = np.lexsort((columns["b"], columns["a"]))
    both = np.stack([columns["a"][order], columns["b"][order]], axis=1)
    present = np.unique(both)
    known = rows_of_nodes(engine, rows, present, scratch / "known")
    _check_new(engine, both, known["node"], every)
    warn_loops(found.loops, manifest.asked["self_loops"], "those of the tree count in no degree")
    return Arrivals(
        known=known,
        new=np.setdiff1d(present, known["node"], assume_unique=True),
        pairs=both,
        weights=np.ldexp(columns["w"][order].astype(np.float64), -exponent),
        names=every,
    )


def rows_of_nodes(engine: Engine, rows: Frame, nodes: NDArray[np.int64], scratch: Path) -> Columns:
    """Return the rows of some nodes of a tree, in the order of these."""
    wanted = keep_columns(engine, {"node": nodes}, scratch.with_suffix(".wanted.parquet"))
    return sorted_columns(engine, rows.join(wanted, on="node"), *ROW, table=scratch.with_suffix(".parquet"))


def check_count(call: str, what: str, count: int, most: int) -> None:
    """Raise MemoryError where the memory holds fewer."""
    if count > most:
        raise MemoryError(
            f"{call}: expected at most {most:,} {what} at once within this memory, got {count:,}; allow more by memory="
        )


def _check_ids(found: Edges) -> None:
    """Refuse names and too large ids where the tree has ids."""
    if found.named:
        text = found.frame.collect_schema()["source"] == nw.String
        what = "names" if text else f"an id above {LARGEST_ID}"
        raise GraphError(f"edges: expected ids, as the tree has no node names, got {what}")


def _with_new_names(engine: Engine, found: Edges, names: Frame, n_known: int, scratch: Path) -> tuple[Frame, Frame]:
    """Return numbers and names of all nodes with the new ones behind, in the order of their names, and those of the ends."""
    kinds = [frame.collect_schema()[column] for frame, column in ((names, "name"), (found.frame, "source"))]
    if kinds[0] != kinds[1]:
        raise GraphError(f"edges: expected ids of type {kinds[0]}, as the tree has them, got {kinds[1]}")
    ends = nw.concat([found.frame.select(nw.col(end).alias("name")) for end in ("source", "target")]).unique()
    ends = keep(engine, ends, scratch / "ends.parquet")
    known = ends.join(names, on="name").select("node", "name")
    fresh = ends.join(names, on="name", how="anti").with_row_index("node", order_by="name")
    fresh = keep(engine, fresh.select(nw.col("node").cast(nw.Int64) + n_known, "name"), scratch / "fresh.parquet")
    numbers = keep(engine, nw.concat([known, fresh]), scratch / "numbers.parquet")
    return nw.concat([names.select("node", "name"), fresh]), numbers


def _check_new(engine: Engine, pairs: NDArray[np.int64], known: NDArray[np.int64], names: Frame | None) -> None:
    """Refuse edges between nodes that the tree has."""
    old = np.isin(pairs, known, kind="sort").all(axis=1)
    count = int(old.sum())
    if not count:
        return
    ends: list[Any] = pairs[int(old.argmax())].tolist()
    if names is not None:
        shown = {row["node"]: row["name"] for row in engine.rows(names.filter(nw.col("node").is_in(ends)))}
        ends = [shown[end] for end in ends]
    others = "" if count == 1 else f"; {count:,} edges are like that"
    raise GraphError(
        f"edges: expected a new node at each edge, got {ends[0]!r} and {ends[1]!r}, which the tree has{others}; "
        "a tree of tables takes edges between these by a new build"
    )
