"""Rows of a file of captions: CSV, JSON lines or Parquet; each names a picture and says one or more captions of it."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from hint_train.data.sources.parquet import parquet_rows
from hint_train.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hint_train.data.sources.columns import Columns
    from hint_train.data.sources.entries import Row

    Progress = Callable[[int], None]

MAX_LINE = 2**20
"""Longest line in bytes."""
_DELIMITERS = ",;\t|"


def caption_rows(path: Path, columns: Columns, read: Progress = lambda _: None) -> Iterator[Row]:
    """The rows of a file.

    Parameters
    ----------
    path
        .csv, .tsv or .txt with a header, columns parted by commas, semicolons, tabs or bars; .jsonl or .ndjson; .parquet. In UTF-8.
    columns
        Which columns hold what. A column `split` is taken where there is one.
    read
        Is told how many bytes each step took.

    Raises
    ------
    ConfigError
        The suffix is none of these.
    DataError
        The file is missing or malformed; the message names the line.
    """
    kinds = {
        ".csv": _delimited,
        ".tsv": _delimited,
        ".txt": _delimited,
        ".jsonl": _json,
        ".ndjson": _json,
        ".parquet": parquet_rows,
    }
    reader = kinds.get(path.suffix.lower())
    if reader is None:
        raise ConfigError(f"--captions: expected a file that ends in {', '.join(kinds)}, got {path}")
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected a row for each picture, with its name and its caption")
    return reader(path, columns, read)


def lines(path: Path, read: Progress) -> Iterator[str]:
    """Lines of a file in UTF-8, with or without a byte order mark, with their ends."""
    number = 0
    with path.open("rb") as stream:
        while line := stream.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise DataError(f"{path}: line {number:,} has more than {MAX_LINE:,} bytes")
            read(len(line))
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise DataError(
                    f"{path}: line {number:,}: expected UTF-8 ({error}); save the file in that encoding"
                ) from error


def _delimited(path: Path, columns: Columns, read: Progress) -> Iterator[Row]:
    source = lines(path, read)
    head = next(source, "")
    delimiter, names, found = _header(path, head, columns)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            where = f"{path}: line {reader.line_num + 1:,}"
            if not cells:
                continue
            if len(cells) != len(names):
                raise DataError(
                    f"{where}: has {len(cells)} cells, and the header {len(names)}; a caption that holds {delimiter!r} belongs "
                    "into double quotes"
                )
            yield found.row(where, dict(zip(names, cells, strict=True)))
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num + 1:,}: not readable as CSV ({error})") from error


def _header(path: Path, head: str, columns: Columns) -> tuple[str, list[str], Columns]:
    """What parts the columns, their names, and those that are wanted."""
    faults = []
    for delimiter in _DELIMITERS:
        names = [name.strip() for name in next(csv.reader([head], delimiter=delimiter), [])]
        try:
            return delimiter, names, columns.found(f"{path}: header", names)
        except DataError as error:
            faults.append((-len(names), error))
    raise min(faults, key=lambda fault: fault[0])[1]


def _json(path: Path, columns: Columns, read: Progress) -> Iterator[Row]:
    found = None
    for number, line in enumerate(lines(path, read), 1):
        where = f"{path}: line {number:,}"
        if not line.strip():
            continue
        try:
            table = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{where}: not readable as JSON ({error})") from error
        if not isinstance(table, dict):
            raise DataError(f"{where}: expected a JSON object, got {line:.60}")
        if found is None:
            found = columns.found(where, list(table))
        yield found.row(where, table)
