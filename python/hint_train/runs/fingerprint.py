"""What a run learned from, in a few numbers: whether the data are still the same when it is resumed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hint_train.data.pairs import PairedData

    _Part = tuple[NDArray[Any], NDArray[np.int64] | None]
    """An array, and the rows of it that count; None for all."""

_BLOCK_BYTES = 2**20
_MAX_BLOCKS = 256
"""Of an array with more blocks, as many evenly spaced ones are read: 256 MiB, a fraction of a second."""


PARTS = {
    "sha256": "what training learns from (its rows, features, objects and words, and labels where they are learned from)",
    "query_image": "image features of the queries",
    "query_text": "text features of the queries",
    "retrieval_image": "image features of the database",
    "retrieval_text": "text features of the database",
    "labels": "labels",
}
"""Digests in a fingerprint, and what each is of."""


def fingerprint(data: PairedData, *, labels: bool) -> dict[str, Any]:
    """Shapes of a data set, and digests of what training sees of it and of what its figures are measured on.

    Parameters
    ----------
    labels
        Whether the method learns from labels; else those may change, as they only measure.

    Returns
    -------
    table
        `image` and `text`: rows and columns. `query`, `retrieval`, `train`: numbers of rows. `sha256`: digest of the row
        numbers, and of shape, dtype and bytes of the training rows of all features, objects and words, and of the labels.
        `query_image`, `query_text`, `retrieval_image`, `retrieval_text`: of these features. `labels`: of all labels, if there are any.

    Notes
    -----
    Arrays are read in blocks of about 1 MiB, so that mapped ones may be larger than memory. Where the rows of one take
    more than 256 MiB, only 256 evenly spaced blocks of them are digested: a change between those goes unnoticed.
    """
    measured: dict[str, _Part] = {
        f"{rows}_{modality}": (getattr(data, modality), getattr(data, rows))
        for rows in ("query", "retrieval")
        for modality in ("image", "text")
    }
    if data.labels is not None:
        measured["labels"] = (data.labels, None)
    return {
        "image": list(data.image.shape),
        "text": list(data.text.shape),
        **{name: len(getattr(data, name)) for name in ("query", "retrieval", "train")},
        "sha256": _digest(_learned_from(data, labels)),
        **{name: _digest({name: part}) for name, part in measured.items()},
    }


def _digest(parts: dict[str, _Part]) -> str:
    digest = hashlib.sha256()
    for name, (array, rows) in parts.items():
        taken = array.shape if rows is None else (len(rows), *array.shape[1:])
        digest.update(f"{name} {taken} {array.dtype.str}\n".encode())
        for block in _blocks(array, rows):
            digest.update(np.ascontiguousarray(block).data)
    return digest.hexdigest()


def _learned_from(data: PairedData, labels: bool) -> dict[str, _Part]:
    out: dict[str, _Part] = {name: (getattr(data, name), None) for name in ("query", "retrieval", "train")}
    out |= {"image": (data.image, data.train), "text": (data.text, data.train)}
    if labels and data.labels is not None:
        out["labels"] = (data.labels, data.train)
    for name, lists in (("objects", data.parts.objects), ("words", data.parts.words)):
        if lists is not None:
            out |= {name: (lists.rows, None), f"{name}_ptr": (lists.ptr, None)}
    return out


def _blocks(array: NDArray[Any], rows: NDArray[np.int64] | None) -> Iterator[NDArray[Any]]:
    """The chosen rows of `array` in order, about 1 MiB at a time; evenly spaced blocks of them where they are too many."""
    n = len(array) if rows is None else len(rows)
    step = max(1, _BLOCK_BYTES // max(1, array[:1].nbytes))
    starts = range(0, n, step)
    chosen = np.linspace(0, len(starts) - 1, min(len(starts), _MAX_BLOCKS)).round().astype(int)
    for start in (starts[i] for i in chosen):
        part = slice(start, start + step)
        yield array[part] if rows is None else array[rows[part]]
