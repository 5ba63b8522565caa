"""What a tree of tables holds, level by level, counted by the engine."""

from __future__ import annotations

from pathlib import Path

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from hint_se.hierarchy.summary import LevelsSummary, LevelSummary
from hint_se.tables.cuts import levels_of
from hint_se.tables.engines import Engine
from hint_se.tables.engines.engine import Columns
from hint_se.tables.folder import Manifest
from hint_se.tables.naming import LEVEL
from hint_se.tables.rounds import Frame
from hint_se.tables.steps import columns_in, keep

__all__ = ["entropy_terms", "summarise"]


def summarise(engine: Engine, rows: Frame, manifest: Manifest, scratch: Path) -> LevelsSummary:
    """Return the summary of a tree."""
    height = levels_of(engine, rows)
    bits = _bits(engine, rows, manifest.volume, height, scratch)
    leaves = rows.filter((nw.col("node") < LEVEL) & (nw.col("cut") > 0))
    own = nw.col("cut") * (nw.col("volume") / (manifest.volume or 1.0)).log(2.0)
    about = engine.rows(rows.select(nw.len().alias("nodes")))[0]
    flat = -float(engine.rows(leaves.select(own.sum().alias("bits")))[0]["bits"] or 0.0) / (manifest.volume or 1.0)
    entropy = float(bits.sum())
    return LevelsSummary(
        n_leaves=manifest.n_leaves,
        n_nodes=int(about["nodes"]),
        height=height,
        entropy=entropy,
        one_dimensional_entropy=flat,
        compression=1 - entropy / flat if flat > 0 else 0.0,
        levels=_levels(_sizes(engine, rows, height, scratch), bits, height),
    )


def entropy_terms(rows: Frame) -> Frame:
    """Return what each node but the root adds to the entropy, times the volume of the graph, ``depth, bits``; nodes without a cut add 0."""
    above = rows.select(nw.col("node").alias("parent"), nw.col("volume").alias("above"))
    term = nw.col("cut") * (nw.col("above") / nw.col("volume")).log(2.0)
    return rows.filter(nw.col("cut") > 0).join(above, on="parent").select("depth", term.alias("bits"))


def _bits(engine: Engine, rows: Frame, volume: float, height: int, scratch: Path) -> NDArray[np.float64]:
    """Return what the nodes at each depth add to the entropy."""
    terms = entropy_terms(rows)
    engine.write(terms.group_by("depth").agg(nw.col("bits").sum()), scratch / "bits.parquet")
    found = columns_in(scratch / "bits.parquet", "depth", "bits")
    bits = np.zeros(height + 1)
    bits[found["depth"]] = found["bits"] / (volume or 1.0)
    return bits


def _sizes(engine: Engine, rows: Frame, height: int, scratch: Path) -> Columns:
    """Return how many nodes of each size there are at each depth, ``depth, leaves, nodes, ending``: ending are leaves."""
    counted: list[Frame] = []
    one = nw.lit(1).cast(nw.Int64)
    for depth in range(height, 0, -1):
        here = rows.filter(nw.col("depth") == depth).select("node", "parent", "depth")
        if counted:
            below = counted[-1].group_by("parent").agg(nw.col("leaves").sum().cast(nw.Int64).alias("below"))
            here = here.join(below.rename({"parent": "node"}), on="node", how="left")
            here = here.with_columns(nw.coalesce(nw.col("below"), one).alias("leaves"))
        else:
            here = here.with_columns(one.alias("leaves"))
        counted.append(
            keep(engine, here.select("node", "parent", "depth", "leaves"), scratch / f"sizes-{depth}.parquet")
        )
    if not counted:
        return {name: np.empty(0, np.int64) for name in ("depth", "leaves", "nodes", "ending")}
    ending = nw.when(nw.col("node") < LEVEL).then(one).otherwise(nw.lit(0).cast(nw.Int64)).alias("ending")
    sums = nw.concat(counted).with_columns(ending).group_by("depth", "leaves")
    engine.write(
        sums.agg(nw.len().cast(nw.Int64).alias("nodes"), nw.col("ending").sum().cast(nw.Int64)),
        scratch / "sizes.parquet",
    )
    found = columns_in(scratch / "sizes.parquet", "depth", "leaves", "nodes", "ending")
    order = np.lexsort((found["leaves"], found["depth"]))
    return {name: column[order] for name, column in found.items()}


def _levels(sizes: Columns, bits: NDArray[np.float64], height: int) -> tuple[LevelSummary, ...]:
    """Return all levels; leaves that end above one are communities of their own."""
    levels, ended = [], 0
    for level in range(1, height + 1):
        at = slice(*np.searchsorted(sizes["depth"], [level, level + 1]))
        size = np.append(1, sizes["leaves"][at])
        until = np.cumsum(np.append(ended, sizes["nodes"][at]))
        count = int(until[-1])
        middle = [int(size[np.searchsorted(until, rank, side="right")]) for rank in ((count - 1) // 2, count // 2)]
        smallest = int(size[np.searchsorted(until, 0, side="right")])
        levels.append(LevelSummary(level, count, smallest, sum(middle) / 2, int(size[-1]), float(bits[level])))
        ended += int(sizes["ending"][at].sum())
    return tuple(levels)
