"""The steps whose tables are kept: cleaning, and one round after the other."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np

from hint_se.errors import GraphError
from hint_se.inputs.words import Weight
from hint_se.tables.cleaning import first_clusters, numbered, numbers_of, pairs_of
from hint_se.tables.contraction import between, edges_of, links, merged
from hint_se.tables.ends import checked_edges
from hint_se.tables.engines import Engine
from hint_se.tables.engines.engine import Columns
from hint_se.tables.folder import NAMES, WorkFolder
from hint_se.tables.naming import exponent_for
from hint_se.tables.rounds import SLOW, Frame, further_pairs, groups, pick

__all__ = ["clean", "columns_in", "keep", "keep_columns", "one_round", "rows_in", "sorted_columns"]


def clean(engine: Engine, folder: WorkFolder, edges: Any, weight: Weight) -> None:
    """Check edges and keep them as the clusters and edges before the first round."""
    asked = folder.manifest.asked
    found = checked_edges(engine, engine.frame(edges), weight=weight, names=asked["names"])
    exponent = exponent_for(found.largest, found.rows)
    rows = found.frame
    if found.named:
        rows = numbered(rows, keep(engine, numbers_of(found), folder.folder / NAMES))
    pairs = keep(engine, pairs_of(rows, exponent, found.weighted), folder.table("pairs", 0))
    _keep_state(engine, folder, 0, pairs, first_clusters(pairs, asked["self_loops"]))
    leaves = folder.table("clusters", 0), folder.table("finished", 0)
    try:
        volume = math.ldexp(float(sum(_total(engine, table) for table in leaves)), -exponent)
    except OverflowError as error:
        raise GraphError("the total of the weights must be finite, but it overflows") from error
    folder.save(
        rounds=0,
        exponent=exponent,
        named=found.named,
        loops=found.loops,
        n_leaves=sum(map(rows_in, leaves)),
        n_edges=rows_in(folder.table("edges", 0)),
        volume=volume,
    )
    folder.drop("pairs", 0)


def one_round(engine: Engine, folder: WorkFolder) -> None:
    """Merge clusters once, and keep what comes of it."""
    last = folder.manifest.rounds
    level = last + 1
    edges, clusters = (engine.read(folder.table(name, last)) for name in ("edges", "clusters"))
    picked = keep(engine, pick(edges), folder.table("picked", level))
    grouped = keep(engine, groups(picked, clusters), folder.table("merging", level))
    if rows_in(folder.table("merging", level)) < SLOW * rows_in(folder.table("clusters", last)):
        grouped = keep(engine, further_pairs(picked, grouped), folder.table("further", level))
        grouped = nw.concat([engine.read(folder.table("merging", level)), grouped])
    grouped = keep(engine, grouped, folder.table("groups", level))
    sums = keep(engine, between(edges, grouped), folder.table("sums", level))
    keep(engine, links(clusters, grouped, level), folder.table("links", level))
    _keep_state(engine, folder, level, sums, merged(clusters, grouped, sums, level))
    folder.save(rounds=level)
    for name in ("picked", "merging", "further", "sums"):
        folder.drop(name, level)
    if last > 0:  # the first ones are the leaves, and the edges of the graph
        for name in ("edges", "clusters"):
            folder.drop(name, last)


def keep(engine: Engine, frame: Frame, table: Path) -> Frame:
    """Compute a frame, keep it as a table, and return that."""
    engine.write(frame, table)
    return engine.read(table)


def keep_columns(engine: Engine, columns: Columns, table: Path) -> Frame:
    """Keep arrays as a table, and return that."""
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table(columns), table)
    return engine.read(table)


def rows_in(table: Path) -> int:
    """Return the number of rows of a table, which its files say."""
    from pyarrow import dataset

    return int(dataset.dataset(table).count_rows())


def columns_in(table: Path, *names: str) -> Columns:
    """Return columns of a table as arrays."""
    from pyarrow import parquet

    read = parquet.read_table(table, columns=list(names))
    return {name: read.column(name).to_numpy() for name in names}


def sorted_columns(engine: Engine, frame: Frame, *names: str, table: Path) -> Columns:
    """Keep a frame as a table, and return columns of it as arrays in the order of the first, whose values are distinct."""
    engine.write(frame, table)
    found = columns_in(table, *names)
    order = np.argsort(found[names[0]])
    return {name: column[order] for name, column in found.items()}


def _keep_state(engine: Engine, folder: WorkFolder, level: int, sums: Frame, clusters: Frame) -> None:
    """Keep edges and clusters, and apart from them the clusters without edges, which are finished."""
    every = keep(engine, clusters, folder.table("every", level))
    going = keep(engine, every.filter(nw.col("cut") > 0), folder.table("clusters", level))
    keep(engine, every.filter(nw.col("cut") == 0), folder.table("finished", level))
    keep(engine, edges_of(sums, going), folder.table("edges", level))
    folder.drop("every", level)


def _total(engine: Engine, table: Path) -> int:
    found = engine.rows(engine.read(table).select(nw.col("volume").sum()))[0]["volume"]
    return int(found or 0)
