"""Nodes that come to a tree of tables later: the part that they can touch is brought into memory, and all other rows stay where they are."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.checks import integer
from hint_se.errors import GraphError, TreeError
from hint_se.inputs.words import Weight
from hint_se.tables.arrivals import Arrivals, arrivals, check_count, rows_of_nodes
from hint_se.tables.assembly import ROW
from hint_se.tables.cuts import levels_of, pointers, settled
from hint_se.tables.engines import Engine
from hint_se.tables.engines.engine import Columns
from hint_se.tables.folder import NAMES, TREE, Manifest, WorkFolder
from hint_se.tables.known import Known
from hint_se.tables.naming import LEVEL, scaled
from hint_se.tables.part import Part, grown, part_of
from hint_se.tables.rounds import Frame
from hint_se.tables.steps import keep_columns, sorted_columns

__all__ = ["place_into"]

# Names of nodes fit 64 bits.
_LEVELS = 2**22


def place_into(
    engine: Engine, folder: WorkFolder, tree: Known, edges: Any, *, weight: Weight, height: int | None, most: int
) -> None:
    """Make the tree with new nodes in a folder; ``most``: nodes or edges that the memory holds.

    Raises
    ------
    GraphError
        If the edges hold a fault.
    ValueError
        If the height is less than that of the tree.
    MemoryError
        If the new nodes touch more than the memory holds.
    """
    deepest, scratch = levels_of(engine, tree.rows), folder.table("place").parent
    limit = 0 if height is None else integer("height", height, max(1, deepest), 2**31)
    come = arrivals(engine, edges, weight, tree.rows, tree.names, manifest=tree.manifest, most=most, scratch=scratch)
    path = _path(engine, tree.rows, come.known, most, scratch)
    on_path = keep_columns(engine, {"node": path["node"]}, scratch / "path.parquet")
    where = _lowest(engine, tree.rows, on_path, deepest, scratch) if limit else None
    part = part_of(path, _rest(engine, tree, on_path, path, where, scratch))
    made = _placed(part, come, tree.manifest, limit)
    level = int(engine.rows(tree.rows.select(nw.col("node").max()))[0]["node"]) // LEVEL + 1
    changed, deeper = grown(part, come.new, made, level)
    if int(changed["node"].max()) >= _LEVELS * LEVEL:
        raise TreeError("place: no names are left for nodes of this tree; build it anew")
    left = tree.rows.join(on_path, on="node", how="anti").select(*ROW)
    if deeper["node"].size:
        where = _lowest(engine, tree.rows, on_path, deepest, scratch) if where is None else where
        left = _moved(left, where, keep_columns(engine, deeper, scratch / "deeper.parquet"))
    if come.names is not None:
        engine.write(come.names, folder.folder / NAMES)
    new = keep_columns(engine, changed, scratch / "changed.parquet")
    engine.write(nw.concat([left, new.select(*ROW)]), folder.folder / TREE)
    before = tree.manifest
    folder.save(
        exponent=before.exponent,
        named=before.named,
        loops=before.loops,
        n_leaves=before.n_leaves + come.new.size,
        n_edges=before.n_edges + int(np.count_nonzero(come.pairs[:, 0] != come.pairs[:, 1])),
        volume=float(made[1][-1]),
    )


def _path(engine: Engine, rows: Frame, known: Columns, most: int, scratch: Path) -> Columns:
    """Return the rows of nodes, of all above them, and of the root, in the order of their names."""
    root = int(engine.rows(rows.filter(nw.col("parent") < 0).select("node"))[0]["node"])
    parts, seen = [known], known["node"]
    wanted = np.setdiff1d(np.append(known["parent"], root), np.append(seen, -1))
    while wanted.size:
        check_count("place", "nodes above their neighbours", seen.size + wanted.size, most)
        parts.append(rows_of_nodes(engine, rows, wanted, scratch / f"above-{len(parts)}"))
        seen = np.append(seen, wanted)
        wanted = np.setdiff1d(parts[-1]["parent"], np.append(seen, -1))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in ROW}
    order = np.argsort(joined["node"])
    return {name: column[order] for name, column in joined.items()}


def _lowest(engine: Engine, rows: Frame, on_path: Frame, deepest: int, scratch: Path) -> Frame:
    """Return for each node the lowest of some nodes that is above it, ``node, up``."""
    marked = rows.join(on_path.with_columns(nw.lit(1).alias("marked")), on="node", how="left")
    stays = (nw.col("marked") == 1) | (nw.col("parent") < 0)
    return settled(engine, pointers(marked, stays), deepest, scratch)


def _rest(engine: Engine, tree: Known, on_path: Frame, path: Columns, where: Frame | None, scratch: Path) -> Columns:
    """Return what hangs beside the path: ``parent, count, cut, levels`` as `part_of` takes it; levels where they count."""
    # Whole numbers, so that no order matters: all cuts together are less than the volume.
    exponent = 61 - math.frexp(tree.manifest.volume)[1] if tree.manifest.volume > 0 else 0
    whole = (scaled(nw.col("cut"), exponent) + 0.5).floor().cast(nw.Int64)
    beside = tree.rows.join(on_path.rename({"node": "parent"}), on="parent").join(on_path, on="node", how="anti")
    sums = beside.group_by("parent").agg(
        nw.len().cast(nw.Int64).alias("count"), whole.sum().cast(nw.Int64).alias("cut")
    )
    found = sorted_columns(engine, sums, "parent", "count", "cut", table=scratch / "beside.parquet")
    levels = np.zeros(found["parent"].size, np.int64)
    if where is not None:
        ends = where.join(tree.rows.select("node", "depth"), on="node").group_by("up").agg(nw.col("depth").max())
        deep = sorted_columns(
            engine, ends.rename({"up": "parent"}), "parent", "depth", table=scratch / "depths.parquet"
        )
        lowest = deep["depth"][np.searchsorted(deep["parent"], found["parent"])]
        levels = lowest - path["depth"][np.searchsorted(path["node"], found["parent"])] - 1
    return {**found, "cut": np.ldexp(found["cut"].astype(np.float64), -exponent), "levels": levels.astype(np.int64)}


def _placed(part: Part, come: Arrivals, manifest: Manifest, limit: int) -> tuple[NDArray[Any], ...]:
    """Return parents, volumes and cuts of a part with the new nodes, as the core places them."""
    known = come.known["node"]
    old = np.isin(come.pairs, known)
    places = np.where(old, np.searchsorted(known, come.pairs), part.n_leaves + np.searchsorted(come.new, come.pairs))
    count = part.n_leaves + come.new.size
    rows = _core.graph_from_edges(places, come.weights, count, manifest.asked["self_loops"])[:4]
    if not np.isfinite(part.volume[-1] + _core.degrees(*rows).sum()):
        raise GraphError("weights: expected a finite total with those of the tree, got an overflow")
    return _core.place_leaves(*rows, part.parent, part.volume, part.cut, part.n_leaves, limit)


def _moved(rows: Frame, where: Frame, deeper: Frame) -> Frame:
    """Return rows with their depths below nodes that came to lie deeper."""
    below = where.join(deeper.rename({"node": "up"}), on="up").select("node", "deeper")
    found = rows.join(below, on="node", how="left")
    depth = nw.col("depth") + nw.coalesce(nw.col("deeper"), nw.lit(0))
    return found.with_columns(depth.cast(nw.Int32).alias("depth")).select(*ROW)
