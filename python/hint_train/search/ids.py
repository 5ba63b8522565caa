"""Names of items: any hashable values, one for each row."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from hint_train.errors import DataError
from hint_train.search.idlines import StoredIds
from hint_train.search.rowsequence import RowSequence

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Ids(RowSequence):
    """One id for each row, all different, and the row of each.

    Parameters
    ----------
    first
        The ids of the first rows: numbers from 0 on, or those of a file. Ids that are added are held behind them.
    """

    def __init__(self, first: range | StoredIds = range(0)) -> None:
        self._first = first
        self._added: dict[Hashable, int] = {}
        self._names: list[Hashable] = []

    @classmethod
    def of(cls, ids: Iterable[Hashable]) -> Ids:
        """Ids that are checked: hashable, and all different."""
        made = cls()
        made.add(listed(ids))
        return made

    def __len__(self) -> int:
        return len(self._first) + len(self._names)

    def _at(self, row: int) -> Hashable:
        before = len(self._first)
        return self._first[row] if row < before else self._names[row - before]

    def __iter__(self) -> Iterator[Hashable]:
        return itertools.chain(self._first, self._names)

    @property
    def are_rows(self) -> bool:
        """Whether each is the number of its row, and none was added."""
        return isinstance(self._first, range) and not self._names

    def take(self, rows: NDArray[np.int64]) -> list[Hashable]:
        """The ids of rows; -1 stands for none."""
        return [self[row] for row in rows.tolist() if row >= 0]

    def rows(self, ids: Iterable[Hashable]) -> NDArray[np.int64]:
        """The rows of ids, ascending; each once.

        Raises
        ------
        DataError
            One of them is unknown.
        """
        found = []
        for name in listed(ids):
            row = self._row(name)
            if row is None:
                raise DataError(f"there is no item with the id {name!r}")
            found.append(row)
        return np.unique(np.array(found, dtype=np.int64))

    def add(self, names: list[Hashable]) -> None:
        """Put names, as `listed` makes them, behind the others; none where one is refused.

        Raises
        ------
        DataError
            One is there already.
        """
        new: dict[Hashable, int] = {}
        for row, name in enumerate(names, len(self)):
            earlier = self._row(name)
            earlier = new.setdefault(name, row) if earlier is None else earlier
            if earlier != row:
                raise DataError(f"ids must differ: {name!r} is that of rows {earlier} and {row}")
        self._added.update(new)
        self._names.extend(names)

    def without(self, rows: NDArray[np.int64]) -> Ids:
        """These ids but for those of `rows`, which ascend; those of a file are not read."""
        before = len(self._first)
        early, stays = rows[rows < before], np.ones(len(self), dtype=bool)
        stays[rows] = False
        kept = list(itertools.compress(self._names, stays[before:].tolist()))
        if isinstance(self._first, StoredIds):
            left = Ids(self._first.without(early) if len(early) else self._first)
        elif len(early):  # the rows of the others move, and their numbers do not
            left = Ids()
            kept = [*np.flatnonzero(stays[:before]).tolist(), *kept]
        else:
            left = Ids(self._first)
        left._names = kept
        left._added = dict(zip(kept, itertools.count(len(left._first))))
        return left

    def _row(self, name: Hashable) -> int | None:
        row = self._added.get(name)
        if row is None and len(self._first):
            if isinstance(self._first, StoredIds):
                return self._first.row(name)
            number = isinstance(name, int) or (isinstance(name, float) and name.is_integer())
            return int(name) if number and int(name) in self._first else None  # type: ignore[call-overload]
        return row


def listed(ids: Iterable[Hashable]) -> list[Hashable]:
    """Ids as plain values of Python.

    Raises
    ------
    DataError
        They are no collection, or one of them is not hashable or does not equal itself.
    """
    if isinstance(ids, str | bytes) or not isinstance(ids, Iterable):
        raise DataError(f"ids must be a collection with one id for each item, got {ids!r:.60}")
    values = ids.tolist() if isinstance(ids, np.ndarray) else list(ids)
    plain = [value.item() if isinstance(value, np.generic) else value for value in values]
    for i, value in enumerate(plain):
        try:
            hash(value)
        except TypeError as error:
            raise DataError(f"ids must be hashable; number {i} is {value!r:.60}") from error
        if value != value:
            raise DataError(f"ids must be found again by comparison; number {i} is {value!r:.60}")
    return plain
