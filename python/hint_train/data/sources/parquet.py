"""Rows of captions from a Parquet file, whose few bytes can stand for any number of any size: what they unpack to is bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hint_train.data.sources.columns import MAX_CAPTION
from hint_train.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hint_train.data.sources.columns import Columns
    from hint_train.data.sources.entries import Row

MAX_GROUP = 2**28
"""Most bytes, and a quarter of the most values, that the columns of one group of rows may unpack to."""
_ROWS = 1024
"""Rows at a time."""
_MAX_VALUES = 2**20
"""Most values of a column in that many rows."""


def parquet_rows(path: Path, columns: Columns, read: Callable[[int], None]) -> Iterator[Row]:
    """The rows of a Parquet file; see `hint_train.data.sources.captions.caption_rows`."""
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
        from pyarrow.types import is_struct
    except ImportError as error:
        raise ConfigError(
            f"{path} needs pyarrow, which is not installed; pip install '.[files]' in the sources of hint-se"
        ) from error
    try:
        with ParquetFile(path) as file:
            schema = file.schema_arrow
            found = columns.found(str(path), schema.names)
            taken = {found.image, found.caption, found.labels, "split"} & set(schema.names)
            if is_struct(schema.field(found.image).type):
                raise DataError(f"{path}: {found.image} holds the pictures themselves; expected names of files")
            strings = _checked_leaves(path, file, taken)
        # A text that stands in many rows is stored once, and stays so until its length was looked at.
        with ParquetFile(path, read_dictionary=strings) as file:
            number = 0
            for batch in file.iter_batches(batch_size=_ROWS, columns=sorted(map(str, taken))):
                for column in batch.columns:
                    _check_values(f"{path}: rows from {number + 1:,} on", column)
                for table in batch.to_pylist():
                    number += 1
                    yield found.row(f"{path}: row {number:,}", table)
        read(path.stat().st_size)
    except (ArrowException, OSError) as error:
        raise DataError(f"{path}: not a readable Parquet file ({error})") from error


def _checked_leaves(path: Path, file: Any, taken: set[str | None]) -> list[str]:
    """Paths of the strings among the columns `taken`, of which no group of rows says that it unpacks to too much."""
    leaves = [file.schema.column(i) for i in range(len(file.schema))]
    chosen = [i for i, leaf in enumerate(leaves) if leaf.path.split(".")[0] in taken]
    for group in range(file.metadata.num_row_groups):
        parts = [file.metadata.row_group(group).column(i) for i in chosen]
        size, values = sum(part.total_uncompressed_size for part in parts), sum(part.num_values for part in parts)
        if size > MAX_GROUP or values > MAX_GROUP // 4:
            raise DataError(
                f"{path}: a group of rows unpacks to {size:,} bytes in {values:,} values; expected at most {MAX_GROUP:,} and "
                f"{MAX_GROUP // 4:,}"
            )
    return [leaves[i].path for i in chosen if leaves[i].physical_type == "BYTE_ARRAY"]


def _check_values(where: str, column: Any) -> None:
    """Refuse what would take far more memory as Python's strings."""
    import pyarrow.compute as compute
    from pyarrow.types import is_dictionary, is_large_list, is_list

    while is_list(column.type) or is_large_list(column.type):
        column = column.flatten()
    if len(column) > _MAX_VALUES:
        raise DataError(f"{where}: hold {len(column):,} values, more than {_MAX_VALUES:,}")
    if is_dictionary(column.type) and len(column.dictionary):
        longest = compute.max(compute.binary_length(column.dictionary)).as_py()
        if longest > 4 * MAX_CAPTION:
            raise DataError(f"{where}: hold a text of {longest:,} bytes, more than {4 * MAX_CAPTION:,}")
