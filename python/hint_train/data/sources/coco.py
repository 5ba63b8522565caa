"""COCO from its raw files: pictures, captions and instances to features, bags of words and labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hint_train.data.featurizers.words import N_WORDS, STOP_WORDS, Words, vocabulary
from hint_train.data.formats.jsonstream import elements
from hint_train.data.sources.manifest import ranked, read_manifest, split_by_rule
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from hint_train.data.sources.manifest import Split

_FOLDERS = (".", "train2017", "val2017", "train2014", "val2014")
_TAKEN = frozenset({"images", "annotations", "categories"})


@dataclass(slots=True)
class _Gathered:
    """What the files say, by picture."""

    file_name: dict[int, str] = field(default_factory=dict)
    captions: dict[int, list[str]] = field(default_factory=dict)
    categories: dict[int, str] = field(default_factory=dict)
    shown: dict[int, set[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CocoTexts:
    """All of the data set but the pictures themselves, rows in the order of the split.

    Attributes
    ----------
    ids, file_names, captions
        One entry for each pair; captions of a picture are joined by a line break.
    labels, label_names
        (n, categories) bool, and their names, by category number.
    text, words
        (n, words) 0/1, and the word of each column.
    split
        The manifest's rule over these rows.
    """

    ids: tuple[int, ...]
    file_names: tuple[str, ...]
    captions: tuple[str, ...]
    labels: NDArray[np.bool_]
    label_names: tuple[str, ...]
    text: NDArray[np.uint8]
    words: tuple[str, ...]
    split: Split


def read_coco(
    captions: Sequence[Path],
    instances: Sequence[Path],
    *,
    n_words: int = N_WORDS,
    n_query: int | None = None,
    n_train: int | None = None,
    read: Callable[[int], None] = lambda _: None,
) -> CocoTexts:
    """Captions and labels of the pictures that have both.

    Parameters
    ----------
    captions, instances
        The official files, in any number: `captions_train2017.json`, `instances_val2017.json` and so on.
    n_words
        Columns of the bag of words: the words in the most captions of the training pairs, without a fixed stop list.
    n_query, n_train
        Sizes of the split; the manifest's 5,000 and 10,000 by default.
    read
        Is told how many characters each step took.

    Returns
    -------
    texts
        Rows in the order of SHA-256("hint-split-1:coco:ID"), so that the last ones, which the split makes queries, are a
        random sample and not the newest pictures.

    Raises
    ------
    DataError
        A file is missing, torn or not of this format, or too few pictures have captions and labels.
    """
    manifest = read_manifest("coco")
    n_query = manifest.n_query if n_query is None else n_query
    n_train = manifest.n_train if n_train is None else n_train
    gathered = _Gathered()
    for path in (*captions, *instances):
        _gather(path, gathered, read)
    usable = sorted(gathered.captions.keys() & gathered.shown.keys() & gathered.file_name.keys())
    if len(usable) < n_query + 2:
        raise DataError(
            f"{len(usable):,} pictures have captions ({len(gathered.captions):,}) and labels ({len(gathered.shown):,}); "
            f"expected at least {n_query + 2:,}, for {n_query:,} queries and a database"
        )
    ids = [usable[i] for i in ranked("coco", usable)]
    split = split_by_rule("coco", len(ids), n_query, n_train)
    column = {category: i for i, category in enumerate(sorted(gathered.categories))}
    labels = np.zeros((len(ids), len(column)), dtype=bool)
    for row, key in enumerate(ids):
        labels[row, [column[category] for category in gathered.shown[key]]] = True
    counted = (caption for row in split.train for caption in gathered.captions[ids[row]])
    words = vocabulary(counted, n_words, STOP_WORDS)
    joined = tuple("\n".join(gathered.captions[key]) for key in ids)
    return CocoTexts(
        ids=tuple(ids),
        file_names=tuple(gathered.file_name[key] for key in ids),
        captions=joined,
        labels=labels,
        label_names=tuple(gathered.categories[category] for category in sorted(gathered.categories)),
        text=Words(words, "ascii").bags(joined),
        words=words,
        split=split,
    )


def _gather(path: Path, into: _Gathered, read: Callable[[int], None]) -> None:
    """Add one file. Its arrays may come in any order, so numbers of categories are checked at the end."""
    useful = False
    for array, element in elements(path, _TAKEN, read=read):
        if array == "images":
            into.file_name[_number(path, element, "id")] = _plain_name(path, _string(path, element, "file_name"))
        elif array == "categories":
            into.categories[_number(path, element, "id")] = _string(path, element, "name")
        elif "caption" in element:
            useful = True
            into.captions.setdefault(_number(path, element, "image_id"), []).append(_string(path, element, "caption"))
        elif "category_id" in element:
            useful = True
            into.shown.setdefault(_number(path, element, "image_id"), set()).add(_number(path, element, "category_id"))
    if not useful:
        raise DataError(f"{path}: expected annotations with a caption or a category_id, found none")
    unknown = {category for shown in into.shown.values() for category in shown} - into.categories.keys()
    if unknown:
        raise DataError(f"{path}: annotations name category {min(unknown)}, which is not among its categories")


def _number(path: Path, element: dict[str, Any], key: str) -> int:
    value = element.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise DataError(f"{path}: expected {key} to be an integer, got {value!r:.60}")
    return value


def _string(path: Path, element: dict[str, Any], key: str) -> str:
    value = element.get(key)
    if not isinstance(value, str):
        raise DataError(f"{path}: expected {key} to be a string, got {value!r:.60}")
    return value


def _plain_name(path: Path, name: str) -> str:
    if not name or name != Path(name).name or "\\" in name or "\0" in name:
        raise DataError(f"{path}: expected file_name to be a name without folders, got {name!r:.60}")
    return name


def find_pictures(folder: Path, names: Iterable[str]) -> list[Path]:
    """The files called `names`, in `folder` or in one of COCO's folders below it.

    Raises
    ------
    DataError
        Some are missing; the message counts them and names the first.
    """
    if not folder.is_dir():
        raise DataError(
            f"{folder}: no such folder; expected the pictures, such as train2017/ and val2017/ with .jpg files"
        )
    there: dict[str, Path] = {}
    for below in _FOLDERS:
        if (folder / below).is_dir():
            there |= {path.name: path for path in (folder / below).iterdir()}
    wanted = list(names)
    absent = [name for name in wanted if name not in there]
    if absent:
        raise DataError(
            f"{folder}: {len(absent):,} of {len(wanted):,} pictures are missing, the first is {absent[0]}; expected them "
            f"there or in {', '.join(f'{below}/' for below in _FOLDERS[1:])}"
        )
    return [there[name] for name in wanted]
