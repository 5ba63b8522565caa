"""The tree as one table, ``node, parent, volume, cut, depth``: the rows that rounds, top and communities made, and their depths."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np

from hint_se.tables.communities import LEAST_HEIGHT, NONE
from hint_se.tables.engines.engine import Columns
from hint_se.tables.naming import LEVEL, scaled
from hint_se.tables.rounds import Frame
from hint_se.tables.top import Top

__all__ = [
    "ROW", "deeper", "finished_rows", "flat_rows", "in_units", "inside", "labelled_links", "moved",
    "placed_rows", "root_row", "top_rows", "with_community",
]  # fmt: skip

#: Columns of the tree.
ROW = ("node", "parent", "volume", "cut", "depth")


def placed_rows(top: Top, found: np.ndarray[Any, Any]) -> Columns:
    """Return a row for each cluster of a top tree: its place, and the community that it is in (``own``) and its leaves are in."""
    count = top.ids.size
    up = top.parent[:count]
    below, own = found[:count], np.where(up >= 0, found[up], NONE)
    return {
        "id": top.ids,
        "node": top.node[:count],
        "parent": np.where(up >= 0, top.node[up], NONE),
        "volume": top.volume[:count],
        "cut": top.cut[:count],
        "depth": top.depth[:count],
        "dissolved": top.dissolved.astype(np.int32),
        **_named("own", "own_base", top, own),
        **_named("community", "base", top, below),
    }


def top_rows(top: Top, found: np.ndarray[Any, Any]) -> Columns:
    """Return a row for each node between the clusters and the root, with the community that it is in."""
    inner = np.arange(top.ids.size, top.node.size - 1)
    up = top.parent[inner]
    return {
        "node": top.node[inner],
        "parent": top.node[up],
        "volume": top.volume[inner],
        "cut": top.cut[inner],
        "depth": top.depth[inner],
        **_named("community", "base", top, found[up]),
    }


def _named(community: str, base: str, top: Top, found: np.ndarray[Any, Any]) -> Columns:
    """Return communities by name, and their depths."""
    inside = found != NONE
    return {
        community: np.where(inside, top.node[found], NONE),
        base: np.where(inside, top.depth[found], 0).astype(np.int32),
    }


def finished_rows(finished: Frame, root: int, most_edges: int, height: int) -> Frame:
    """Return the rows of components that rounds finished, as in `placed_rows`: they hang at the root, and are communities of their own."""
    most_ends = 0 if 0 < height <= LEAST_HEIGHT else 2 * most_edges
    improved = (nw.col("node") >= LEVEL) & (nw.col("entries") <= most_ends) & (nw.col("entries") >= 4)
    none, first = nw.lit(NONE).cast(nw.Int64), nw.lit(1).cast(nw.Int32)
    return finished.select(
        "id",
        "node",
        nw.lit(root).cast(nw.Int64).alias("parent"),
        nw.col("volume").cast(nw.Float64),
        nw.col("cut").cast(nw.Float64),
        first.alias("depth"),
        nw.lit(0).cast(nw.Int32).alias("dissolved"),
        none.alias("own"),
        nw.lit(0).cast(nw.Int32).alias("own_base"),
        nw.when(improved).then(nw.col("node")).otherwise(none).alias("community"),
        first.alias("base"),
    )


def moved(grouped: Frame, later: list[Frame]) -> Frame:
    """Return the places of the leaves that stopped leading a cluster in a round, by those of the clusters that they joined."""
    gone = grouped.filter(nw.col("id") != nw.col("group")).select(
        nw.col("id").alias("gone"), nw.col("group").alias("leaf")
    )
    return gone.join(nw.concat(later), on="leaf").select(nw.col("gone").alias("leaf"), "id", "community", "base")


def flat_rows(where: Frame, placed: Frame, leaves: Frame) -> Frame:
    """Return the rows of leaves directly below their clusters, or below the parents of those that are dissolved."""
    deepest = nw.when(nw.col("dissolved") == 1)
    own = leaves.select(
        nw.col("id").alias("leaf"), nw.col("volume").alias("of_leaf"), nw.col("cut").alias("cut_of_leaf")
    )
    known = where.select("leaf", "id").join(placed.filter(nw.col("node") >= LEVEL), on="id").join(own, on="leaf")
    return known.select(
        nw.col("leaf").alias("node"),
        deepest.then(nw.col("parent")).otherwise(nw.col("node")).alias("parent"),
        nw.col("of_leaf").cast(nw.Float64).alias("volume"),
        nw.col("cut_of_leaf").cast(nw.Float64).alias("cut"),
        deepest.then(nw.col("depth")).otherwise(nw.col("depth") + 1).cast(nw.Int32).alias("depth"),
        deepest.then(nw.col("own")).otherwise(nw.col("community")).alias("community"),
        deepest.then(nw.col("own_base")).otherwise(nw.col("base")).alias("base"),
    )


def labelled_links(linked: Frame, where: Frame | None) -> Frame:
    """Return the rows that a round made with the communities that they are in; ``where``: ``leaf, community, base``."""
    rows = linked.with_columns(nw.col("volume").cast(nw.Float64), nw.col("cut").cast(nw.Float64))
    if where is None:
        none = nw.lit(NONE).cast(nw.Int64)
        return rows.with_columns(none.alias("community"), nw.lit(0).cast(nw.Int32).alias("base"))
    return rows.with_columns((nw.col("node") % LEVEL).alias("leaf")).join(where, on="leaf").drop("leaf")


def deeper(rows: Frame, above: list[Frame], level: int) -> Frame:
    """Return rows whose parents were formed at a level with their depths, by the rows ``above`` whose depths are known."""
    formed = (nw.col("node") >= level * LEVEL) & (nw.col("node") < (level + 1) * LEVEL)
    parents = nw.concat(
        [known.filter(formed).select(nw.col("node").alias("parent"), nw.col("depth").alias("above")) for known in above]
    )
    depth = (nw.col("above") + 1).cast(nw.Int32).alias("depth")
    return rows.join(parents, on="parent").select("node", "parent", "volume", "cut", depth)


def with_community(edges: Frame, where: Frame, end: str) -> Frame:
    """Return the edges of which one ``end`` is in a community, with a column more, ``of_a`` or ``of_b``."""
    of_end = where.select(nw.col("leaf").alias(end), nw.col("community").alias("of_" + end))
    return edges.join(of_end.filter(nw.col("of_" + end) != NONE), on=end)


def inside(edges: Frame, where: Frame) -> Frame:
    """Return the edges within communities, ``community, a, b, w``, of those whose ``a`` is in one."""
    found = with_community(edges, where, "b").filter(nw.col("of_a") == nw.col("of_b"))
    return found.select(nw.col("of_a").alias("community"), "a", "b", "w")


def root_row(root: int, volume: float) -> Columns:
    """Return the row of the root."""
    return {
        "node": np.array([root]),
        "parent": np.array([NONE]),
        "volume": np.array([volume]),
        "cut": np.zeros(1),
        "depth": np.zeros(1, np.int32),
    }


def in_units(rows: Frame, exponent: int) -> Frame:
    """Return rows with volumes and cuts in the unit of the weights."""
    units = [scaled(nw.col(name), -exponent) for name in ("volume", "cut")]
    return rows.select("node", "parent", *units, "depth")
