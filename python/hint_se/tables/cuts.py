"""Where a tree of tables is cut: each node points at the community it lies in, and pointers jump until all have settled."""

from __future__ import annotations

from pathlib import Path

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from hint_se.tables.engines import Engine
from hint_se.tables.engines.engine import Columns
from hint_se.tables.naming import LEVEL
from hint_se.tables.rounds import Frame
from hint_se.tables.steps import columns_in, keep, keep_columns

__all__ = ["divided_above", "divided_at", "division_order", "levels_of", "pointers", "settled"]


def levels_of(engine: Engine, rows: Frame) -> int:
    """Return the greatest depth."""
    return int(engine.rows(rows.select(nw.col("depth").max()))[0]["depth"])


def pointers(rows: Frame, stays: nw.Expr) -> Frame:
    """Return pointers ``node, up``: nodes that stay point at themselves, others at their parents."""
    return rows.select("node", nw.when(stays).then(nw.col("node")).otherwise(nw.col("parent")).alias("up"))


def divided_above(rows: Frame, level: int) -> Frame:
    """Return `pointers` for the cut at a level: nodes at most as deep stay."""
    return pointers(rows, nw.col("depth") <= level)


def settled(engine: Engine, begun: Frame, deepest: int, scratch: Path) -> Frame:
    """Return where pointers end: after k jumps each spans 2^k generations."""
    found = keep(engine, begun, scratch / "up-0.parquet")
    for jump in range(1, max(deepest, 1).bit_length() + 1):
        further = found.select(nw.col("node").alias("up"), nw.col("up").alias("next"))
        jumped = found.join(further, on="up").select("node", nw.col("next").alias("up"))
        found = keep(engine, jumped, scratch / f"up-{jump}.parquet")
    return found


def division_order(engine: Engine, rows: Frame, count: int, volume: float, deepest: int, scratch: Path) -> Columns:
    """Return the first ``count`` nodes above the leaves in the order in which cuts divide them, ``node, children``.

    The order is that of the merge heights. A node's height is at least that of the nodes below it, so they are lifted from the deepest
    level up.
    """
    heights = keep(engine, _merge_heights(rows, volume), scratch / "heights.parquet")
    lifted: list[Frame] = []
    for depth in range(deepest - 1, -1, -1):
        here = heights.filter(nw.col("depth") == depth)
        if lifted:
            below = lifted[-1].group_by("parent").agg(nw.col("height").max().alias("below"))
            here = here.join(below.rename({"parent": "node"}), on="node", how="left")
            here = here.with_columns(nw.max_horizontal("height", nw.coalesce("below", "height")).alias("height"))
        columns = here.select("node", "parent", "depth", "children", "height")
        lifted.append(keep(engine, columns, scratch / f"lifted-{depth}.parquet"))
    if not lifted:
        return {"node": np.empty(0, np.int64), "children": np.empty(0, np.int64)}
    first = nw.concat(lifted).sort("height", "depth", "node", descending=[True, False, True]).head(count)
    engine.write(first, scratch / "first.parquet")
    found = columns_in(scratch / "first.parquet", "height", "depth", "node", "children")
    order = np.lexsort((-found["node"], found["depth"], -found["height"]))
    return {name: found[name][order].astype(np.int64) for name in ("node", "children")}


def divided_at(engine: Engine, rows: Frame, nodes: NDArray[np.int64], scratch: Path) -> Frame:
    """Return `pointers` for the cut that divides some nodes: their children stay."""
    marks = {"parent": nodes, "divided": np.ones(nodes.size, np.int64)}
    marked = rows.join(keep_columns(engine, marks, scratch / "divided.parquet"), on="parent", how="left")
    return pointers(marked, (nw.col("divided") == 1) | (nw.col("parent") < 0))


def _merge_heights(rows: Frame, volume: float) -> Frame:
    """Return the nodes above the leaves with e / (e + o) of `hint_se.hierarchy.cuts.merge_heights`, before they are lifted."""
    share = nw.col("volume") / volume
    below = rows.filter(nw.col("parent") >= 0).select("parent", "cut", share.alias("share"))
    own = rows.filter(nw.col("node") >= LEVEL).select(
        nw.col("node").alias("parent"),
        nw.col("parent").alias("up"),
        "depth",
        share.alias("whole"),
        nw.col("cut").alias("leaving"),
    )
    each = below.join(own, on="parent")
    pairs = nw.col("share") * nw.max_horizontal(nw.col("whole") - nw.col("share"), nw.lit(0.0))
    sums = (
        each.with_columns(pairs.alias("pairs"))
        .group_by("parent", "up", "depth", "leaving")
        .agg(nw.len().alias("children"), nw.col("pairs").sum().alias("expected"), nw.col("cut").sum().alias("cuts"))
    )
    observed = (nw.col("cuts") - nw.col("leaving")) / volume
    known = sums.with_columns(
        nw.when(observed > nw.col("cuts") / volume * 1e-12).then(observed).otherwise(nw.lit(0.0)).alias("observed")
    )
    height = (
        nw.when(nw.col("observed") > 0)
        .then(nw.col("expected") / (nw.col("expected") + nw.col("observed")))
        .otherwise(nw.lit(1.0))
    )
    return known.select(
        nw.col("parent").alias("node"), nw.col("up").alias("parent"), "depth", "children", height.alias("height")
    )
