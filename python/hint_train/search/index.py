"""An index of packed codes: added to, searched, saved, loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np

from hint_train.errors import ConfigError, DataError
from hint_train.search import exact
from hint_train.search.approximate import Approximate, Kind, build
from hint_train.search.checks import checked_codes, checked_count, checked_outputs
from hint_train.search.files import Stored, read, write
from hint_train.search.hits import Hits
from hint_train.search.ids import Ids, listed
from hint_train.search.rescoring import rescored

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from hint_train.search.exact import Found


class Index:
    """Packed codes under ids, and the nearest of them by Hamming distance.

    Searches may run side by side, on any number of threads, with the same answers; a change may not run beside one.

    Parameters
    ----------
    codes
        (n, ceil(bits / 8)) uint8, packed as `SavedRun.encode` does: bit j is bit j mod 8 of byte j // 8. It is not copied.
    ids
        One for each code, hashable and all different; 0 to n - 1 where not given.
    bits
        Code length.
    kind
        `flat` compares all codes and is exact. `ivf` and `hnsw` look at a part of them and may miss neighbours; they hold each
        distinct code once, and are built at the first search after a change.
    model
        Digest of the model that made the codes, kept with them.

    Raises
    ------
    DataError
        Codes or ids are not as above.
    """

    def __init__(
        self,
        codes: NDArray[np.uint8],
        ids: Iterable[Hashable] | None = None,
        *,
        bits: int,
        kind: Kind = "flat",
        model: str | None = None,
    ) -> None:
        if kind not in get_args(Kind):
            raise ConfigError(f"unknown kind of index {kind!r}; expected one of {', '.join(get_args(Kind))}")
        self.bits, self.kind, self.model = checked_count("bits", bits), kind, model
        self._buffer = checked_codes("codes", codes, bits)
        self._ids = Ids(range(len(self._buffer))) if ids is None else Ids.of(ids)
        self._check_number(len(self._ids), len(self._buffer))
        self._structure: Approximate | None = None

    def __repr__(self) -> str:
        return f"Index({len(self):,} codes of {self.bits} bits, {self.kind})"

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def codes(self) -> NDArray[np.uint8]:
        """The codes by row, (n, ceil(bits / 8))."""
        return self._buffer[: len(self)]

    @property
    def ids(self) -> Sequence[Hashable]:
        """The ids by row."""
        return self._ids

    def search(
        self,
        queries: NDArray[np.uint8],
        k: int | None = 10,
        *,
        radius: int | None = None,
        within: Iterable[Hashable] | None = None,
        rescore: int | None = None,
        outputs: ArrayLike | None = None,
    ) -> Hits:
        """The nearest items of each query.

        Parameters
        ----------
        queries
            (q, ceil(bits / 8)) packed codes.
        k
            How many; columns of the answer that have no neighbour hold -1. None, with a radius: all within it.
        radius
            Greatest Hamming distance, included.
        within
            Ids of the only items that count. They are compared one by one, whatever the kind of the index.
        rescore
            Take so many by distance, at least k, and order them by the outputs of the query (see `rescoring`).
        outputs
            (q, bits) real-valued outputs of the queries, as `SavedRun.outputs` gives them.

        Raises
        ------
        ConfigError
            A number is out of its range, or options contradict each other.
        DataError
            Queries, outputs or ids do not fit the index.
        """
        codes = checked_codes("queries", queries, self.bits)
        if radius is not None:
            radius = checked_count("radius", radius, least=0)
        if k is not None:
            k = checked_count("k", k)
        elif radius is None or rescore is not None:
            raise ConfigError("k may be None only with a radius and without rescoring")
        if (rescore is None) != (outputs is None):
            raise ConfigError(
                "rescore and outputs go together: how many to rescore, and the queries' real-valued outputs"
            )
        first = k
        if rescore is not None and k is not None:
            first = checked_count("rescore", rescore, least=k)
        distances, rows = self._found(codes, first, radius, None if within is None else self._ids.rows(within))
        scores = None
        if outputs is not None and k is not None:
            real = checked_outputs(outputs, len(codes), self.bits)
            distances, rows, scores = rescored(self.codes, real, (distances, rows), k)
        return Hits([self._ids.take(row) for row in rows], rows, distances, scores)

    def _found(
        self, queries: NDArray[np.uint8], k: int | None, radius: int | None, within: NDArray[np.int64] | None
    ) -> Found:
        codes = self.codes if within is None else self.codes[within]
        if k is None:
            assert radius is not None
            distances, rows = exact.within_radius(codes, queries, min(radius, self.bits))
        else:
            if self.kind == "flat" or within is not None:
                distances, rows = exact.nearest(codes, queries, k)
            else:
                distances, rows = self._built().nearest(queries, k)
            if radius is not None:
                far = distances > radius
                distances[far], rows[far] = -1, -1
        if within is not None:
            rows = np.where(rows < 0, -1, within[rows]) if len(within) else rows
        return distances, rows

    def _built(self) -> Approximate:
        structure = self._structure
        if structure is None:
            structure = self._structure = build(self.codes, self.kind)
        return structure

    def add(self, codes: NDArray[np.uint8], ids: Iterable[Hashable]) -> None:
        """Add items behind those that are there; nothing is added where one is refused.

        The time grows with the number of new items, and not with the number of those that are there: one takes some ten
        microseconds, on average. A kind other than `flat` is built anew at the next search.

        Raises
        ------
        DataError
            An id is there already, or codes and ids do not fit.
        """
        new, names = checked_codes("codes", codes, self.bits), listed(ids)
        self._check_number(len(names), len(new))
        before, after = len(self), len(self) + len(new)
        buffer = self._buffer
        if after > len(buffer) or not buffer.flags.writeable:
            # Twice the room, so that adding one by one copies each code a bounded number of times.
            buffer = np.empty((max(after, 2 * before), buffer.shape[1]), dtype=np.uint8)
            buffer[:before] = self.codes
        buffer[before:after] = new
        self._ids.add(names)
        self._buffer, self._structure = buffer, None

    def remove(self, ids: Iterable[Hashable]) -> None:
        """Remove items; those that stay keep their order, and their rows close up.

        What stays is copied, but for ids that lie in a file: of 10^6 items half a second, or a hundredth. Remove many at once.

        Raises
        ------
        DataError
            An id is unknown; nothing is removed then.
        """
        rows = self._ids.rows(ids)
        if len(rows):
            left = self._ids.without(rows)
            self._buffer = np.delete(self.codes, rows, axis=0)
            self._ids, self._structure = left, None

    def save(self, folder: str | Path) -> None:
        """Write the index into a folder that is new, empty, or holds an index; at any moment that is the old one or the new one.

        Raises
        ------
        ConfigError
            The folder holds anything else, or cannot be written.
        DataError
            An id is no text, number or tuple of these.
        """
        structure = None if self.kind == "flat" else self._built()
        write(Path(folder), Stored(self.codes, self._ids, self.bits, self.kind, self.model, structure))

    @classmethod
    def load(cls, folder: str | Path, *, model: str | None = None) -> Index:
        """Read a saved index; codes and ids stay on disk, mapped into memory.

        Parameters
        ----------
        folder
            Where `save` wrote it.
        model
            Digest of the model that queries will be made by; an index of another model is refused.

        Raises
        ------
        DataError
            There is no index, it is damaged, of an earlier or later version, or of another model.
        """
        stored = read(Path(folder), model)
        index = cls(stored.codes, bits=stored.bits, kind=stored.kind, model=stored.model)
        index._ids, index._structure = stored.ids, stored.structure
        return index

    @staticmethod
    def _check_number(ids: int, codes: int) -> None:
        if ids != codes:
            raise DataError(f"there are {codes} codes and {ids} ids")
