"""Reader of VTM-UCH's text lists: one line per pair, in the same order in every file.

`all_tags.txt` holds tags joined by commas, `TagList.txt` the vocabulary, `all_labels.txt` zeros and ones,
`all_imgs.txt` the names of the pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hint_train.data.featurizers.words import Words
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

LISTS = ("all_tags.txt", "all_labels.txt", "TagList.txt", "all_imgs.txt")
MAX_BYTES = 2**30
"""Greatest size of one list; the longest that circulates has 10 MB."""
MOST_EMPTY = 0.5
"""Share of the rows with tags that may have none that is known."""


@dataclass(frozen=True, slots=True)
class Lists:
    """0/1 bags of words (N, words), labels (N, c), N names of pictures and texts, what made the bags, and what reading lost."""

    text: NDArray[np.uint8]
    labels: NDArray[np.bool_]
    pictures: tuple[str, ...]
    captions: tuple[str, ...]
    words: Words
    notes: tuple[str, ...] = ()


def read_lists(paths: Mapping[str, Path]) -> Lists:
    """The lists under the names in `LISTS`.

    Raises
    ------
    DataError
        A list is unreadable, holds a tag twice, or is not as long as another one where they must agree; or of the rows with tags more than `MOST_EMPTY`
        have none that `TagList.txt` knows.
    """
    tags, pictures = _lines(paths["all_tags.txt"]), _lines(paths["all_imgs.txt"])
    labels = _labels(paths["all_labels.txt"])
    for name, n in (("all_tags.txt", len(tags)), ("all_imgs.txt", len(pictures))):
        if n != len(labels):
            raise DataError(f"{paths[name]}: has {n:,} lines; expected {len(labels):,}, as many as all_labels.txt")
    vocabulary = _vocabulary(paths["TagList.txt"])
    text = np.zeros((len(tags), len(vocabulary)), dtype=np.uint8)
    n_tags = n_unknown = n_tagged = 0
    without: list[int] = []
    for row, line in enumerate(tags):
        words = [tag for tag in map(str.strip, line.split(",")) if tag]
        known = [vocabulary[word] for word in words if word in vocabulary]
        text[row, known] = 1
        n_tags, n_unknown = n_tags + len(words), n_unknown + len(words) - len(known)
        n_tagged += bool(words)
        if words and not known:
            without.append(row)
    lost = f"{len(without):,} of {len(tags):,} rows have tags, and none that TagList.txt knows"
    if len(without) > MOST_EMPTY * n_tagged:
        raise DataError(
            f"{paths['all_tags.txt']}: {lost}, the first is line {without[0] + 1}: {tags[without[0]][:60]!r}; "
            "expected tags with commas between, written as in TagList.txt"
        )
    notes = [f"{n_unknown:,} of {n_tags:,} tags in all_tags.txt are not in TagList.txt"] if n_unknown else []
    notes += [f"all_tags.txt: {lost}"] if without else []
    return Lists(text, labels, tuple(pictures), tuple(tags), Words(tuple(vocabulary), "tags"), tuple(notes))


def _vocabulary(path: Path) -> dict[str, int]:
    """Column of each tag."""
    words = [word.strip() for word in _lines(path)]
    if not words:
        raise DataError(f"{path}: holds no tag")
    columns: dict[str, int] = {}
    for column, word in enumerate(words):
        first = columns.setdefault(word, column)
        if first != column:
            raise DataError(
                f"{path}: line {column + 1} is the tag {word!r} of line {first + 1} again; expected each tag once"
            )
    return columns


def _lines(path: Path) -> list[str]:
    """Lines without their ends; only the end of the last line is optional, empty lines count."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DataError(f"{path}: has {size:,} bytes, more than the limit of {MAX_BYTES:,}")
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not a readable text list ({error})") from error
    if lines[-1] == "":
        lines.pop()
    return [line.rstrip("\r") for line in lines]


def _labels(path: Path) -> NDArray[np.bool_]:
    lines = [line.rstrip() for line in _lines(path)]
    # A line of c labels is "0 1 ... 0": the same length everywhere, so that a whole file is one array of characters.
    width = len(lines[0]) if lines else 0
    if width == 0 or any(len(line) != width or not line.isascii() for line in lines):
        bad = next((i for i, line in enumerate(lines) if len(line) != width or not line.isascii()), 0)
        raise DataError(
            f"{path}: line {bad + 1} differs in length from the first; expected the same number of 0s and 1s"
        )
    table = np.frombuffer("".join(lines).encode("ascii"), np.uint8).reshape(len(lines), width)
    digits, gaps = table[:, ::2], table[:, 1::2]
    wrong = ((digits != ord("0")) & (digits != ord("1"))).any(axis=1) | (gaps != ord(" ")).any(axis=1)
    if wrong.any() or width % 2 == 0:
        line = int(np.flatnonzero(wrong)[0]) + 1 if wrong.any() else 1
        raise DataError(f"{path}: line {line} must hold 0s and 1s with one space between, got {lines[line - 1][:60]!r}")
    return np.ascontiguousarray(digits == ord("1"))
