"""Which of one's own pairs are queries, database and training set: by what the files say, or by a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hint_train.data.sources.manifest import Split, ranked
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("query", "queries", "test", "testing"), "query"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("database", "retrieval", "gallery", "restval"), "database"),
}
"""Names of parts in files, in lower case. Where there is no query part, the validation part is it; else that is database."""
SHARE, MOST = 10, 5000
"""One pair in `SHARE` is a query, and no more than `MOST` are, where nothing else is asked for."""


def order(ids: Sequence[str], same: Sequence[bytes]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs in the order of SHA-256("hint-split-1:pairs:ID"), those of equal pictures behind the first of them.

    Parameters
    ----------
    ids
        Names of the pairs.
    same
        What is equal where pictures are.

    Returns
    -------
    order, groups
        Numbers of the pairs, and for each place in the order the place where its group begins.
    """
    place = np.empty(len(ids), dtype=np.int64)
    place[ranked("pairs", ids)] = np.arange(len(ids))
    first: dict[bytes, int] = {}
    for row in np.argsort(place):
        first.setdefault(same[row], int(place[row]))
    leader = np.array([first[key] for key in same], dtype=np.int64)
    rows = np.lexsort((place, leader))
    _, begins, counts = np.unique(leader[rows], return_index=True, return_counts=True)
    return rows, np.repeat(begins, counts)


def by_rule(groups: NDArray[np.int64], n_query: int | None, n_train: int | None) -> Split:
    """The first rows are the training set, all but the last are the database, the last are queries.

    Parameters
    ----------
    groups
        From `order`: rows of one picture stay on one side, which may make fewer queries than asked for.
    n_query, n_train
        Sizes; a tenth and at most `MOST`, and the whole database, where None.

    Raises
    ------
    DataError
        Too few pairs are there.
    """
    n = len(groups)
    wanted = min(MOST, max(1, n // SHARE)) if n_query is None else n_query
    begin = n - wanted
    if 0 < begin < n and groups[begin] != begin:
        later = np.flatnonzero(groups[begin:] == np.arange(begin, n))
        begin = begin + int(later[0]) if len(later) else int(groups[-1])
    train = begin if n_train is None else n_train
    if begin < 2 or not 2 <= train <= begin or begin == n:
        raise DataError(
            f"{n:,} pairs are fit; expected at least one query, and 2 training pairs in the database, got {n - begin:,} queries (--queries), "
            f"a database of {max(begin, 0):,} and {max(train, 0):,} training pairs (--train)"
        )
    rows = np.arange(n, dtype=np.int64)
    return Split(rows[begin:], rows[:begin], rows[:train])


def by_name(names: Sequence[str | None], where: Sequence[str]) -> Split:
    """The parts that the files name; see `PARTS`.

    Raises
    ------
    DataError
        A name is not known or missing, or a part has too few pairs.
    """
    known = [PARTS.get((name or "").lower()) for name in names]
    if None in known:
        row = known.index(None)
        raise DataError(
            f"{where[row]}: split is {names[row]!r:.40}; expected one of {', '.join(PARTS)}, or --queries to draw one"
        )
    parts = np.array(known, dtype=np.str_)
    query = parts == ("query" if "query" in known else "validation")
    split = Split(*(np.flatnonzero(rows).astype(np.int64) for rows in (query, ~query, parts == "train")))
    if not len(split.query) or len(split.train) < 2:
        raise DataError(
            f"split makes {len(split.query):,} queries and {len(split.train):,} training pairs; expected at least 1 and 2; "
            "--queries draws a split instead"
        )
    return split
