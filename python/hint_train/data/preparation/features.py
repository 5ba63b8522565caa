"""Picture files to features, batch by batch, resumable: hours of work survive a power failure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hint_train.errors import DataError
from hint_train.whole import written_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from hint_train.data.featurizers import PictureFeaturizer

Each = Callable[..., Iterator[Any]]
"""`map`, or what does the same on threads."""
_KEEP_EVERY = 32
"""Batches between two notes of how far the work is; there is one at the end as well, whatever ends it, but a kill."""


@dataclass(frozen=True, slots=True)
class Work:
    """How pictures are worked through, and who is told of each finished one."""

    batch: int = 32
    n_threads: int = 4
    done: Callable[[int], None] = lambda _: None


def picture_features(
    paths: Sequence[Path], featurizer: PictureFeaturizer, partial: Path, work: Work | None = None
) -> NDArray[np.generic]:
    """Features of the pictures in `paths`, in their order.

    Parameters
    ----------
    paths
        Files in any format that Pillow reads.
    featurizer
        What computes the features.
    partial
        Path of the .npy file in which they gather; see `gathered`.
    work
        Pictures at a time, threads that decode them, and who is told how many are finished.

    Returns
    -------
    features
        (n, d), mapped from `partial`, in the type `featurizer.stored`.

    Raises
    ------
    DataError
        A picture is missing, torn or too large, or a feature is not finite.
    """
    if not paths:
        raise DataError("there are no pictures to take features of")
    work = work or Work()
    names = [str(path) for path in paths]

    def compute(rows: slice, each: Each) -> NDArray[np.float32]:
        pixels = np.stack(list(each(featurizer.pixels_of, paths[rows], names[rows])))
        return featurizer.rows(pixels, names[rows])

    job = job_of(featurizer.description(), [path.name for path in paths])
    return gathered(compute, len(paths), np.dtype((featurizer.stored, (featurizer.width,))), job, partial, work)


def gathered(
    compute: Callable[[slice, Each], NDArray[np.generic]],
    n: int,
    dtype: np.dtype[Any],
    job: str,
    partial: Path,
    work: Work,
) -> NDArray[Any]:
    """A table of `n` rows of `dtype`, batch by batch.

    Parameters
    ----------
    compute
        From some of the rows, and `map` on threads, to their values.
    n, dtype
        Size of the table.
    job
        What the table depends on, from `job_of`.
    partial
        Path of the .npy file in which it gathers. When it is there from an earlier call of the same job, the work goes on where it
        ended; the caller removes it, and the note `<partial>.json` beside it, when it is done.
    work
        Rows at a time, threads, and who is told how many are finished.
    """
    table, done = _reopen(partial, job, n, dtype)
    work.done(done)
    pool = ThreadPoolExecutor(work.n_threads)
    try:
        for first in range(done, n, work.batch):
            rows = slice(first, min(first + work.batch, n))
            values = compute(rows, pool.map)
            if table is None:
                table = np.lib.format.open_memmap(partial, "w+", dtype.base, (n, *dtype.shape))
            table[rows] = values
            done = rows.stop
            work.done(done - first)
            if (first // work.batch) % _KEEP_EVERY == _KEEP_EVERY - 1:
                _note(partial, table, job, done)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        if table is not None:
            _note(partial, table, job, done)
    assert table is not None
    return table


def job_of(*parts: object) -> str:
    """A digest of what a table depends on, given as plain JSON."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _beside(partial: Path) -> Path:
    return partial.with_name(partial.name + ".json")


def _note(partial: Path, table: NDArray[np.generic], job: str, n_done: int) -> None:
    """Write down how many rows are finished, after they are on disk."""
    assert isinstance(table, np.memmap)
    table.flush()
    with written_atomically(_beside(partial)) as stream:
        stream.write(json.dumps({"job": job, "done": n_done}).encode())


def _reopen(partial: Path, job: str, n: int, dtype: np.dtype[Any]) -> tuple[NDArray[Any] | None, int]:
    """The table of an earlier call and how many of its rows are finished, or nothing."""
    try:
        note = json.loads(_beside(partial).read_text())
        if note["job"] != job:
            return None, 0
        table = np.lib.format.open_memmap(partial, "r+")
        if table.dtype != dtype.base or table.shape != (n, *dtype.shape) or not 0 <= note["done"] <= n:
            return None, 0
        return table, int(note["done"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, 0


def forget(partial: Path) -> None:
    """Remove what `gathered` left for a later call."""
    partial.unlink(missing_ok=True)
    _beside(partial).unlink(missing_ok=True)
