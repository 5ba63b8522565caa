"""What the field's data sets must look like, and their splits: JSON files beside this module, one per name.

A split is a rule and the SHA-256 of the index arrays that it gives, so that two places can compare splits without comparing
files. The rule, for n usable rows (those with a label): the last rows are queries, the others are the database, and the
training rows are those rows of the database whose number ranks first by SHA-256. That ranking is a seeded random sample that
needs no generator, so every language and every version of a library draws the same one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SAMPLE = "hint-split-1"
"""Seed of every ranking; a new rule gets a new one."""


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers, int64 and increasing; `train` is part of `retrieval` in the field's splits."""

    query: NDArray[np.int64]
    retrieval: NDArray[np.int64]
    train: NDArray[np.int64]

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each array as little-endian int64."""
        parts = {"query": self.query, "retrieval": self.retrieval, "train": self.train}
        return {name: hashlib.sha256(part.astype("<i8").tobytes()).hexdigest() for name, part in parts.items()}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is expected of one data set.

    Attributes
    ----------
    name, title
        Name on the command line, and what it stands for.
    folders
        Names of folders below the data folder in which the files may lie, lower case.
    prefix
        Regular expression for the beginning of the files' names, lower case.
    image, text
        Widths that circulate; others are said but not refused, as they depend on the backbone and the word list.
    labels
        Number of classes; another number is another data set.
    n_query, n_train
        Sizes of the split.
    pairs
        Number of usable rows to the SHA-256 of the index arrays; several where several files circulate.
    density, tolerance
        Mean share of relevant rows in the database, and how far a file may be from it; None where no source states one.
    layouts
        What each layout consists of, for messages.
    """

    name: str
    title: str
    folders: tuple[str, ...]
    prefix: str
    image: tuple[int, ...]
    text: tuple[int, ...]
    labels: int
    n_query: int
    n_train: int
    pairs: dict[int, dict[str, str]]
    density: float | None
    tolerance: float
    layouts: dict[str, str]

    def split(self, labels: NDArray[np.bool_]) -> Split:
        """The field's split of a file: by rule over the rows that have a label, as row numbers of the file.

        Raises
        ------
        DataError
            Too few rows have a label.
        """
        usable = np.flatnonzero(labels.any(axis=1)).astype(np.int64)
        if len(usable) < self.n_query + 2:
            raise DataError(
                f"{self.name}: {len(usable):,} rows have a label; expected {self.n_query:,} queries and a database"
            )
        ruled = split_by_rule(self.name, len(usable), self.n_query, self.n_train)
        return Split(usable[ruled.query], usable[ruled.retrieval], usable[ruled.train])


def read_manifest(name: str) -> Manifest:
    """The checked-in manifest called `name`.

    Examples
    --------
    >>> read_manifest("mirflickr").labels
    24
    """
    text = files("hint_train.data.sources").joinpath("manifests", f"{name}.json").read_text(encoding="utf-8")
    raw: dict[str, Any] = json.loads(text)
    return Manifest(
        name=raw["name"],
        title=raw["title"],
        folders=tuple(raw["folders"]),
        prefix=raw["prefix"],
        image=tuple(raw["image"]),
        text=tuple(raw["text"]),
        labels=raw["labels"],
        n_query=raw["query"],
        n_train=raw["train"],
        pairs={int(n): hashes for n, hashes in raw["pairs"].items()},
        density=raw["density"],
        tolerance=raw["tolerance"],
        layouts=raw["layouts"],
    )


def split_by_rule(name: str, n: int, n_query: int, n_train: int) -> Split:
    """The last `n_query` of `n` rows are queries, the others the database, `n_train` of them the training set.

    Examples
    --------
    >>> split = split_by_rule("mirflickr", 10, 2, 3)
    >>> split.query.tolist(), split.retrieval.tolist(), split.train.tolist()
    ([8, 9], [0, 1, 2, 3, 4, 5, 6, 7], [1, 4, 7])
    """
    rows = np.arange(n, dtype=np.int64)
    database = rows[: n - n_query]
    return Split(rows[n - n_query :], database, np.sort(database[ranked(name, range(len(database)))[:n_train]]))


def ranked(name: str, keys: Sequence[object]) -> NDArray[np.int64]:
    """Positions of `keys` in the order of SHA-256("hint-split-1:name:key"): a permutation that depends on nothing else."""
    digests = [hashlib.sha256(f"{SAMPLE}:{name}:{key}".encode()).digest() for key in keys]
    return np.asarray(sorted(range(len(digests)), key=digests.__getitem__), dtype=np.int64)


def label_density(query: NDArray[np.bool_], database: NDArray[np.bool_]) -> float:
    """Mean over queries of the share of database rows that share a label with them: the mAP of codes that are all tied.

    Costs one product of the two label matrices, in blocks of 16 MB.
    """
    block = max(1, 2**22 // max(1, len(database)))
    wide = database.T.astype(np.float32)
    relevant = sum(
        int(((query[i : i + block].astype(np.float32) @ wide) > 0).sum()) for i in range(0, len(query), block)
    )
    return relevant / (len(query) * len(database))
