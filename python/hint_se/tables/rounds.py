"""One round: which clusters merge. Each picks the neighbour of highest weight / volume; pairs that pick each other merge.

The rules are those of `cpp/src/build/rounds.cpp`, as joins, maxima and sums:

* Of neighbours of equal score the one of the higher mixed number is picked, then of the higher id: an order of all, so that no engine
  decides a tie.
* A cluster that picks one of a pair, and has at most 1/16 of its volume, joins them; the smallest first, while together they have no
  more than that. Else a hub would take a round for each of its leaves.
* Where fewer than 1/32 of all clusters merge so, further pairs are formed of clusters of which one picked the other.

Edges are ``a < b, w, va, vb``: clusters, weight between them, their volumes. Clusters are ``id, node, volume, cut, entries``.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from hint_se.tables.naming import partner, ranked

__all__ = ["SLOW", "Frame", "further_pairs", "groups", "pick"]

Frame = nw.LazyFrame[Any]

_HUB_SHARE = 1 / 16
#: Below this share of clusters that merge a round is slow.
SLOW = 1 / 32


def pick(edges: Frame) -> Frame:
    """Return for each cluster v the neighbour u of the highest score, ``v, u``."""
    arcs = nw.concat([_arcs(edges, "a", "b", "vb"), _arcs(edges, "b", "a", "va")])
    highest = arcs.group_by("v").agg(nw.col("score").max().alias("highest"))
    best = arcs.join(highest, on="v").filter(nw.col("score") == nw.col("highest"))
    return _chosen(best)


def groups(picked: Frame, clusters: Frame) -> Frame:
    """Return the clusters that merge and the group of each, ``id, group``: pairs, and those that join one."""
    back = picked.select(nw.col("v").alias("u"), nw.col("u").alias("back"))
    volumes = clusters.select(nw.col("id").alias("v"), "volume")
    known = picked.join(back, on="u").join(volumes, on="v")
    paired = known.filter(nw.col("back") == nw.col("v"))
    hubs = paired.select(nw.col("v").alias("u"), nw.col("u").alias("mate"), nw.col("volume").alias("hub"))
    room = nw.col("hub").cast(nw.Float64) * _HUB_SHARE
    joining = (
        known.filter(nw.col("back") != nw.col("v"))
        .join(hubs, on="u")
        .filter(nw.col("volume").cast(nw.Float64) <= room)
        .with_columns(nw.col("volume").cum_sum().over("u", order_by=["volume", "v"]).alias("taken"))
        .filter(nw.col("taken").cast(nw.Float64) <= room)
    )
    return nw.concat([_grouped(paired, "v", "u"), _grouped(joining, "u", "mate")])


def further_pairs(picked: Frame, merging: Frame) -> Frame:
    """Return more pairs for a slow round, ``id, group``: of the picks among clusters that do not merge yet, the best of both ends."""
    gone = merging.select("id")
    left = picked.join(gone, left_on="v", right_on="id", how="anti").join(gone, left_on="u", right_on="id", how="anti")
    either = nw.concat([left.select("v", "u"), left.select(nw.col("u").alias("v"), nw.col("v").alias("u"))])
    best = _chosen(either)
    back = best.select(nw.col("v").alias("u"), nw.col("u").alias("back"))
    return _grouped(best.join(back, on="u").filter(nw.col("back") == nw.col("v")), "v", "u")


def _arcs(edges: Frame, start: str, end: str, volume: str) -> Frame:
    score = nw.col("w").cast(nw.Float64) / nw.col(volume).cast(nw.Float64)
    return edges.select(nw.col(start).alias("v"), nw.col(end).alias("u"), score.alias("score"))


def _chosen(arcs: Frame) -> Frame:
    ranks = arcs.with_columns(ranked("v", "u").alias("rank")).group_by("v").agg(nw.col("rank").max())
    return ranks.select("v", partner(nw.col("rank")).alias("u"))


def _grouped(pairs: Frame, one: str, other: str) -> Frame:
    return pairs.select(nw.col("v").alias("id"), nw.min_horizontal(one, other).alias("group"))
