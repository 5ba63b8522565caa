"""The share of all rows that one process holds for an approximate search: an inverted file of short codes, and float16 rows (faiss).

Every process has the same cells. A question goes to all of them, with the cells that it looks into; each scans its own codes, and the
best of all are compared by whoever holds their rows. Codes are compared as whole numbers, which often tie. Of those that tie faiss
keeps the first ones that it scans: cell by cell, rows in ascending order. The best of the shares are told apart in the same way, so
that the candidates are those of one process that holds all rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hint_train.ranks import Ranks

    Candidates = tuple[NDArray[np.int64], NDArray[np.float32]]

_LISTED = 128
"""Questions whose candidates are laid out at a time: some megabytes."""
_NOWHERE, _ROW = np.iinfo(np.int64).max, (1 << 32) - 1


class Share:
    """Rows `first`, ... of all, of length 1 or 0 and exact in float16.

    Parameters
    ----------
    faiss
        The module.
    cells
        `IndexIVFPQFastScan` for inner products, trained and empty, the same in every process.
    ranks
        The processes that have a share each.
    first, size
        First row of this share, and how many it will hold.
    step
        Most questions at a time.
    """

    def __init__(self, faiss: Any, cells: Any, ranks: Ranks, first: int, size: int, step: int) -> None:
        self._faiss, self._cells, self._ranks, self._first, self._step = faiss, cells, ranks, first, step
        self._exact = faiss.IndexScalarQuantizer(cells.d, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        # At once: grown bit by bit, they take three times as much.
        self._exact.codes.resize(size * self._exact.code_size)
        self._cell: NDArray[np.int32] = np.empty(size, dtype=np.int32)
        self._order: NDArray[np.int32] = np.empty(size, dtype=np.int32)

    def add(self, rows: NDArray[np.float32]) -> None:
        """Take the next rows (r, d)."""
        before = self._exact.ntotal
        self._exact.ntotal += len(rows)
        self._codes[before:] = rows.astype(np.float16).view(np.uint8)
        self._cells.add(rows)

    def close(self) -> None:
        """All rows are there: note the cell of each, and which are of one cell."""
        lists, faiss, there = self._cells.invlists, self._faiss, 0
        for cell in range(self._cells.nlist):
            size = lists.list_size(cell)
            if size:
                ids = faiss.rev_swig_ptr(lists.get_ids(cell), size)
                self._order[there : there + size] = ids
                self._cell[ids] = cell
                there += size

    def questions(self, block: slice) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Numbers within this share and rows (b, d) of a block, in an order by cells: what is near asks for what is near, and lies in a cache."""
        which = self._order[block]
        return which, self._codes[which].view(np.float16).astype(np.float32)

    def candidates(self, rows: NDArray[np.float32], count: int, least: int) -> Candidates:
        """Which rows of all processes are most similar to `rows` by the codes, and their products; every process asks at once.

        Parameters
        ----------
        rows
            (b, d), b at most `step` and not the same in every process.
        count
            Candidates wanted.
        least
            At most `count`. A row that meets fewer in the cells it looks into has as candidates the `least` best of all rows.

        Returns
        -------
        row, product
            (b, count) in no order; -1 and minus infinity where there are no more.
        """
        row, product = (self._alone if self._ranks.size == 1 else self._together)(rows, count)
        short = (row >= 0).sum(axis=1) < least
        if self._ranks.any(bool(short.any())):
            best = self._everywhere(rows, short, least)
            row[short], product[short] = -1, -np.inf
            row[short, :least], product[short, :least] = best
        return row, product

    @property
    def _codes(self) -> NDArray[np.uint8]:
        """(r, 2 d) bytes of the rows that are there, where they lie."""
        n, width = self._exact.ntotal, self._exact.code_size
        held = self._faiss.rev_swig_ptr(self._exact.codes.data(), n * width) if n else np.empty(0, dtype=np.uint8)
        return np.asarray(held).reshape(n, width)

    def _alone(self, rows: NDArray[np.float32], count: int) -> Candidates:
        refined = self._faiss.IndexRefine(self._cells, self._exact)
        product, row = refined.search(rows, count)
        return row, np.where(row >= 0, product, -np.inf).astype(np.float32)

    def _together(self, rows: NDArray[np.float32], count: int) -> Candidates:
        alike, cell = self._cells.quantizer.search(rows, self._cells.nprobe)
        asked = self._from_all(rows.astype(np.float16)).astype(np.float32)
        met = [self._scanned(*x, count) for x in zip(asked, self._from_all(cell), self._from_all(alike), strict=True)]
        code, place = (self._to_each(np.stack(x))[: len(rows)] for x in zip(*met, strict=True))
        place, _ = best_of(place, code, count)
        row = np.where(place == _NOWHERE, -1, place & _ROW)
        own = [self._products(*x) for x in zip(asked, map(self._held, self._from_all(row)), strict=True)]
        product = self._ranks.exchanged(torch.from_numpy(np.stack(own))).amax(0).numpy()
        return row, product[: len(rows)]

    def _scanned(
        self, rows: NDArray[np.float32], cell: NDArray[np.int64], alike: NDArray[np.float32], count: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The best of this share by the codes (b, count): their similarities, and their cells and rows, which is when each is scanned."""
        code, local = self._cells.search_preassigned(rows, count, cell, alike)
        there = local >= 0
        place = np.full(local.shape, _NOWHERE)
        place[there] = (self._cell[local[there]].astype(np.int64) << 32) + local[there] + self._first
        return np.where(there, code, -np.inf).astype(np.float32), place

    def _held(self, row: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers within this share, -1 for rows of others."""
        return np.where((row >= self._first) & (row < self._first + self._exact.ntotal), row - self._first, -1)

    def _products(self, rows: NDArray[np.float32], local: NDArray[np.int64]) -> NDArray[np.float32]:
        """Products (b, count) of `rows` with their candidates here: faiss compares each row with a list of its own."""
        faiss, codes = self._faiss, self._codes
        found = np.full(local.shape, -np.inf, dtype=np.float32)
        for start in range(0, len(rows), _LISTED):
            these = rows[start : start + _LISTED]
            flat, kind = faiss.IndexFlatIP(self._cells.d), faiss.ScalarQuantizer.QT_fp16
            lists = faiss.IndexIVFScalarQuantizer(
                flat, self._cells.d, len(these), kind, faiss.METRIC_INNER_PRODUCT, False
            )
            lists.is_trained = True  # there is nothing to learn of float16
            for i, held in enumerate(local[start : start + _LISTED]):
                column = np.flatnonzero(held >= 0)
                candidates = codes[held[column]]
                lists.invlists.add_entries(i, column.size, faiss.swig_ptr(column), faiss.swig_ptr(candidates))
            which = np.arange(len(these))[:, None]
            product, column = lists.search_preassigned(
                these, local.shape[1], which, np.zeros(which.shape, dtype=np.float32)
            )
            there = np.nonzero(column >= 0)
            found[start + there[0], column[there]] = product[there]
        return found

    def _everywhere(self, rows: NDArray[np.float32], which: NDArray[np.bool_], count: int) -> Candidates:
        """The `count` best of all rows for those of `rows` (b, d) that `which` (b,) says, of rows that tie the smaller ones."""
        asked, meant = self._from_all(rows.astype(np.float16)).astype(np.float32), self._from_all(which)
        row = np.full((*meant.shape, count), -1, dtype=np.int64)
        product = np.full(row.shape, -np.inf, dtype=np.float32)
        for i in zip(*np.nonzero(meant), strict=True):
            found = self._best_here(asked[i][None], count)
            row[i][: found[0].size], product[i][: found[1].size] = found
        row, product = (self._to_each(x)[: len(rows)][which] for x in (row, product))
        return best_of(row, product, count)

    def _best_here(self, row: NDArray[np.float32], count: int) -> Candidates:
        """The `count` best of this share for one row (1, d)."""
        n = self._exact.ntotal
        asked = min(count + 1, n)
        product, local = self._exact.search(row, max(asked, 1))
        while asked < n and product[0, -1] == product[0, count - 1]:  # more that tie may be there
            asked = min(2 * asked, n)
            product, local = self._exact.search(row, asked)
        return best_of(local[:, :asked] + self._first, product[:, :asked], count)

    def _from_all(self, own: NDArray[Any]) -> NDArray[Any]:
        """(processes, step, ...): the arrays of all processes, filled up with zeros."""
        padded = np.zeros((self._step, *own.shape[1:]), dtype=own.dtype)
        padded[: len(own)] = own
        return np.asarray(self._ranks.collected(torch.from_numpy(padded)).numpy())

    def _to_each(self, parts: NDArray[Any]) -> NDArray[Any]:
        """(step, processes * count): what all processes found for the questions of this one, from (processes, step, count)."""
        found = self._ranks.exchanged(torch.from_numpy(parts)).numpy()
        return np.asarray(found.transpose(1, 0, 2).reshape(found.shape[1], -1))


def best_of(number: NDArray[np.int64], score: NDArray[np.float32], count: int) -> Candidates:
    """The `count` greatest scores of each row, greatest first, of those that tie the smaller numbers; all where there are fewer."""
    order = np.argsort(-score, axis=1)
    if score.shape[1] > count:  # sorted by both are only those that can be among them
        last = np.take_along_axis(score, order[:, count - 1 : count], axis=1)
        order = order[:, : int((score >= last).sum(axis=1).max(initial=count))]
    number, score = np.take_along_axis(number, order, axis=1), np.take_along_axis(score, order, axis=1)
    order = np.lexsort((number, -score), axis=1)[:, :count]
    return np.take_along_axis(number, order, axis=1), np.take_along_axis(score, order, axis=1)
