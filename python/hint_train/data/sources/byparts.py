"""Data sets whose query, database and perhaps training rows lie apart: put together, and looked through for rows in two parts."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

import numpy as np

from hint_train.data.formats.stored import finite_blocks, read_labels, zero_rows
from hint_train.data.pairs import PairedData
from hint_train.data.repeated import digests, repeated, repeated_words
from hint_train.data.sources.manifest import split_by_rule
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hint_train.data.formats.stored import Stored
    from hint_train.data.sources.manifest import Manifest
    from hint_train.data.sources.segments import Segment

_log = logging.getLogger(__name__)

MOST_SHARED = 0.01
"""Share of the queries that may be in the database or the training part by value: pictures do occur twice in the field's sets."""


def load_parts(manifest: Manifest, segments: Mapping[str, Segment], notes: Sequence[str]) -> PairedData:
    """The rows of query and database one after the other; training rows are found among the database's by value.

    Raises
    ------
    DataError
        More than `MOST_SHARED` of the queries are in the database or in the training part as well.
    """
    held = [segments["query"], segments["database"]]
    image, text, labels = _stack(held, "image"), _stack(held, "text"), _labels(held)
    n_query, n = held[0].labels.shape[0], len(labels)
    each = list(digests(image, text))
    query, retrieval = np.arange(n_query), np.arange(n_query, n)
    by_part = {"query": each[:n_query], "database": each[n_query:]}
    found: NDArray[np.int64] | None = split_by_rule(manifest.name, n - n_query, 0, manifest.n_train).train
    if "train" in segments:
        part = segments["train"]
        by_part["train"] = list(digests(_stack([part], "image"), _stack([part], "text")))
        found = _positions(by_part["database"], by_part["train"])
    faults, words = judged(by_part)
    if faults:
        raise DataError(f"{manifest.name}: {'; '.join(faults)}")
    for word in words:
        _log.warning("%s: %s", manifest.name, word)
    if found is None:
        apart = "training rows are not all in the database; they are kept apart from it"
        _log.warning("%s: %s", manifest.name, apart)
        words.append(apart)
        held.append(segments["train"])
        image, text, labels = _stack(held, "image"), _stack(held, "text"), _labels(held)
        train = np.arange(n, len(labels))
    else:
        train = np.sort(found) + n_query
    if len(train) < 2:
        raise DataError(f"{manifest.name}: expected at least 2 training rows, got {len(train)}")
    words += zero_rows("texts", text)
    return PairedData(manifest.name, image, text, labels, query, retrieval, train, notes=(*notes, *words))


def streamed_digests(segment: Segment) -> list[bytes]:
    """What `repeated.digests` says of every pair, or of every text where there are no images; block by block, each of them checked."""
    held = [hashlib.blake2b(digest_size=16) for _ in range(segment.labels.shape[0])]
    for matrix in segment.features():
        for rows, _, block in finite_blocks(matrix):  # the columns of a row come in their order
            for digest, values in zip(held[rows], block, strict=True):
                digest.update(values.tobytes())
    return [digest.digest() for digest in held]


def judged(by_part: Mapping[str, Sequence[bytes]]) -> tuple[list[str], list[str]]:
    """Faults and notes on queries that are in another part by value."""
    faults: list[str] = []
    notes: list[str] = []
    queries = by_part["query"]
    for part, others in by_part.items():
        shared = repeated(queries, others) if part != "query" else []
        if shared:
            said = repeated_words(shared, len(queries), part)
            if len(shared) > MOST_SHARED * len(queries):
                faults.append(
                    f"{said}; expected at most {MOST_SHARED:.0%}, as figures of rows that were seen say nothing"
                )
            else:
                notes.append(said)
    return faults, notes


def _stack(segments: Sequence[Segment], what: str) -> NDArray[np.float32]:
    matrices: list[Stored] = [getattr(segment, what) for segment in segments]
    out = np.empty((sum(matrix.shape[0] for matrix in matrices), matrices[0].shape[1]), dtype=np.float32)
    start = 0
    for matrix in matrices:
        for rows, columns, block in finite_blocks(matrix):
            out[start + (rows.start or 0) : start + rows.stop, columns] = block
        start += matrix.shape[0]
    return out


def _labels(segments: Sequence[Segment]) -> NDArray[np.bool_]:
    return np.concatenate([read_labels(segment.labels) for segment in segments])


def _positions(held: Sequence[bytes], wanted: Sequence[bytes]) -> NDArray[np.int64] | None:
    """Position of each wanted pair among those held, equal ones one after the other, or None unless all are there."""
    places: dict[bytes, list[int]] = {}
    for row in range(len(held) - 1, -1, -1):
        places.setdefault(held[row], []).append(row)
    found = []
    for digest in wanted:
        rows = places.get(digest)
        if not rows:
            return None
        found.append(rows.pop())
    return np.asarray(found, dtype=np.int64)
