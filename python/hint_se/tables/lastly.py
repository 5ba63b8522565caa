"""The last step: the top of the tree by the core, communities by the core, and all rows as one table."""

from __future__ import annotations

import math

import narwhals as nw

from hint_se.tables.assembly import (
    deeper,
    finished_rows,
    flat_rows,
    in_units,
    inside,
    labelled_links,
    moved,
    placed_rows,
    root_row,
    top_rows,
    with_community,
)
from hint_se.tables.communities import NONE, TYPES, Improvement, chosen
from hint_se.tables.engines import Engine
from hint_se.tables.folder import TREE, WorkFolder
from hint_se.tables.limits import Limits
from hint_se.tables.naming import LEVEL
from hint_se.tables.rounds import Frame
from hint_se.tables.steps import columns_in, keep, keep_columns
from hint_se.tables.top import top_tree
from hint_se.trees.searching import Progress

__all__ = ["finish_tree"]


def finish_tree(engine: Engine, folder: WorkFolder, limits: Limits, *, threads: int, progress: Progress | None) -> None:
    """Make the table of the tree of what the rounds left."""
    asked = folder.manifest.asked
    if asked["height"] == 1 or folder.manifest.n_leaves == 1:
        _keep_flat(engine, folder)
        return
    sums = nw.len().alias("rows"), nw.col("volume").sum().alias("volume")
    apart = engine.rows(_finished(engine, folder).select(*sums))[0]
    volume = float(apart["volume"] or 0) if apart["rows"] else None
    engine.rest()
    last, height = folder.manifest.rounds, asked["height"]
    top = top_tree(
        columns_in(folder.table("clusters", last), "id", "node", "volume", "entries"),
        columns_in(folder.table("edges", last), "a", "b", "w"),
        volume,
        level=last + 1,
        height=height,
        effort=asked["effort"],
        threads=threads,
        progress=progress,
    )
    most = limits.community_edges if height or asked["effort"] != "fast" else 0
    found = chosen(top, most, height, volume is not None)
    root = int(top.node[-1])
    placed = nw.concat(
        [
            keep_columns(engine, placed_rows(top, found), folder.table("placed-top")),
            finished_rows(_finished(engine, folder), root, most, height),
        ]
    )
    placed = keep(engine, placed, folder.table("placed"))
    above = keep_columns(engine, top_rows(top, found), folder.table("top"))
    new_level = int(top.node[-1]) // LEVEL + 1
    del top, found
    _keep_tree(engine, folder, placed, above, root, Improvement(height=height, effort=asked["effort"], level=new_level))


def _keep_tree(
    engine: Engine, folder: WorkFolder, placed: Frame, above: Frame, root: int, improvement: Improvement
) -> None:
    """Keep the table of the tree, given the rows of the clusters and of the nodes above them."""
    height = improvement.height
    where = _where(engine, folder, placed) if height or improvement.effort != "fast" else None
    own = placed.with_columns(nw.col("own").alias("community"), nw.col("own_base").alias("base"))
    if height:  # their leaves take the place of these
        own = own.filter(nw.col("dissolved") == 0)
    columns = ("node", "parent", "volume", "cut", "depth", "community", "base")
    parts = [own.select(*columns), above.select(*columns)]
    if height and where is not None:
        parts.append(flat_rows(where, placed, _leaves(engine, folder)).select(*columns))
    known = keep(engine, nw.concat(parts), folder.table("known"))
    rows = [known.filter(nw.col("community") == NONE).select(*TYPES)]
    within = [known.filter(nw.col("community") != NONE).drop("depth")]
    if not height:
        linked, more = _links(engine, folder, where, rows[0])
        rows += linked
        within += more
    if where is not None:
        order = ("community", "base", "node", "parent", "volume", "cut")
        left = nw.concat([part.select(*order) for part in within])
        # Kept, lest an engine join leaves to leaves by their community first: as many rows as squares of communities.
        half = keep(engine, with_community(engine.read(folder.table("edges", 0)), where, "a"), folder.table("half"))
        right = inside(half, where)
        table = folder.table("improved")
        engine.each_community(left, right, improvement, TYPES, table)
        rows.append(engine.read(table))
    exponent = folder.manifest.exponent
    quanta = math.ldexp(folder.manifest.volume, exponent)
    rows.append(keep_columns(engine, root_row(root, quanta), folder.table("root")))
    engine.write(in_units(nw.concat([part.select(*TYPES) for part in rows]), exponent), folder.folder / TREE)


def _links(engine: Engine, folder: WorkFolder, where: Frame | None, known: Frame) -> tuple[list[Frame], list[Frame]]:
    """Return the rows of all rounds: those outside of communities with their depths, from the last round to the first, and the others."""
    labels = None if where is None else where.select("leaf", "community", "base")
    rows: list[Frame] = []
    within = []
    for level in range(folder.manifest.rounds, 0, -1):
        linked = labelled_links(engine.read(folder.table("links", level)), labels)
        outside = linked.filter(nw.col("community") == NONE)
        rows.append(keep(engine, deeper(outside, [known, *rows], level), folder.table(f"deep-{level:04d}")))
        if labels is not None:
            within.append(linked.filter(nw.col("community") != NONE))
    return rows, within


def _where(engine: Engine, folder: WorkFolder, placed: Frame) -> Frame:
    """Return the cluster and the community of each leaf."""
    known = [placed.select(nw.col("id").alias("leaf"), "id", "community", "base")]
    for level in range(folder.manifest.rounds, 0, -1):
        found = moved(engine.read(folder.table("groups", level)), known)
        known.append(keep(engine, found, folder.table(f"where-{level:04d}")))
    return nw.concat(known)


def _leaves(engine: Engine, folder: WorkFolder) -> Frame:
    return nw.concat([engine.read(folder.table(name, 0)) for name in ("clusters", "finished")])


def _finished(engine: Engine, folder: WorkFolder) -> Frame:
    """Return the clusters that have no edges any more, of all rounds."""
    tables = [folder.table("finished", level) for level in range(folder.manifest.rounds + 1)]
    return nw.concat([engine.read(table) for table in tables])


def _keep_flat(engine: Engine, folder: WorkFolder) -> None:
    """Keep the tree of all leaves below the root; one leaf is its own root."""
    exponent = folder.manifest.exponent
    single = folder.manifest.n_leaves == 1
    parent, depth = (nw.lit(NONE), nw.lit(0)) if single else (nw.lit(LEVEL), nw.lit(1))
    leaves = _leaves(engine, folder).select(
        "node",
        parent.cast(nw.Int64).alias("parent"),
        nw.col("volume").cast(nw.Float64),
        nw.col("cut").cast(nw.Float64),
        depth.cast(nw.Int32).alias("depth"),
    )
    rows = [leaves]
    if not single:
        quanta = math.ldexp(folder.manifest.volume, exponent)
        rows.append(keep_columns(engine, root_row(LEVEL, quanta), folder.table("root")))
    engine.write(in_units(nw.concat(rows), exponent), folder.folder / TREE)
