"""Where the files of a data set lie: the layouts that circulate, each recognised by its file names and keys.

A finder looks into one folder and hands out attempts, one for each set of files that could be the data set. An attempt opens them:
it answers with a candidate, or with a sentence on what is missing or wrong. Names are compared in lower case. Nothing but
headers is read, but for text lists and the project's own .npz.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from hint_train.data.featurizers import Featurizers
from hint_train.data.featurizers.record import FILE as FEATURIZERS
from hint_train.data.formats.arrays import rows
from hint_train.data.formats.files import keys_of, open_matrix
from hint_train.data.formats.memory import InMemory
from hint_train.data.formats.names import NAMES_FILE, read_names
from hint_train.data.formats.npy import open_npy
from hint_train.data.formats.npz import read_npz
from hint_train.data.parts import NO_PARTS, Parts
from hint_train.data.raw import NO_RAW, Raw
from hint_train.data.sources.manifest import Split
from hint_train.data.sources.segments import Segment
from hint_train.data.sources.textlists import LISTS, read_lists
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from hint_train.data.sources.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Candidate:
    """Files that make a data set, opened and not yet read.

    Attributes
    ----------
    layout
        Name of the layout.
    files
        What belongs to it.
    segments
        Under `all` where one set of arrays holds every row, else under `query`, `database` and perhaps `train`; as they lie in the
        files, where pairs may be columns.
    numbers
        Row numbers of `query`, `retrieval` and `train`, where the layout brings them, unchecked, each with its name.
    parts
        Objects and words of the rows of `all`, where the layout brings them.
    notes
        What reading lost.
    raw
        What the rows of `all` came from, where the layout says it.
    """

    layout: str
    files: tuple[Path, ...]
    segments: Mapping[str, Segment]
    numbers: Mapping[str, tuple[str, NDArray[Any]]] | None = None
    parts: Parts = NO_PARTS
    notes: tuple[str, ...] = ()
    raw: Raw = NO_RAW

    def split(self, n: int) -> Split | None:
        """The row numbers, checked against `n` rows."""
        if self.numbers is None:
            return None
        return Split(**{part: rows(name, values, n) for part, (name, values) in self.numbers.items()})


Attempt = Callable[[], "Candidate | str | None"]
Key = tuple["Path", str]

_WHOLE_KEYS = (("XAll", "YAll", "LAll"), ("IAll", "YAll", "LAll"))
_PART_KEYS: tuple[dict[str, tuple[str, str, str]], ...] = (
    {"query": ("I_te", "T_te", "L_te"), "database": ("I_db", "T_db", "L_db"), "train": ("I_tr", "T_tr", "L_tr")},
    {"query": ("I_te", "T_te", "L_te"), "database": ("I_tr", "T_tr", "L_tr")},
    {
        "query": ("ImgQuery", "TagQuery", "LabQuery"),
        "database": ("ImgDataBase", "TagDataBase", "LabDataBase"),
        "train": ("ImgTrain", "TagTrain", "LabTrain"),
    },
    {"query": ("VTest", "YTest", "testL"), "database": ("VDatabase", "YDatabase", "databaseL")},
    {
        "query": ("test_imgs_deep", "test_text", "test_imgs_labels"),
        "database": ("train_imgs_deep", "train_text", "train_imgs_labels"),
    },
)
"""Keys of image, text and labels in files that hold several parts; an earlier entry is preferred."""
_ENDINGS = {"train": ("train",), "query": ("query", "test"), "database": ("database", "retrieval")}
_CONTAINER = r"\.(mat|h5|h5py|hdf5)$"


_FOLDERS = ("iall", "xall", "yall", "lall")
"""Folders in which one of three matrices may lie on its own."""
_PICTURES = ("images.npy", "image.npy")


def _files(folder: Path) -> dict[str, Path]:
    return {path.name.lower(): path for path in sorted(folder.iterdir()) if path.is_file()}


def _prefix(manifest: Manifest) -> str:
    """How the names of the files begin."""
    return f"(?:raw[-_])?(?:{manifest.prefix})"


def _segment(image: Key, text: Key, labels: Key) -> Segment:
    return Segment(open_matrix(*image), open_matrix(*text), open_matrix(*labels))


def find_npz(folder: Path, manifest: Manifest) -> Iterator[Attempt]:
    """One .npz file in the project's own format, as `hint-data prepare` writes it."""
    path = _files(folder).get(f"{manifest.name}.npz")
    if path is not None:
        yield partial(_npz, path, manifest)


def _npz(path: Path, manifest: Manifest) -> Candidate | str:
    data = read_npz(path)
    if data.labels is None:
        return f"{path} has no labels, which {manifest.name} needs to be measured; train on it with --dataset {path}"
    segment = Segment(*(InMemory(f"{path}: {key}", getattr(data, key)) for key in ("image", "text", "labels")))
    numbers = {key: (f"{path}: {key}", getattr(data, key)) for key in ("query", "retrieval", "train")}
    return Candidate(
        "npz", (path,), {"all": segment}, numbers, data.parts, raw=Raw(data.ids, data.captions, data.featurizers)
    )


def find_arrays(folder: Path, manifest: Manifest) -> Iterator[Attempt]:
    """Arrays as .npy files: image features, tags.npy, label.npy, and row numbers in test_num.npy and the like."""
    names = _files(folder)
    text = _first(names, "tags.npy", "text.npy", "texts.npy")
    labels = _first(names, "label.npy", "labels.npy")
    images = [
        path for name, path in names.items() if re.match(_prefix(manifest) + r".*\.npy$", name) or name in _PICTURES
    ]
    if labels is not None and (text is not None or images):
        yield partial(_arrays, folder, images, text, labels)


def _arrays(folder: Path, images: list[Path], text: Path | None, labels: Path) -> Candidate | str:
    if text is None or len(images) != 1:
        found = f": {', '.join(path.name for path in images)}" if images else ""
        what = "tags.npy" if text is None else f"exactly one .npy file of image features, got {len(images)}{found}"
        return f".npy arrays in {folder}: expected {what}"
    segment = Segment(open_matrix(images[0]), open_matrix(text), open_matrix(labels))
    names = _files(folder)
    parts = {
        part: _first(names, *(f"{word}{tail}.npy" for word in words for tail in ("_num", "")))
        for part, words in {
            "query": ("test", "query"),
            "retrieval": ("database", "retrieval"),
            "train": ("train",),
        }.items()
    }
    raw, beside = _said(names, segment.labels.shape[0])
    files = (images[0], text, labels, *beside)
    if not any(parts.values()):
        return Candidate("npy", files, {"all": segment}, raw=raw)
    absent = [part for part, path in parts.items() if path is None]
    if absent:
        return f".npy arrays in {folder}: row numbers for {', '.join(absent)} are missing, the others are there"
    present = {part: path for part, path in parts.items() if path is not None}
    numbers = {part: (str(path), open_npy(path).reshape(-1)) for part, path in present.items()}
    return Candidate("npy", (*files, *present.values()), {"all": segment}, numbers, raw=raw)


def _said(names: Mapping[str, Path], count: int) -> tuple[Raw, tuple[Path, ...]]:
    """What the pairs came from, and the files that say it, as `hint-data convert` writes them."""
    listed, described = names.get(NAMES_FILE), names.get(FEATURIZERS)
    found = {} if listed is None else read_names(listed, count)
    made = None if described is None else Featurizers.from_json(described.read_text("utf-8"), str(described))
    beside = tuple(path for path in (listed, described) if path is not None)
    return Raw(found.get("ids"), found.get("captions"), made), beside


def _first(names: Mapping[str, Path], *wanted: str) -> Path | None:
    return next((names[name] for name in wanted if name in names), None)


def find_triple(folder: Path, manifest: Manifest) -> Iterator[Attempt]:
    """Three files, one matrix each: ...-xall-vgg.mat or ...-iall-vgg.mat, ...-yall.mat, ...-lall.mat.

    Each may lie in a folder of its own, IAll/, YAll/ and LAll/; images may be images.npy.
    """
    roles: dict[str, dict[str, list[Path]]] = {}
    pattern = _prefix(manifest) + r".*?[-_](?P<letter>[ixyl])all(?P<tail>[-_a-z0-9]*)" + _CONTAINER
    pictures: dict[str, Path] = {}
    names = _files(folder)
    for below in sorted(path for path in folder.iterdir() if path.is_dir() and path.name.lower() in _FOLDERS):
        names |= _files(below)
    for name, path in names.items():
        match = re.match(pattern, name)
        if match:
            variant = next((word for word in ("rand", "clean") if word in match["tail"]), "")
            if match["letter"] == "i" and not re.sub(r"[-_]|rand|clean", "", match["tail"]):
                pictures[variant] = path  # most often raw pictures, beside the features in "-iall-vgg.mat"
                continue
            letter = "x" if match["letter"] == "i" else match["letter"]
            roles.setdefault(variant, {}).setdefault(letter, []).append(path)
    array = _first(names, *_PICTURES)
    if array is not None:
        for found in roles.values():
            found.setdefault("x", [array])
    for variant, path in pictures.items():
        roles.setdefault(variant, {}).setdefault("x", [path])
    for variant, found in sorted(roles.items(), reverse=True):  # "rand", the one UCCH reads, before the plain one
        yield partial(_triple, folder, variant, found)


def _triple(folder: Path, variant: str, found: Mapping[str, list[Path]]) -> Candidate | str:
    shown = f"files {f'of variant -{variant} ' if variant else ''}in {folder}"
    absent = [word for letter, word in (("x", "XAll"), ("y", "YAll"), ("l", "LAll")) if letter not in found]
    several = [str(path.relative_to(folder)) for paths in found.values() if len(paths) > 1 for path in paths]
    if absent:
        there = ", ".join(str(path.relative_to(folder)) for paths in found.values() for path in paths)
        return f"{shown}: no file with {', '.join(absent)} beside {there}"
    if several:
        return f"{shown}: keep one of {', '.join(several)}"
    files = [found[letter][0] for letter in "xyl"]
    keys = [_key(path, letters) for path, letters in zip(files, ("XI", "Y", "L"), strict=True)]
    return Candidate("three matrices", tuple(files), {"all": _segment(*keys)})


def _key(path: Path, letters: str) -> Key:
    """The key XAll, IAll, YAll or LAll that a file holds."""
    if path.suffix == ".npy":
        return path, ""
    held = keys_of(path)
    for letter in letters:
        if f"{letter}All" in held:
            return path, f"{letter}All"
    raise DataError(
        f"{path}: expected {' or '.join(f'{c}All' for c in letters)}; it holds {', '.join(held) or 'nothing'}"
    )


def find_single(folder: Path, manifest: Manifest) -> Iterator[Attempt]:
    """One file with all matrices: XAll, YAll, LAll, or the parts of a split under their own keys."""
    for name, path in _files(folder).items():
        if re.match(_prefix(manifest) + ".*" + _CONTAINER, name) and not re.search(
            r"[-_][ixyl]all|[-_](train|query|test|database)\.", name
        ):
            yield partial(_single, path)


def _single(path: Path) -> Candidate | str:
    held = keys_of(path)
    for keys in _WHOLE_KEYS:
        if set(held) >= set(keys):
            return Candidate("one file", (path,), {"all": _segment(*((path, key) for key in keys))})
    for parts in _PART_KEYS:
        if set(held) >= {key for keys in parts.values() for key in keys}:
            segments = {part: _segment(*((path, key) for key in keys)) for part, keys in parts.items()}
            return Candidate("one file, split", (path,), segments)
    return f"{path}: holds {', '.join(held) or 'nothing'}, which are the keys of no layout"


def find_parts(folder: Path, manifest: Manifest) -> Iterator[Attempt]:
    """One file for each part of the split: ..._train.mat, ..._query.mat, ..._database.mat with I_*, T_*, L_*."""
    files: dict[str, list[Path]] = {}
    for name, path in _files(folder).items():
        for part, words in _ENDINGS.items():
            if re.match(_prefix(manifest) + rf"(?:.*[-_])?({'|'.join(words)})" + _CONTAINER, name):
                files.setdefault(part, []).append(path)
    if files:
        yield partial(_by_part, folder, files)


def _by_part(folder: Path, files: Mapping[str, list[Path]]) -> Candidate | str:
    several = [path.name for paths in files.values() if len(paths) > 1 for path in paths]
    if several:
        return f"files by part in {folder}: keep one of {', '.join(several)}"
    absent = [part for part in ("query", "database") if part not in files]
    if absent:
        there = ", ".join(path.name for paths in files.values() for path in paths)
        return f"files by part in {folder}: no file for {', '.join(absent)} beside {there}"
    segments = {}
    for part, (path,) in files.items():
        held = keys_of(path)
        keys = [[key for key in held if key.startswith(f"{letter}_")] for letter in "ITL"]
        if any(len(found) != 1 for found in keys):
            return f"{path}: expected one key each that begins with I_, T_ and L_; it holds {', '.join(held)}"
        segments[part] = _segment(*((path, found[0]) for found in keys))
    return Candidate("files by part", tuple(path for (path,) in files.values()), segments)


def find_lists(folder: Path, _: Manifest) -> Iterator[Attempt]:
    """Text lists: all_tags.txt, all_labels.txt, TagList.txt, all_imgs.txt, and image.npy where features were made."""
    names = _files(folder)
    if any(name.lower() in names for name in LISTS):
        yield partial(_lists, folder, names)


def _lists(folder: Path, names: Mapping[str, Path]) -> Candidate | str:
    absent = [name for name in LISTS if name.lower() not in names]
    if absent:
        there = ", ".join(name for name in LISTS if name not in absent)
        return f"text lists in {folder}: no {', '.join(absent)} beside {there}"
    paths = {name: names[name.lower()] for name in LISTS}
    lists = read_lists(paths)
    image = _first(names, *reversed(_PICTURES))
    segment = Segment(
        None if image is None else open_matrix(image),
        InMemory(str(paths["all_tags.txt"]), lists.text),
        InMemory(str(paths["all_labels.txt"]), lists.labels),
    )
    files = (*paths.values(), *([] if image is None else [image]))
    described = names.get(FEATURIZERS)
    made = Featurizers(text=lists.words.description())
    if described is not None:
        made = Featurizers.from_json(described.read_text(encoding="utf-8"), str(described))
        files = (*files, described)
    distinct = len(set(lists.pictures)) == len(lists.pictures) and all(lists.pictures)
    raw = Raw(lists.pictures if distinct else None, lists.captions, made)
    return Candidate("text lists", files, {"all": segment}, notes=lists.notes, raw=raw)


FINDERS: tuple[Callable[[Path, Manifest], Iterator[Attempt]], ...] = (
    find_npz,
    find_arrays,
    find_triple,
    find_single,
    find_parts,
    find_lists,
)
"""One for each layout, in the order in which they are tried."""
