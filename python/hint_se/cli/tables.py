"""Trees that are folders of tables, of graphs that need not fit in memory: what `hint-se build --engine` and `hint-se labels` do."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from hint_se.cli.progress import Bar
from hint_se.cli.reading import in_table
from hint_se.files.whole import whole_file

if TYPE_CHECKING:
    from hint_se.cli.arguments import Build, Labels

__all__ = ["build_tables", "label_table"]

# Options that say how text is read, or what the rounds lack.
_IN_MEMORY = ("format", "delimiter", "decimal", "header", "columns", "n_nodes", "directed", "algorithm", "seed")


def build_tables(chosen: Build) -> None:
    """Build within an engine and print what came of it.

    Raises
    ------
    ValueError
        If an option does not go with an engine.
    KeyboardInterrupt
        On Ctrl-C; it says how to go on.
    """
    defaults = {option.name: option.default for option in fields(chosen)}
    for name in _IN_MEMORY:
        if getattr(chosen, name) != defaults[name]:
            raise ValueError(f"{name}: expected none with --engine, which reads tables of undirected edges")
    from hint_se.tables import build_tree_from_tables

    started = time.perf_counter()
    try:
        with Bar(chosen.quiet) as bar:
            tree = build_tree_from_tables(
                [chosen.edges, *chosen.more],
                out=chosen.out,
                engine=chosen.engine,
                memory=chosen.memory,
                weight="auto" if chosen.weight is None else chosen.weight,
                names=chosen.names,
                self_loops=chosen.self_loops,
                height=chosen.height,
                effort=chosen.effort,
                n_threads=chosen.threads,
                progress=bar,
            )
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt("interrupted; the same command goes on at the last finished round") from error
    seconds = time.perf_counter() - started
    height, bits = tree.height(), tree.structural_entropy()
    if chosen.json:
        about = {"n_leaves": tree.n_leaves, "n_edges": tree.n_edges, "height": height, "entropy": bits}
        print(json.dumps({**about, "seconds": {"build": seconds}, "out": str(chosen.out)}))
    else:
        print(f"{tree.n_leaves:,} nodes, {tree.n_edges:,} edges\nheight {height}, {bits:.4f} bits\n")
        print(f"{seconds:.2f} s to read and build; written to {chosen.out}")


def label_table(chosen: Labels) -> None:
    """Write the community of each node as a table in Parquet, straight from that of the tree; an existing file is replaced.

    Raises
    ------
    ValueError
        If neither level nor number is given, or communities are to be joined.
    """
    if chosen.out is None or chosen.min_size > 1 or (chosen.level is None) == (chosen.communities is None):
        raise ValueError("out: a table in Parquet takes --level or --communities, and no --min-size")
    tree = in_table(chosen.tree)
    with tempfile.TemporaryDirectory(dir=chosen.out.parent, prefix=".labels-") as folder:
        out = Path(folder) / "labels.parquet"
        if chosen.level is not None:
            tree.labels(chosen.level, out=out)
        elif chosen.communities is not None:
            tree.cut(chosen.communities, edges=None if chosen.edges is None else str(chosen.edges), out=out)
        with whole_file(chosen.out) as file, out.open("rb") as made:
            shutil.copyfileobj(made, file)
