"""From checked edges to clusters of one node each: names are numbered, loops and repeated edges go, weights become whole numbers."""

from __future__ import annotations

import narwhals as nw

from hint_se.inputs.loops import SelfLoops
from hint_se.tables.contraction import CLUSTER
from hint_se.tables.ends import Edges
from hint_se.tables.naming import quanta
from hint_se.tables.rounds import Frame

__all__ = ["first_clusters", "numbered", "numbers_of", "pairs_of"]


def numbers_of(edges: Edges) -> Frame:
    """Return the number of each name, ``node, name``: 0, 1, ... in the order of the names."""
    ends = nw.concat([edges.frame.select(nw.col(end).alias("name")) for end in ("source", "target")]).unique()
    return ends.with_row_index("node", order_by="name").select(nw.col("node").cast(nw.Int64), "name")


def numbered(edges: Frame, numbers: Frame) -> Frame:
    """Return edges with numbers instead of names."""
    for end in ("source", "target"):
        named = numbers.select(nw.col("name").alias(end), nw.col("node").alias("number_" + end))
        edges = edges.join(named, on=end)
    return edges.select(nw.col("number_source").alias("source"), nw.col("number_target").alias("target"), "weight")


def pairs_of(edges: Frame, exponent: int, weighted: bool) -> Frame:
    """Return each pair of nodes once, ``a <= b, w``: weights of repeated ones add up where there were some, and else count once."""
    low, high = nw.min_horizontal("source", "target"), nw.max_horizontal("source", "target")
    pairs = edges.select(low.alias("a"), high.alias("b"), quanta(nw.col("weight"), exponent).alias("w"))
    grouped = pairs.group_by("a", "b")
    return grouped.agg(nw.col("w").sum().cast(nw.Int64) if weighted else nw.col("w").max())


def first_clusters(pairs: Frame, self_loops: SelfLoops) -> Frame:
    """Return a cluster for each node. The weight of a loop that is kept counts twice in the volume, and in no cut."""
    leaving = nw.when(nw.col("a") != nw.col("b"))
    counted = nw.col("w") if self_loops == "keep" else leaving.then(nw.col("w")).otherwise(nw.lit(0))
    ends = [
        pairs.select(
            nw.col(end).alias("id"),
            counted.alias("volume"),
            leaving.then(nw.col("w")).otherwise(nw.lit(0)).alias("cut"),
            leaving.then(nw.lit(1)).otherwise(nw.lit(0)).alias("entries"),
        )
        for end in ("a", "b")
    ]
    sums = [nw.col(name).sum().cast(nw.Int64).alias(name) for name in ("volume", "cut", "entries")]
    return nw.concat(ends).group_by("id").agg(*sums).with_columns(nw.col("id").alias("node")).select(*CLUSTER)
