"""Questions to a tree of tables: the engine while one is answered, and answers that are tables of leaves."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import narwhals as nw

from hint_se.tables.engines import Engine, engine_for
from hint_se.tables.folder import TREE
from hint_se.tables.limits import Limits
from hint_se.tables.naming import LEVEL
from hint_se.tables.rounds import Frame

__all__ = ["Asked", "by_end", "given"]


class Asked:
    """The engine, the rows of a tree, and a folder for what is made on the way, while a question is answered."""

    def __init__(self, folder: Path, engine: Any, memory: int, n_threads: int) -> None:
        self._folder, self._how = folder, (engine, Limits.of(memory).engine_bytes, n_threads)
        self._scratch = tempfile.TemporaryDirectory(dir=folder, prefix=".asked-")

    def __enter__(self) -> tuple[Engine, Frame, Path]:
        scratch = Path(self._scratch.name)
        self._engine = engine_for(*self._how, scratch / "spill")
        return self._engine, self._engine.read(self._folder / TREE), scratch

    def __exit__(self, *_: object) -> None:
        self._engine.close()
        self._scratch.cleanup()


def given(engine: Engine, found: Frame, names: Frame | None, out: str | os.PathLike[str] | None, scratch: Path) -> Any:
    """Return the communities ``node, up`` of leaves as a table, by name where they have some; with ``out`` keep it there, and return None."""
    from pyarrow import parquet

    leaves = by_end(found.filter(nw.col("node") < LEVEL), names)
    if out is not None:
        if Path(out).exists():
            raise ValueError(f"out: expected a place where nothing is, got {os.fspath(out)}")
        engine.write(leaves, Path(out))
        return None
    engine.write(leaves, scratch / "labels.parquet")
    return parquet.read_table(scratch / "labels.parquet")


def by_end(leaves: Frame, names: Frame | None) -> Frame:
    """Return ``node, community`` of leaves ``node, up``, or ``name, community`` where they have names."""
    found = leaves.select("node", nw.col("up").alias("community"))
    return found if names is None else found.join(names, on="node").select("name", "community")
