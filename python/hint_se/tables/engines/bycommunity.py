"""Communities of two sorted tables, read in blocks, and worked on by threads: the core lets go of Python's lock."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np

from hint_se.tables.engines.engine import Columns, Engine, OfCommunity

__all__ = ["by_threads", "each_of_sorted"]

_ROWS = 65_536
# Communities that wait or are worked on, for each thread.
_AHEAD = 2


def by_threads(
    engine: Engine,
    left: nw.LazyFrame[Any],
    right: nw.LazyFrame[Any],
    function: OfCommunity,
    types: dict[str, str],
    table: Path,
    threads: int,
) -> None:
    """Keep both tables sorted by ``community`` beside the result, and work through them while the engine rests."""
    sides = [table.with_suffix(end) for end in (".left", ".right")]
    for frame, side in zip((left, right), sides, strict=True):
        engine.write(frame.sort("community"), side)
    engine.rest()
    each_of_sorted(sides[0], sides[1], function, types, table, threads)
    for side in sides:
        side.unlink()


def each_of_sorted(
    left: Path, right: Path, function: OfCommunity, types: dict[str, str], table: Path, threads: int
) -> None:
    """Write what a function makes of each community of two Parquet files that are sorted by ``community``.

    Every community has rows in the left file. The rows come in the order of the communities, whichever thread is faster.
    """
    import pyarrow
    from pyarrow import parquet

    schema = pyarrow.schema([(name, pyarrow.from_numpy_dtype(np.dtype(dtype))) for name, dtype in types.items()])
    with parquet.ParquetWriter(table, schema) as writer, ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Columns]] = deque()
        ended = threading.Event()

        def look(_stage: str, _fraction: float) -> None:
            if ended.is_set():
                raise KeyboardInterrupt

        def write_first() -> None:
            columns = waiting.popleft().result()
            writer.write_table(pyarrow.table({name: columns[name] for name in types}, schema=schema))

        try:
            others = _communities(right)
            key, rows = next(others, (None, {}))
            nothing = {name: column[:0] for name, column in rows.items()}
            for community, own in _communities(left):
                while key is not None and key < community:
                    key, rows = next(others, (None, {}))
                waiting.append(pool.submit(function, own, rows if key == community else nothing, look))
                if len(waiting) > _AHEAD * threads:
                    write_first()
            while waiting:
                write_first()
        except BaseException:
            ended.set()  # threads of the pool hear no signal
            pool.shutdown(cancel_futures=True)
            raise


def _communities(table: Path) -> Iterator[tuple[int, Columns]]:
    """Yield each community of a sorted file with its rows."""
    from pyarrow import parquet

    parts: list[Columns] = []
    current: int | None = None
    with parquet.ParquetFile(table) as file:
        for batch in file.iter_batches(_ROWS):
            columns = {name: batch.column(name).to_numpy(zero_copy_only=False) for name in batch.schema.names}
            ids = columns["community"]
            starts = [0, *(np.flatnonzero(np.diff(ids)) + 1).tolist()] if ids.size else []
            for start, end in zip(starts, [*starts[1:], ids.size], strict=True):
                if current is not None and ids[start] != current:
                    yield current, _joined(parts)
                    parts = []
                current = int(ids[start])
                parts.append({name: column[start:end] for name, column in columns.items()})
    if current is not None:
        yield current, _joined(parts)


def _joined(parts: list[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
