"""A tree of tables cut into so many communities, by the rule of `hint_se.Tree.cut`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from hint_se.errors import InputWarning, TreeError, warn_user
from hint_se.inputs.words import Weight
from hint_se.tables.arrivals import check_count
from hint_se.tables.cleaning import numbered, pairs_of
from hint_se.tables.cuts import divided_at, division_order, settled
from hint_se.tables.ends import checked_edges
from hint_se.tables.engines import Engine
from hint_se.tables.known import Known
from hint_se.tables.naming import exponent_for, scaled
from hint_se.tables.rounds import Frame
from hint_se.tables.steps import columns_in, keep, keep_columns, rows_in
from hint_se.trees.grouping import groups_of

__all__ = ["cut_into"]


def cut_into(
    engine: Engine, tree: Known, count: int, edges: Any, weight: Weight, *, deepest: int, most: int, scratch: Path
) -> Frame:
    """Return the community of each node, ``node, up``, in the cut into the nearest to so many; ``most``: siblings that the memory holds."""
    order = division_order(engine, tree.rows, count, tree.manifest.volume, deepest, scratch)
    counts = 1 + np.concatenate([[0], np.cumsum(order["children"] - 1)])
    found = int(np.argmin(np.abs(counts - count)))
    if edges is None or counts[found] == count:
        why = "to group the children of a node takes the edges: cut(n, edges=edges)"
        _say(count, int(counts[found]), why)
        return settled(engine, divided_at(engine, tree.rows, order["node"][:found], scratch), deepest, scratch)
    fewer = int(np.searchsorted(counts, count)) - 1
    parts = settled(engine, divided_at(engine, tree.rows, order["node"][: fewer + 1], scratch), deepest, scratch)
    siblings = tree.rows.filter(nw.col("parent") == int(order["node"][fewer])).select("node", "volume")
    engine.write(siblings, scratch / "siblings.parquet")
    check_count("cut", "children of a node", rows_in(scratch / "siblings.parquet"), most)
    own = columns_in(scratch / "siblings.parquet", "node", "volume")
    by_number = np.argsort(own["node"])
    node, volume = own["node"][by_number], own["volume"][by_number]
    pairs = _between(
        engine, tree, edges, weight, parts.join(siblings.select("node").rename({"node": "up"}), on="up"), scratch
    )
    check_count("cut", "pairs of children of a node", rows_in(pairs), most)
    linked = columns_in(pairs, "a", "b", "w")
    ends = np.searchsorted(node, np.stack([linked["a"], linked["b"]], axis=1))
    by_ends = np.lexsort((ends[:, 1], ends[:, 0]))
    groups = groups_of(ends[by_ends], linked["w"][by_ends], volume, count - int(counts[fewer]) + 1)
    _say(count, int(counts[fewer]) - 1 + np.unique(groups).size, "parts that nothing links do not share a community")
    return _grouped(engine, parts, node, groups, scratch)


def _between(engine: Engine, tree: Known, edges: Any, weight: Weight, inside: Frame, scratch: Path) -> Path:
    """Keep the weight between siblings, ``a < b, w``, by the edges and the sibling that each node lies in; return the table.

    Raises
    ------
    TreeError
        If these are other edges.
    """
    found = checked_edges(engine, engine.frame(edges), weight=weight, names=tree.names is not None)
    rows = found.frame if tree.names is None else numbered(found.frame, tree.names)
    exponent = exponent_for(found.largest, found.rows)
    pairs = keep(engine, pairs_of(rows, exponent, found.weighted), scratch / "pairs.parquet").filter(
        nw.col("a") != nw.col("b")
    )
    count = int(engine.rows(pairs.select(nw.len().alias("rows")))[0]["rows"])
    if count != tree.manifest.n_edges:
        raise TreeError(
            f"edges: expected the {tree.manifest.n_edges:,} that the tree was built from, got {count:,} between its nodes"
        )
    for end in ("a", "b"):
        named = inside.select(nw.col("node").alias(end), nw.col("up").alias("of_" + end))
        pairs = pairs.join(named, on=end)
    low, high = nw.min_horizontal("of_a", "of_b"), nw.max_horizontal("of_a", "of_b")
    apart = pairs.filter(nw.col("of_a") != nw.col("of_b")).select(low.alias("a"), high.alias("b"), "w")
    total = apart.group_by("a", "b").agg(nw.col("w").sum().cast(nw.Int64))
    unit = total.with_columns(scaled(nw.col("w").cast(nw.Float64), -exponent).alias("w"))
    engine.write(unit, scratch / "between.parquet")
    return scratch / "between.parquet"


def _grouped(engine: Engine, parts: Frame, node: NDArray[np.int64], groups: NDArray[np.int64], scratch: Path) -> Frame:
    """Return communities of which some are groups of siblings: each goes by the smallest number among its siblings."""
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    table = keep_columns(engine, {"up": node, "group": node[first][group]}, scratch / "groups.parquet")
    found = parts.join(table, on="up", how="left")
    return found.select("node", nw.coalesce("group", "up").alias("up"))


def _say(wanted: int, found: int, why: str) -> None:
    if found != wanted:
        warn_user(
            f"cut: the tree has no cut into {wanted:,} communities, the nearest has {found:,}; {why}", InputWarning
        )
