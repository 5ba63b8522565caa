"""A matrix that is in memory already, behind the same face as those in files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hint_train.data.formats.stored import check_matrix, step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hint_train.data.formats.stored import Block


class InMemory:
    """`values` as a `hint_train.data.formats.stored.Stored` called `name`."""

    def __init__(self, name: str, values: NDArray[Any]) -> None:
        self.name = name
        self.values = values
        self.shape = check_matrix(name, values.shape)
        self.dtype = values.dtype

    def blocks(self) -> Iterator[Block]:
        """Blocks of whole rows."""
        rows, columns = self.shape
        size = step(rows, columns * self.dtype.itemsize)
        for start in range(0, rows, size):
            part = slice(start, min(start + size, rows))
            yield part, slice(0, columns), self.values[part]
