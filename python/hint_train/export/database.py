"""What is exported: the codes of a database, the names of its items, and what made them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hint_train.errors import DataError
from hint_train.export.codes import checked_codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Database:
    """Codes of items, and the distinct ones among them.

    Short codes collide. A graph of near codes links equal codes with each other and with nobody else, so that an index over items
    loses whole codes; one over distinct codes does not, and finds all items through `code_of`.

    Attributes
    ----------
    codes
        (n, ceil(bits / 8)) uint8, packed as `SavedRun.encode` does.
    bits
        Code length.
    ids
        n names, text or whole numbers, all different.
    distinct
        (m, ceil(bits / 8)) uint8, the distinct codes in the order in which they first appear.
    code_of
        (n,) int64, the row of `distinct` that is each item's code.
    """

    codes: NDArray[np.uint8]
    bits: int
    ids: Sequence[str | int]
    distinct: NDArray[np.uint8]
    code_of: NDArray[np.int64]

    def items_of(self) -> list[NDArray[np.int64]]:
        """The items of each distinct code, ascending."""
        order = np.argsort(self.code_of, kind="stable")
        ends = np.cumsum(np.bincount(self.code_of, minlength=len(self.distinct)))
        return np.split(order, ends[:-1])


def database(codes: NDArray[np.uint8], ids: Sequence[str | int] | None = None, *, bits: int | None = None) -> Database:
    """Check codes and names, and find the distinct codes.

    Parameters
    ----------
    codes, bits
        As for `export_codes`.
    ids
        A name for each code; 0 to n - 1 where not given.

    Raises
    ------
    DataError
        There is no code, the codes are no codes, or the names are of another type or number, or not all different.
    """
    codes, bits = checked_codes(codes, bits)
    names: Sequence[str | int] = range(len(codes)) if ids is None else ids
    if len(codes) == 0:
        raise DataError("there are no codes to export")
    if len(names) != len(codes):
        raise DataError(f"expected {len(codes)} ids, one for each code, got {len(names)}")
    for name in names:
        if isinstance(name, bool) or not isinstance(name, str | int):
            raise DataError(f"ids of an export must be text or whole numbers, got {name!r}")
        if isinstance(name, str) and "\0" in name:
            raise DataError(f"ids of an export must not contain a null character, got {name!r}")
    if len({str(name) for name in names}) != len(names):
        raise DataError("ids of an export must be different as text too: some occur twice")
    whole = np.ascontiguousarray(codes).view(f"V{codes.shape[1]}").ravel()
    _, first, inverse = np.unique(whole, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return Database(codes, bits, names, codes[first[order]], rank[inverse].astype(np.int64))
