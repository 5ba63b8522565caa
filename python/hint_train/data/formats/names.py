"""`names.npz`: ids and captions beside features that lie in several files, as deflated lists of texts."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from hint_train.data.formats.npy import read_header
from hint_train.data.formats.texts import distinct, read_texts
from hint_train.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

NAMES_FILE = "names.npz"
_KEYS = ("ids", "captions")


def read_names(path: Path, count: int) -> dict[str, tuple[str, ...]]:
    """The ids and the captions of `count` pairs, those that are there.

    Raises
    ------
    DataError
        It is no such file, or damaged, or of another number of pairs.
    """
    found = {}
    try:
        with zipfile.ZipFile(path) as archive:
            there = archive.namelist()
            for key in _KEYS:
                if f"{key}.npy" in there:
                    with archive.open(f"{key}.npy") as stream:
                        shape, _, dtype = read_header(stream)
                        found[key] = read_texts(f"{path}: {key}", stream, shape, dtype)
    except (zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, RuntimeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: not the names of pairs ({error})") from error
    for key, texts in found.items():
        if len(texts) != count:
            raise DataError(f"{path}: expected {key} of {count:,} pairs, got {len(texts):,}")
    if "ids" in found:
        distinct(f"{path}: ids", found["ids"])
    return found
