"""The clusters and edges that a round leaves: groups become clusters, edges between two groups become one.

Weights are whole numbers, so sums are exact and no order of theirs matters.
"""

from __future__ import annotations

import narwhals as nw

from hint_se.tables.naming import node_name
from hint_se.tables.rounds import Frame

__all__ = ["CLUSTER", "between", "edges_of", "links", "merged"]

#: Columns of clusters: who they are, their node of the tree, volume, cut, and how many ends of edges their leaves have.
CLUSTER = ("id", "node", "volume", "cut", "entries")


def between(edges: Frame, grouped: Frame) -> Frame:
    """Return the weight within and between groups, ``a <= b, w``: within where a is b."""
    for end in ("a", "b"):
        names = grouped.select(nw.col("id").alias(end), nw.col("group").alias("group_" + end))
        edges = edges.join(names, on=end, how="left").with_columns(
            nw.coalesce("group_" + end, end).alias("group_" + end)
        )
    low, high = nw.min_horizontal("group_a", "group_b"), nw.max_horizontal("group_a", "group_b")
    ends = edges.select(low.alias("a"), high.alias("b"), "w")
    return ends.group_by("a", "b").agg(nw.col("w").sum().cast(nw.Int64))


def merged(clusters: Frame, grouped: Frame, sums: Frame, level: int) -> Frame:
    """Return the clusters after a round: those that did not merge, and one for each group."""
    inner = sums.filter(nw.col("a") == nw.col("b")).select(nw.col("a").alias("group"), nw.col("w").alias("inner"))
    totals = [nw.col(name).sum().cast(nw.Int64) for name in ("volume", "cut", "entries")]
    formed = clusters.join(grouped, on="id").group_by("group").agg(*totals).join(inner, on="group")
    new = formed.select(
        nw.col("group").alias("id"),
        node_name(level, nw.col("group")).alias("node"),
        "volume",
        (nw.col("cut") - nw.col("inner") * 2).alias("cut"),
        "entries",
    )
    return nw.concat([clusters.join(grouped, on="id", how="anti").select(*CLUSTER), new])


def links(clusters: Frame, grouped: Frame, level: int) -> Frame:
    """Return the rows of the tree that a round makes, ``node, parent, volume, cut``: one for each cluster that merges."""
    parent = node_name(level, nw.col("group")).alias("parent")
    return clusters.join(grouped, on="id").select("node", parent, "volume", "cut")


def edges_of(sums: Frame, clusters: Frame) -> Frame:
    """Return the edges among clusters with the volumes of their ends."""
    edges = sums.filter(nw.col("a") != nw.col("b"))
    for end in ("a", "b"):
        edges = edges.join(clusters.select(nw.col("id").alias(end), nw.col("volume").alias("v" + end)), on=end)
    return edges.select("a", "b", "w", "va", "vb")
