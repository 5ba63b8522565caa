"""fashion20k from the raw public folder of product photos: `images/ID.jpg` and `styles.csv`."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hint_train.data.featurizers.words import Words, vocabulary
from hint_train.data.formats.npz import read_rows
from hint_train.data.sources.manifest import ranked
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

N_PAIRS, N_QUERY, N_TRAIN, N_WORDS = 20_000, 2_000, 10_000, 1_400
MIN_COUNT = 10
"""Products that a class must have to become a label; rarer ones leave their products without one."""
MAX_BYTES = 2**28
_COLUMNS = ("id", "gender", "masterCategory", "subCategory", "articleType", "productDisplayName")
LEVELS = {
    "labels": "subCategory",
    "labels_master": "masterCategory",
    "labels_article": "articleType",
    "labels_gender": "gender",
}
"""Keys of the label arrays to the columns they come from."""


@dataclass(frozen=True, slots=True)
class FashionTexts:
    """All of the data set but the pictures, as the arrays of the .npz format, and the picture of each row."""

    arrays: dict[str, NDArray[np.generic]]
    pictures: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Like:
    """Products to take, in order, and the words of the bag; no words means to count them anew."""

    ids: tuple[int, ...]
    words: tuple[str, ...] = ()


def read_fashion(
    folder: Path,
    like: Like | None = None,
    *,
    n_pairs: int = N_PAIRS,
    n_words: int = N_WORDS,
) -> FashionTexts:
    """Titles, labels and split of the products whose picture is there.

    Parameters
    ----------
    folder
        The unpacked public folder, with `styles.csv` and `images/`.
    like
        Products to take, in this order, and perhaps the words, from `read_like`: so that the rows of an existing file come
        out again. By default the first `n_pairs` in the order of SHA-256("hint-split-1:fashion20k:ID").
    n_pairs
        Number of products where `like` does not say them.
    n_words
        Words of the bag where `like` does not say them: those in the most titles of the database, equally frequent ones in alphabetical order.

    Returns
    -------
    texts
        The first tenth of the rows are queries, the next half training rows; the database is all but the queries. Rows without
        a label (a sub-category of fewer than 10 products) are in no part.

    Raises
    ------
    DataError
        A file is missing or not of this format, or a product of `like` is.
    """
    products = _read_styles(folder / "styles.csv")
    chosen = _choose(folder, products, None if like is None else like.ids, n_pairs)
    rows = [products[key] for key in chosen]
    titles = [row["productDisplayName"] for row in rows]
    n_query, n_train = len(rows) * N_QUERY // N_PAIRS, len(rows) * N_TRAIN // N_PAIRS
    if n_query < 1 or n_train < 2:
        raise DataError(f"{folder}: expected at least 20 products, got {len(rows)}")
    words = like.words if like is not None and like.words else vocabulary(titles[n_query:], n_words)
    arrays: dict[str, NDArray[np.generic]] = {"id": np.asarray(chosen, dtype=np.int64), "title": np.asarray(titles)}
    arrays |= {"text": Words(words, "ascii").bags(titles), "text_vocabulary": np.asarray(words)}
    for key, column in LEVELS.items():
        table, names = _one_hot([row[column] for row in rows])
        arrays |= {key: table, key.replace("labels", "label_names"): np.asarray(names)}
    labelled = np.flatnonzero(arrays["labels"].astype(bool).any(axis=1)).astype(np.int32)
    arrays["query"] = labelled[labelled < n_query]
    arrays["retrieval"] = labelled[labelled >= n_query]
    arrays["train"] = labelled[(labelled >= n_query) & (labelled < n_query + n_train)]
    return FashionTexts(arrays, tuple(folder / "images" / f"{key}.jpg" for key in chosen))


def _read_styles(path: Path) -> dict[int, dict[str, str]]:
    """Rows of styles.csv by product number. Some titles hold commas without quotes: what overflows belongs to the title."""
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected the raw public folder with styles.csv and images/")
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"{path}: has {path.stat().st_size:,} bytes, more than the limit of {MAX_BYTES:,}")
    products: dict[int, dict[str, str]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.reader(stream)
            header = next(reader, [])
            absent = [column for column in _COLUMNS if column not in header]
            if absent or header[-1] != "productDisplayName":
                what = f"no column {', '.join(absent)}" if absent else f"{header[-1]} as the last column"
                raise DataError(f"{path}: expected a header that ends with productDisplayName, got {what}")
            for cells in reader:
                if len(cells) < len(header):
                    continue  # a handful of products have no title
                cells = [*cells[: len(header) - 1], ",".join(cells[len(header) - 1 :])]
                row = dict(zip(header, cells, strict=True))
                if not row["id"].isascii() or not row["id"].isdigit():
                    raise DataError(
                        f"{path}: line {reader.line_num}: expected id to be a number, got {row['id']!r:.40}"
                    )
                products[int(row["id"])] = row
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: not a readable CSV file ({error})") from error
    return products


def _choose(folder: Path, products: dict[int, dict[str, str]], ids: Sequence[int] | None, n_pairs: int) -> list[int]:
    images = folder / "images"
    if not images.is_dir():
        raise DataError(f"{images}: no such folder; expected the product photos, ID.jpg for each id of styles.csv")
    there = {path.name for path in images.iterdir()}
    if ids is not None:
        absent = [key for key in ids if key not in products or f"{key}.jpg" not in there]
        if absent:
            raise DataError(
                f"{folder}: {len(absent):,} of the {len(ids):,} products asked for are missing, the first is {absent[0]}"
            )
        return list(ids)
    usable = sorted(key for key in products if f"{key}.jpg" in there)
    return [usable[i] for i in ranked("fashion20k", usable)[:n_pairs]]


def _one_hot(values: Sequence[str]) -> tuple[NDArray[np.uint8], list[str]]:
    """0/1 table over the values that occur often enough, in alphabetical order."""
    names = sorted(value for value, count in Counter(values).items() if count >= MIN_COUNT and value)
    column = {name: i for i, name in enumerate(names)}
    table = np.zeros((len(values), len(names)), dtype=np.uint8)
    for row, value in enumerate(values):
        if value in column:
            table[row, column[value]] = 1
    return table, names


def read_like(path: Path) -> Like:
    """Product numbers, and words where there are any, of an .npz file, or numbers alone of a text file with one a line.

    Raises
    ------
    DataError
        The file is missing, or holds anything else.
    """
    words: tuple[str, ...] = ()
    if path.suffix == ".npz":
        table = read_rows(path, "id")
        if table.ndim != 1 or table.dtype.kind not in "iu":
            raise DataError(f"{path}: expected id to be a list of integers, got {table.shape} of dtype {table.dtype}")
        ids = tuple(int(key) for key in table)
        try:
            words = tuple(map(str, read_rows(path, "text_vocabulary")))
        except DataError:
            words = ()
    else:
        try:
            ids = tuple(int(line) for line in path.read_text(encoding="utf-8").split())
        except (OSError, ValueError) as error:
            raise DataError(f"{path}: expected one product number a line ({error})") from error
    if len(set(ids)) != len(ids):
        raise DataError(f"{path}: product numbers repeat")
    return Like(ids, words)
