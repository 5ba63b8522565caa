"""Matrices of rows that belong together, and whether their pairs are rows or columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hint_train.data.formats.stored import Transposed
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hint_train.data.formats.stored import Stored

PairsIn = Literal["auto", "rows", "columns"]
_AXIS: dict[PairsIn, int] = {"rows": 0, "columns": 1}


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows that lie together: the labels, the texts and, where there are any, the images, with equally many rows."""

    image: Stored | None
    text: Stored
    labels: Stored

    def features(self) -> Iterator[Stored]:
        """Images, where there are any, and texts."""
        if self.image is not None:
            yield self.image
        yield self.text

    def transposed(self) -> Segment:
        """The same with rows and columns exchanged."""
        image = None if self.image is None else Transposed(self.image)
        return Segment(image, Transposed(self.text), Transposed(self.labels))


def oriented(name: str, parts: Mapping[str, Segment], n_labels: int, pairs_in: PairsIn) -> dict[str, Segment]:
    """The segments of one data set with one row per pair: all as they are, or all turned.

    Decided for the set and not matrix by matrix, as a square matrix fits both ways: pairs are what all matrices of a segment have
    the same number of, beside `n_labels` classes, and widths are the same in all segments.

    Raises
    ------
    DataError
        Sizes do not fit; or they fit both ways, and `pairs_in` is `auto`.
    """
    faults = {how: _fault(name, parts, n_labels, how) for how in _AXIS if pairs_in in ("auto", how)}
    fitting = [how for how, fault in faults.items() if fault is None]
    if len(fitting) > 1:
        shapes = ", ".join(f"{m.name} {m.shape}" for s in parts.values() for m in (*s.features(), s.labels))
        raise DataError(
            f"pairs may be rows or columns of {shapes}; say which with --pairs-in rows or --pairs-in columns"
        )
    if not fitting:
        labels = next(iter(parts.values())).labels
        likely: PairsIn = "columns" if labels.shape[0] == n_labels != labels.shape[1] else "rows"
        raise DataError(faults.get(likely) or next(fault for fault in faults.values() if fault))
    return dict(parts) if fitting == ["rows"] else {part: segment.transposed() for part, segment in parts.items()}


def _fault(name: str, parts: Mapping[str, Segment], n_labels: int, how: PairsIn) -> str | None:
    """Why pairs cannot be the `how` of all matrices, or None."""
    axis = _AXIS[how]
    for segment in parts.values():
        labels = segment.labels
        if labels.shape[1 - axis] != n_labels:
            return f"{labels.name}: expected labels of shape (rows, {n_labels}) for {name}, got {labels.shape}"
        n = labels.shape[axis]
        for matrix in segment.features():
            if matrix.shape[axis] != n:
                return (
                    f"{matrix.name}: expected {n:,} {how}, as many as labels, got shape {matrix.shape}; "
                    "pairs are rows of all matrices, or columns of all"
                )
    for matrices in zip(*(segment.features() for segment in parts.values()), strict=False):
        widths = {matrix.shape[1 - axis] for matrix in matrices}
        if len(widths) > 1:
            return f"{matrices[0].name}: expected one width in all parts, got {', '.join(map(str, sorted(widths)))}"
    return None
