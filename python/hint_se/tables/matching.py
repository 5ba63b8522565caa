"""Communities of trees of tables that keep their ids: joined and counted by the engine, and paired as `hint_se.match` does."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from hint_se.errors import TreeError
from hint_se.tables.answers import by_end, given
from hint_se.tables.arrivals import check_count
from hint_se.tables.cuts import divided_above, levels_of, settled
from hint_se.tables.engines import Engine
from hint_se.tables.known import Known
from hint_se.tables.naming import LEVEL
from hint_se.tables.rounds import Frame
from hint_se.tables.steps import columns_in, keep, keep_columns, rows_in
from hint_se.trees.matching import by_overlap, counted

__all__ = ["TableMatching", "match_into"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TableMatching:
    """Which communities are the same before and after a change; see `TreeTable.match`. ``print`` shows the counts.

    Parameters
    ----------
    labels : pyarrow.Table or path
        ``node, community``, or ``name, community``: the id of the community of each leaf afterwards.
    next_id, kept, split, merged, new, gone
        As in `hint_se.Matching`.
    """

    labels: Any
    next_id: int
    kept: tuple[int, ...]
    split: dict[int, tuple[int, ...]]
    merged: dict[int, tuple[int, ...]]
    new: tuple[int, ...]
    gone: tuple[int, ...]

    def __repr__(self) -> str:
        return counted(self)


def match_into(
    engine: Engine,
    before: Known | TableMatching,
    after: Known,
    level: int,
    *,
    out: str | os.PathLike[str] | None,
    most: int,
    scratch: Path,
) -> TableMatching:
    """Return the communities of ``after`` at a level under the ids that they had before; ``most``: pairs that the memory holds.

    Raises
    ------
    TreeError
        If one side alone names its leaves.
    MemoryError
        If more pairs of communities share leaves than the memory holds.
    """
    found, now = _communities(engine, after, level, most, scratch / "after")
    if isinstance(before, TableMatching):
        old, next_id = _labels(engine, before, scratch), before.next_id
        engine.write(old.select("community").unique(), scratch / "ids.parquet")
        check_count("match", "communities", rows_in(scratch / "ids.parquet"), most)
        ids = was = np.sort(columns_in(scratch / "ids.parquet", "community")["community"])
    else:
        old, was = _communities(engine, before, level, most, scratch / "before")
        old, ids, next_id = by_end(old, before.names), np.arange(was.size), 0
    end = "node" if after.names is None else "name"
    if end not in old.collect_schema().names():
        raise TreeError("match: expected names of leaves on both sides or on none, got them on one")
    new = by_end(found, after.names).rename({"community": "now"})
    pairs = old.rename({"community": "was"}).join(new, on=end).group_by("was", "now")
    engine.write(pairs.agg(nw.len().cast(nw.Int64).alias("shared")), scratch / "shared.parquet")
    check_count("match", "pairs of communities", rows_in(scratch / "shared.parquet"), most)
    overlap = columns_in(scratch / "shared.parquet", "was", "now", "shared")
    table = np.stack([_number(was, overlap["was"]), _number(now, overlap["now"])])
    order = np.lexsort((table[1], table[0]))
    about = by_overlap(table[:, order], overlap["shared"][order], ids, now.size, next_id)
    named = keep_columns(engine, {"up": now, "id": about.named}, scratch / "named.parquet")
    labelled = found.join(named, on="up").select("node", nw.col("id").alias("up"))
    answer = given(engine, labelled, after.names, out, scratch)
    return TableMatching(answer if out is None else Path(out), **about.about)


def _communities(engine: Engine, tree: Known, level: int, most: int, scratch: Path) -> tuple[Frame, NDArray[np.int64]]:
    """Return the leaves and their communities, ``node, up``, and the communities in the order of their first leaves."""
    scratch.mkdir()
    found = settled(engine, divided_above(tree.rows, level), levels_of(engine, tree.rows), scratch)
    leaves = keep(engine, found.filter(nw.col("node") < LEVEL), scratch / "leaves.parquet")
    engine.write(leaves.group_by("up").agg(nw.col("node").min()), scratch / "first.parquet")
    check_count("match", "communities", rows_in(scratch / "first.parquet"), most)
    first = columns_in(scratch / "first.parquet", "up", "node")
    return leaves, first["up"][np.argsort(first["node"])]


def _labels(engine: Engine, before: TableMatching, scratch: Path) -> Frame:
    """Return the labels of a matching as the engine reads them."""
    from pyarrow import parquet

    if isinstance(before.labels, Path):
        return engine.read(before.labels)
    parquet.write_table(before.labels, scratch / "before.parquet")
    return engine.read(scratch / "before.parquet")


def _number(of: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places of values in an array that holds each once."""
    order = np.argsort(of)
    return order[np.searchsorted(of[order], values)]
