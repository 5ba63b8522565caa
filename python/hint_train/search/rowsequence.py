"""Sequences whose items are made when they are asked for by row."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from typing import overload


class RowSequence(Sequence[Hashable]):
    """Ids by row: negative rows count from the end, and slices are lists."""

    @abstractmethod
    def _at(self, row: int) -> Hashable:
        """The id of a row that is there."""

    @overload
    def __getitem__(self, row: int) -> Hashable: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[Hashable]: ...
    def __getitem__(self, row: int | slice) -> Hashable | Sequence[Hashable]:
        if isinstance(row, slice):
            return [self._at(i) for i in range(*row.indices(len(self)))]
        if not -len(self) <= row < len(self):
            raise IndexError(row)
        return self._at(row % len(self))
