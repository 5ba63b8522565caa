"""The build: cleaning, rounds until the rest fits in memory, the top by the core, communities by the core, the tree as a table."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path
from typing import Any, get_args

from hint_se.checks import integer, one_of
from hint_se.choices import Effort
from hint_se.inputs.loops import SelfLoops, as_self_loops, warn_loops
from hint_se.inputs.words import Weight
from hint_se.tables.engines import Engine, engine_for
from hint_se.tables.folder import WorkFolder, source_of
from hint_se.tables.lastly import finish_tree
from hint_se.tables.limits import Limits, bytes_of
from hint_se.tables.steps import clean, one_round, rows_in
from hint_se.tables.treetable import TreeTable
from hint_se.trees.searching import Progress, threads_for

__all__ = ["build_tree_from_tables"]


def build_tree_from_tables(
    edges: Any,
    *,
    out: str | os.PathLike[str],
    engine: Any = "duckdb",
    memory: str | int = "4GB",
    weight: Weight = "auto",
    names: bool = False,
    self_loops: SelfLoops = "drop",
    height: int | None = None,
    effort: Effort = "default",
    n_threads: int | None = None,
    progress: Progress | None = None,
) -> TreeTable:
    """Return an encoding tree of a graph whose edges need not fit in memory, as a table in a folder.

    Parameters
    ----------
    edges : str, path, sequence of these, or table
        Addresses of Parquet or CSV files, also with ``*``; or a table of the engine, of pandas, Polars or pyarrow. Columns are found
        as by `hint_se.Graph.from_dataframe`. Ends are integers in [0, 2^40), or strings or other integers, which are names.
    out : path
        New or empty folder, which all workers reach. That of a build that was ended goes on at the last finished round.
    engine : str or pyspark.sql.SparkSession
        ``duckdb``, ``polars``, or the address of a cluster of Spark: ``spark://...``, ``local[2]``, ``yarn``, ``k8s://...``.
    memory : str or int
        Bytes, or an amount such as ``4GB``, at least 500 MB: what DuckDB and the core stay within in this process. It decides when
        the rounds stop and which communities are improved; the same memory gives the same tree on every engine.
    weight : "auto", None, or name
        As in `hint_se.build_tree`.
    names : bool
        Take text for names even where most of it is integers.
    self_loops : {"drop", "keep"}
        As in `hint_se.build_tree`.
    height : int, optional
        Greatest leaf depth, >= 1. None: no limit.
    effort : {"fast", "default", "best"}
        "fast": rounds alone. Else the core searches in what the rounds leave, and then in each community that fits.
    n_threads : int, optional
        >= 1. None: as many as this process may use. The tree is the same for every number.
    progress : callable, optional
        Called with (stage, fraction in [0, 1]) in this thread.

    Returns
    -------
    TreeTable
        The tree, in the folder.

    Raises
    ------
    GraphError
        If the edges hold a fault: missing ends, weights that are not finite and > 0, text among integers. It is counted, and one
        row is shown.
    ValueError
        If an argument is out of range, or the folder holds something else.
    MemoryError
        If an engine needs more than it may have.
    KeyboardInterrupt
        On Ctrl-C, within half a second; what rounds have finished stays in the folder.

    Notes
    -----
    Weights are counted in whole quanta of a power of two, so that no sum depends on an order: in 10^7 rows a weight is exact
    to 2^-35 of the largest. Integer weights are exact, where the largest is below that many.

    Examples
    --------
    >>> import tempfile, pyarrow
    >>> edges = pyarrow.table({"source": [0, 1, 2, 3, 4, 5, 2], "target": [1, 2, 0, 4, 5, 3, 3]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tree = build_tree_from_tables(edges, out=folder)
    ...     tree.to_tree().labels(1)
    array([0, 0, 0, 1, 1, 1], dtype=int32)
    """
    limit = 0 if height is None else integer("height", height, 1, 2**31)
    one_of("effort", effort, get_args(Effort))
    amount, threads = bytes_of(memory), threads_for(n_threads)
    asked = {
        "edges": source_of(edges),
        "weight": weight if isinstance(weight, str | None) else str(weight),
        "names": names,
        "self_loops": as_self_loops(self_loops),
        "height": limit,
        "effort": effort,
        "memory": amount,
    }
    return build_within(
        edges, Path(out), asked, Limits.of(amount), engine=engine, weight=weight, threads=threads, progress=progress
    )


def build_within(
    edges: Any,
    out: Path,
    asked: dict[str, Any],
    limits: Limits,
    *,
    engine: Any,
    weight: Weight,
    threads: int,
    progress: Progress | None,
) -> TreeTable:
    """Build a tree within limits that are stated one by one."""
    with contextlib.closing(WorkFolder(out, asked)) as folder:
        with contextlib.closing(engine_for(engine, limits.engine_bytes, threads, folder.spill)) as running:
            if folder.manifest.rounds < 0:
                _tell(progress, "clean", 0.0)
                clean(running, folder, edges, weight)
            warn_loops(folder.manifest.loops, asked["self_loops"])
            _merge(running, folder, limits, progress)
            finish_tree(running, folder, limits, threads=threads, progress=progress)
        folder.finish()
    return TreeTable(out)


def _merge(engine: Engine, folder: WorkFolder, limits: Limits, progress: Progress | None) -> None:
    """Run rounds until the edges that are left are few enough; a flat tree needs none."""
    if folder.manifest.asked["height"] == 1:
        return
    while (left := rows_in(folder.table("edges", folder.manifest.rounds))) > limits.core_edges:
        begun = math.log(max(folder.manifest.n_edges, 2) / max(limits.core_edges, 1))
        _tell(progress, "rounds", 1.0 - math.log(left / max(limits.core_edges, 1)) / max(begun, 1e-9))
        one_round(engine, folder)


def _tell(progress: Progress | None, stage: str, fraction: float) -> None:
    if progress is not None:
        progress(stage, min(max(fraction, 0.0), 1.0))
