"""A tree of tables as a `Tree`, where it fits in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hint_se.tables.naming import LEVEL
from hint_se.tables.steps import rows_in
from hint_se.trees.tree import Tree

__all__ = ["in_memory"]

# While the columns are sorted; a tree keeps a third of it.
_NODE_BYTES = 200


def in_memory(table: Path, of_names: Path | None, memory: int) -> Tree:
    """Return the tree of a table and a table of names; MemoryError where it takes more than so many bytes."""
    from pyarrow import parquet

    count = rows_in(table)
    if count * _NODE_BYTES > memory:
        raise MemoryError(
            f"{table}: a tree of {count:,} nodes takes {count * _NODE_BYTES / 1e9:.1f} GB in memory, more than the "
            f"{memory / 1e9:.1f} GB that it may take; summary, labels and cut read it as a table"
        )
    read = parquet.read_table(table)
    columns = {name: read.column(name).to_numpy() for name in read.column_names}
    del read
    leaf = columns["node"] < LEVEL
    # Leaves first, and parents behind their children.
    order = np.lexsort((columns["node"], np.where(leaf, 0, -columns["depth"]), ~leaf))
    node, up, volume, cut = (columns[name][order] for name in ("node", "parent", "volume", "cut"))
    by_name = np.argsort(node)
    parent = by_name[np.searchsorted(node[by_name], up[:-1])]
    ids = node[: int(leaf.sum())]
    names: tuple[Any, ...] | None = None
    if of_names is not None:
        names = tuple(parquet.read_table(of_names).sort_by("node").column("name").to_pylist())
    elif not np.array_equal(ids, np.arange(ids.size)):
        names = tuple(ids.tolist())
    return Tree(np.append(parent, -1), volume, cut, names)
