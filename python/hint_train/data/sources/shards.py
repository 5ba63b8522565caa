"""Pairs from WebDataset shards: tar files in which members that share a name up to the first dot belong together.

The library of that name is not used: it unpickles members whose suffix asks for it, and takes members that do not stand side by
side, as in a tar file that was not sorted, for samples of their own. Nothing is unpacked to disk; a picture is read from
its place in the shard when its turn comes.
"""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, cast

from hint_train.data.featurizers.pictures import SUFFIXES
from hint_train.data.sources.columns import MAX_CAPTION
from hint_train.data.sources.entries import Entry, Stored
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hint_train.data.sources.columns import Columns
    from hint_train.data.sources.entries import Row, Unfit

_MAX_READ = 2**24
"""Most bytes that reading the directory of a shard may ask for at once: a header can declare any size."""
MAX_JSON = 2**20
"""Most bytes of the .json of a sample."""
_TEXTS = ("txt", "text", "caption", "captions")


class _Bounded:
    """A stream whose reader cannot make it hand out more than `_MAX_READ` bytes at once."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.seek, self.tell, self.close = stream.seek, stream.tell, stream.close

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _MAX_READ:
            raise tarfile.ReadError(f"a header declares {size:,} bytes")
        return self.stream.read(size)


def read_shards(
    paths: Sequence[Path],
    columns: Columns,
    unfit: Unfit,
    read: Callable[[int], None] = lambda _: None,
) -> tuple[list[Entry], list[str]]:
    """One entry for each sample with a picture and a caption.

    Parameters
    ----------
    paths
        Tar files, not compressed. A sample's caption is its member .txt or .caption, or a field of its .json.
    columns
        Which field of the .json holds the caption, where there is no other member with it, and which the labels.
    unfit
        Takes samples that lack a picture or a caption.
    read
        Is told how many bytes of the shards each step took.

    Returns
    -------
    entries, notes
        Entries in the order of the shards, called by the sample's name; by SHARD/NAME where names occur in several shards.

    Raises
    ------
    DataError
        A shard is missing, compressed, torn, or holds a sample twice.
    """
    entries: list[Entry] = []
    shard_of: list[str] = []
    left: set[str] = set()
    for path in paths:
        before = len(entries)
        for name, members in _samples(path, read).items():
            entry = _entry(path, name, members, columns, unfit, left)
            if entry is not None:
                entries.append(entry)
        shard_of += [path.stem] * (len(entries) - before)
    names = [entry.id for entry in entries]
    if len(set(names)) != len(names):
        for entry, shard in zip(entries, shard_of, strict=True):
            entry.id = f"{shard}/{entry.id}"
        seen: set[str] = set()
        for entry in entries:
            if entry.id in seen:
                raise DataError(f"{entry.where}: {entry.id} occurs twice; expected shards of different names")
            seen.add(entry.id)
    notes = [f"members of other kinds are not read: {', '.join(sorted(left))}"] if left else []
    return entries, notes


def _samples(path: Path, read: Callable[[int], None]) -> dict[str, dict[str, Stored]]:
    """Where the members of each sample of a shard lie, by suffix in lower case; they need not stand side by side."""
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected a tar file of samples")
    size = path.stat().st_size
    samples: dict[str, dict[str, Stored]] = {}
    at = 0
    try:
        with path.open("rb") as file, tarfile.open(fileobj=cast("IO[bytes]", _Bounded(file)), mode="r:") as shard:
            for member in shard:
                cast("Any", shard).members.clear()  # or every header stays in memory
                read(member.offset_data - at)
                at = member.offset_data
                if member.isdir():
                    continue
                if not member.isreg() or member.issparse():
                    raise DataError(f"{path}: {member.name:.80} is no plain file")
                if member.offset_data + member.size > size:
                    raise DataError(f"{path}: is torn; {member.name:.80} ends behind the end of the file")
                name, suffix = _parted(member.name)
                members = samples.setdefault(name, {})
                if suffix in members:
                    raise DataError(f"{path}: the sample {name:.80} has two members .{suffix}")
                members[suffix] = Stored(path, member.offset_data, member.size)
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        remedy = "; a compressed one has to be unpacked first"
        raise DataError(f"{path}: not a readable tar file ({error}){remedy}") from error
    read(size - at)
    return samples


def _parted(member: str) -> tuple[str, str]:
    """Name and suffix: what stands before and behind the first dot after the last slash."""
    folder, slash, file = member.removeprefix("./").rpartition("/")
    stem, _, suffix = file.partition(".")
    return f"{folder}{slash}{stem or file}", suffix.lower() if stem else ""


def _entry(
    path: Path, name: str, members: dict[str, Stored], columns: Columns, unfit: Unfit, left: set[str]
) -> Entry | None:
    where = f"{path}: sample {name:.80}"
    pictures = [suffix for suffix in members if f".{suffix}" in SUFFIXES]
    texts = [suffix for suffix in members if suffix in _TEXTS]
    left |= {f".{suffix}" for suffix in members if suffix not in {*pictures, *texts, "json", "cls"}}
    if len(pictures) > 1 or len(texts) > 1:
        raise DataError(f"{where}: has {' and '.join(pictures if len(pictures) > 1 else texts)}; expected one of them")
    if not pictures:
        unfit.add("samples without a picture", where)
        return None
    row = _row(where, name, members, texts, columns)
    if not row.captions:
        unfit.add("samples without a caption", where)
        return None
    entry = Entry(name, members[pictures[0]])
    entry.add(row)
    return entry


def _row(where: str, name: str, members: dict[str, Stored], texts: list[str], columns: Columns) -> Row:
    """What the members of a sample say, as one row of a file of captions would."""
    table: dict[str, Any] = {}
    if "json" in members:
        try:
            table = json.loads(_text(where, members["json"], MAX_JSON))
        except (ValueError, RecursionError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(f"{where}: not readable as JSON ({error})") from error
        if not isinstance(table, dict):
            raise DataError(f"{where}: expected its .json to be an object, got {table!r:.60}")
    if "cls" in members and columns.labels == "cls":
        table["cls"] = _text(where, members["cls"], MAX_CAPTION)
    found = replace(columns, image="__name__", caption=columns.caption or "")
    if texts:
        found = replace(found, caption="__text__")
        table["__text__"] = _text(where, members[texts[0]], 4 * MAX_CAPTION)
    elif not found.caption:
        found = columns.found(where, ["file_name", *table]) if table else found
    return replace(found, image="__name__").row(where, {**table, "__name__": name})


def _text(where: str, member: Stored, most: int) -> str:
    assert member.size is not None
    if member.size > most:
        raise DataError(f"{where}: has a text of {member.size:,} bytes, more than the limit of {most:,}")
    try:
        return member.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: expected UTF-8 ({error})") from error
