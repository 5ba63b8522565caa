"""Files that a program maps or reads whole: NumPy, faiss, usearch, Parquet, SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from hint_train.errors import ConfigError
from hint_train.export.codes import export_codes
from hint_train.export.conventions import CONVENTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from hint_train.export.database import Database
    from hint_train.export.whole_folder import Progress

BLOCK = 4096
"""Codes between two looks at whether the user wants to stop."""
_GRAPH_BLOCK = 256
"""The same, where a code takes a millisecond."""


def write_array(folder: Path, codes: Database, engine: str, _: Progress) -> None:
    """`codes.npy`: row i is item i."""
    np.save(folder / "codes.npy", export_codes(codes.codes, to=engine, bits=codes.bits), allow_pickle=False)


def write_faiss(folder: Path, codes: Database, engine: str, _: Progress) -> None:
    """`codes.faiss`: an exact index, of which label i is item i."""
    import faiss

    index = faiss.IndexBinaryFlat(CONVENTIONS[engine].width(codes.bits))
    index.add(np.ascontiguousarray(codes.codes))
    faiss.write_index_binary(index, str(folder / "codes.faiss"))


def write_usearch(folder: Path, codes: Database, engine: str, progress: Progress) -> None:
    """`codes.usearch`: a graph of the distinct codes, of which key c is code c.

    One thread adds them. With more, usearch makes another graph each time, and where codes are short some of these never reach a
    neighbour (`findings/usearch-threads-lose-neighbours.sh`).
    """
    index_class = needed("usearch.index", "usearch").Index
    rows = export_codes(codes.distinct, to=engine, bits=codes.bits)
    index = index_class(ndim=CONVENTIONS[engine].width(codes.bits), metric="hamming", dtype="b1")
    for start in progress(range(0, len(rows), _GRAPH_BLOCK)):
        block = rows[start : start + _GRAPH_BLOCK]
        try:
            index.add(np.arange(start, start + len(block), dtype=np.uint64), block, threads=1)
        except RuntimeError as error:  # usearch answers Ctrl-C itself, by this
            if "terminated" not in str(error):
                raise
            raise KeyboardInterrupt from error
    index.save(str(folder / "codes.usearch"))


def write_parquet(folder: Path, codes: Database, engine: str, _: Progress) -> None:
    """`codes.parquet`: a row an item, with `item`, `id` and `code`, a blob."""
    arrow, parquet = needed("pyarrow", "pyarrow"), needed("pyarrow.parquet", "pyarrow")
    blobs = arrow.array(export_codes(codes.codes, to=engine, bits=codes.bits), arrow.binary(codes.codes.shape[1]))
    names = arrow.array([str(name) for name in codes.ids], arrow.string())
    table = arrow.table({"item": arrow.array(range(len(codes.codes)), arrow.int64()), "id": names, "code": blobs})
    parquet.write_table(table, folder / "codes.parquet")


def write_sqlite(folder: Path, codes: Database, engine: str, progress: Progress) -> None:
    """`codes.sqlite`: a table `codes` with `item`, `id` and `code`, a blob; the extension is needed by queries alone."""
    with closing(sqlite3.connect(folder / "codes.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE codes (item INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, code BLOB NOT NULL)")
        for start in progress(range(0, len(codes.codes), BLOCK)):
            blobs = export_codes(codes.codes[start : start + BLOCK], to=engine, bits=codes.bits)
            rows = [(start + i, str(codes.ids[start + i]), blob) for i, blob in enumerate(blobs)]
            connection.executemany("INSERT INTO codes VALUES (?, ?, ?)", rows)


def needed(module: str, package: str) -> Any:
    """The module of a library that is no dependency, or a `ConfigError` that says how to get it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"this file is written by {package}, which is not installed: pip install {package}"
        ) from error
