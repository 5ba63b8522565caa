"""Pairs from a folder of pictures and a file of captions, or from the folder that Hugging Face calls ImageFolder."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from hint_train.data.featurizers.pictures import SUFFIXES
from hint_train.data.sources.captions import caption_rows
from hint_train.data.sources.entries import Entry, Stored
from hint_train.data.sources.partition import PARTS
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hint_train.data.sources.columns import Columns
    from hint_train.data.sources.entries import Row, Unfit

METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
"""Names of the files of captions in an ImageFolder; the pictures that one names lie beside or below it."""


def read_folder(
    images: Path,
    captions: Path | None,
    columns: Columns,
    unfit: Unfit,
    read: Callable[[int], None] = lambda _: None,
) -> tuple[list[Entry], list[str]]:
    """One entry for each picture that has a caption.

    Parameters
    ----------
    images
        Folder of the pictures, with folders below it.
    captions
        File with a row for each caption, or None for the `METADATA` of `images` or of the folders in it.
    columns
        Which of its columns hold what.
    unfit
        Takes rows that name no picture, and those without a caption.
    read
        Is told how many bytes of the files of captions each step took.

    Returns
    -------
    entries, notes
        Entries by first mention, called by the picture's path below `images`; and what else a reader should know.

    Raises
    ------
    DataError
        A folder or file is missing or malformed.
    """
    if not images.is_dir():
        raise DataError(f"{images}: no such folder; expected pictures")
    there = _pictures(images)
    entries: dict[str, Entry] = {}
    for row in _rows(images, captions, columns, read):
        name = _found(there, row)
        if name is None:
            unfit.add("rows that name no picture in the folder", f"{row.where}: {row.picture!r:.80}")
        elif not row.captions:
            unfit.add("rows without a caption", f"{row.where}: {row.picture!r:.80}")
        else:
            entries.setdefault(name, Entry(name, Stored(there[name]))).add(row)
    bare = [name for name, path in there.items() if name not in entries and path.suffix.lower() in SUFFIXES]
    notes = [f"pictures without a caption, left out: {len(bare):,} (the first is {bare[0]})"] if bare else []
    return list(entries.values()), notes


def _pictures(images: Path) -> dict[str, Path]:
    """All files by their path below the folder, in Unicode's NFC, as some systems take names apart."""
    found = {}
    for folder, below, names in os.walk(images):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith("."):
                found[unicodedata.normalize("NFC", path.relative_to(images).as_posix())] = path
    return found


def _found(there: dict[str, Path], row: Row) -> str | None:
    name = unicodedata.normalize("NFC", row.picture)
    if name not in there:
        name = name.replace("\\", "/")  # as Windows writes it
    parts = PurePosixPath(name).parts
    if ".." in parts or name.startswith("/"):
        raise DataError(f"{row.where}: {row.picture!r:.80} leads out of the folder; expected a path below it")
    plain = "/".join(parts)
    return plain if plain in there else None


def _rows(images: Path, captions: Path | None, columns: Columns, read: Callable[[int], None]) -> Iterator[Row]:
    if captions is not None:
        yield from caption_rows(captions, columns, read)
        return
    files = [path for folder in (images, *_below(images)) for name in METADATA if (path := folder / name).is_file()]
    if not files:
        raise DataError(
            f"{images}: no {', '.join(METADATA)} there or in a folder in it; name the file of captions by --captions"
        )
    for path in files:
        folder = path.parent.relative_to(images)
        for row in caption_rows(path, columns, read):
            # A folder in it stands for the part, as in that library, unless a column says it.
            split = row.split or (folder.name.lower() if folder.name.lower() in PARTS else None)
            picture = (folder / row.picture).as_posix() if row.picture else ""
            yield replace(row, picture=picture, split=split)


def _below(images: Path) -> list[Path]:
    return sorted(path for path in images.iterdir() if path.is_dir())
