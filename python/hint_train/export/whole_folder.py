"""A folder that an engine loads: its files and the side-car that says how the codes in them are to be read."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from typing import TYPE_CHECKING, Any

from hint_train.errors import ConfigError
from hint_train.export import binary_files, documents, postgres
from hint_train.export.codes import convention_of
from hint_train.whole import check_folder, flush_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from hint_train.export.database import Database

    Progress = Callable[[range], Iterable[int]]
    """What iterates over the blocks of a long file and shows how far it is."""

SIDECAR = "hint-codes.json"
_FORMAT, _VERSION = "hint-train codes", 1
_WRITERS: dict[str, Callable[[Path, Database, str, Progress], None]] = {
    "numpy": binary_files.write_array,
    "faiss": binary_files.write_faiss,
    "usearch": binary_files.write_usearch,
    "sentence-transformers": binary_files.write_array,
    "sentence-transformers-binary": binary_files.write_array,
    "pgvector": postgres.write_pgvector,
    "sqlite-vec": binary_files.write_sqlite,
    "duckdb": binary_files.write_parquet,
    "milvus": documents.write_milvus,
    "elasticsearch": documents.write_elasticsearch,
    "opensearch": documents.write_opensearch,
    "vespa": documents.write_vespa,
    "mongodb": documents.write_mongodb,
}
_BY_CODE = frozenset({"usearch", "pgvector", "elasticsearch", "opensearch", "vespa", "mongodb"})
"""Engines whose files hold distinct codes, as their indexes are graphs."""


def check_new(folder: Path) -> None:
    """Refuse an output folder that holds anything, or cannot be made, before anything is computed for it."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ConfigError(f"--out: {folder} exists already; choose a new name or an empty folder")
        if not folder.parent.is_dir():
            raise ConfigError(f"--out: expected a name in a folder that exists, and {folder.parent} is none")
        check_folder(folder.parent)
    except OSError as error:
        raise ConfigError(f"--out: {folder} cannot be written ({error.strerror})") from error


def write_index(folder: Path, codes: Database, *, to: str, about: dict[str, Any], progress: Progress = iter) -> None:
    """Write what an engine loads, and `hint-codes.json` beside it; the folder appears whole or not at all.

    Parameters
    ----------
    folder
        New, or empty.
    codes
        The database, from `database`.
    to
        The engine.
    about
        What made the codes; it goes into the side-car as it is: `model`, `method`, `modality`, `seed`.

    Raises
    ------
    ConfigError
        The engine is unknown, the library that writes its file is missing, or the folder is not free.
    OSError
        It cannot be written.
    """
    convention_of(to)
    check_new(folder)
    partial = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.partial")
    try:
        partial.mkdir()
        _WRITERS[to](partial, codes, to, progress)
        (partial / SIDECAR).write_text(json.dumps(sidecar(codes, to, about), indent=1) + "\n", encoding="utf-8")
        for file in partial.iterdir():
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
        flush_folder(partial)
        partial.replace(folder)
        flush_folder(folder.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def sidecar(codes: Database, engine: str, about: dict[str, Any]) -> dict[str, Any]:
    """What must be known to ask an exported database: how a query is packed, which model it needs, which item is which."""
    convention = convention_of(engine)
    by_code = engine in _BY_CODE
    return {
        "format": _FORMAT,
        "version": _VERSION,
        "engine": engine,
        **about,
        "bits": codes.bits,
        "width": convention.width(codes.bits),
        "bit_order": f"{convention.first} significant first",
        "byte_order": "byte j holds bits 8j to 8j + 7",
        "form": convention.form,
        "sign": convention.sign,
        "threshold": ">= 0",
        "distance": convention.distance.replace("`", ""),
        "items": len(codes.codes),
        "distinct": len(codes.distinct),
        "one_entry": "distinct code" if by_code else "item",
        "ids": list(codes.ids),
        **({"code_of": codes.code_of.tolist()} if by_code else {}),
    }
