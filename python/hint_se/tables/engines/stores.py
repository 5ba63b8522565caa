"""Edges that lie elsewhere than in files of this machine: object stores, and tables of Delta Lake."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from hint_se.errors import GraphError
from hint_se.optional import optional

__all__ = ["delta_files", "delta_table", "is_remote", "only_delta", "store", "version_of"]

_FILES = (".parquet", ".csv", ".tsv", ".gz", ".zst")
_SCHEME, _LOG = "s3://", "_delta_log"


def is_remote(name: str) -> bool:
    """Return whether an address is one of an object store."""
    return name.startswith(_SCHEME)


def store(name: str) -> Any:
    """Return the object store of an address, as a file system of fsspec; credentials, region and endpoint by the names of AWS.

    Raises
    ------
    OSError
        If the store cannot be reached: to fsspec that looks as if there were no files.
    """
    with optional("fsspec", "pyarrow", needed_by=name):
        from fsspec.implementations.arrow import ArrowFSWrapper

    found = _filesystem(name)
    with _asked(name):
        found.get_file_info(name.removeprefix(_SCHEME).partition("*")[0].rpartition("/")[0])
    return ArrowFSWrapper(found)


def _is_delta(name: str) -> bool:
    """Return whether an address is that of a Delta table, which is a folder with a log.

    Raises
    ------
    OSError
        If the store does not say.
    """
    if not is_remote(name):
        return (Path(name) / _LOG).is_dir()
    if "*" in name or name.lower().endswith(_FILES):
        return False
    from pyarrow import fs

    with _asked(name):
        about = _filesystem(name).get_file_info(f"{name.removeprefix(_SCHEME).rstrip('/')}/{_LOG}")
    return bool(about.type == fs.FileType.Directory)


def only_delta(names: list[str]) -> str | None:
    """Return the Delta table that addresses name, None for files; GraphError for both, or several."""
    if not any(_is_delta(name) for name in names):
        return None
    if len(names) > 1:
        raise GraphError(
            f"edges: expected one Delta table, or files, got {len(names)} addresses with a Delta table among them"
        )
    return names[0]


def version_of(name: str) -> str | None:
    """Return the last version of a Delta table on this machine, as its file is called; None for anything else."""
    if is_remote(name) or not _is_delta(name):
        return None
    return max((path.name for path in (Path(name) / _LOG).glob("*.json")), default="")


def delta_table(name: str) -> Any:
    """Return a Delta table as a data set of pyarrow, which is read in pieces.

    Raises
    ------
    GraphError
        If it is damaged, or deltalake cannot read one of its features.
    """
    with optional("deltalake", needed_by=f"the Delta table {name}"):
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

    try:
        return DeltaTable(name).to_pyarrow_dataset()
    except (DeltaError, OSError) as error:
        raise GraphError(f"{name}: expected a Delta table that deltalake reads: {str(error)[:300]}") from error


def delta_files(name: str) -> list[str]:
    """Return the files of the last version of a Delta table on this machine; GraphError where files alone do not say what it holds."""
    import pyarrow

    delta_table(name)  # refuses deletion vectors and renamed columns
    from deltalake import DeltaTable

    actions = pyarrow.table(DeltaTable(name).get_add_actions())
    return [str(Path(name) / unquote(path)) for path in actions.column("path").to_pylist()]


def _filesystem(name: str) -> Any:
    """Return the file system of the bucket that an address begins with. Made from an address, it looks for an endpoint too."""
    from pyarrow import fs

    with _asked(name):
        return fs.FileSystem.from_uri(_SCHEME + name.removeprefix(_SCHEME).partition("/")[0])[0]


@contextlib.contextmanager
def _asked(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise OSError(
            f"{name}: the object store cannot be reached, or does not let it be read: {str(error)[:300]}"
        ) from error
