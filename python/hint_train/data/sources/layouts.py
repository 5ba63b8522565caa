"""Where the files of a data set lie: the layouts that circulate, each recognised by its file names and keys.

A finder looks into one folder and answers with what it found, with a sentence on what is missing from a layout that is there
in part, or with None. Names are compared in lower case. Nothing but headers is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hint_train.data.formats.files import keys_of, open_matrix
from hint_train.data.formats.memory import InMemory
from hint_train.data.formats.npy import open_npy
from hint_train.data.formats.npz import read_npz, rows
from hint_train.data.formats.stored import Transposed
from hint_train.data.parts import NO_PARTS, Parts
from hint_train.data.sources.manifest import Split
from hint_train.data.sources.textlists import LISTS, read_lists
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from hint_train.data.formats.stored import Stored
    from hint_train.data.sources.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows that lie together: the labels, the texts and, where there are any, the images, with equally many rows."""

    image: Stored | None
    text: Stored
    labels: Stored


@dataclass(frozen=True, slots=True)
class Located:
    """A data set that was found and not yet read.

    Attributes
    ----------
    layout
        Name of the layout.
    files
        What belongs to it.
    segments
        Under `all` where one set of arrays holds every row, else under `query`, `database` and perhaps `train`.
    split
        Row numbers, where the layout brings them; otherwise the manifest's rule applies to `all`.
    parts
        Objects and words of the rows of `all`, where the layout brings them.
    """

    layout: str
    files: tuple[Path, ...]
    segments: Mapping[str, Segment]
    split: Split | None = None
    parts: Parts = NO_PARTS


Finding = Located | str | None
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


def _files(folder: Path) -> dict[str, Path]:
    return {path.name.lower(): path for path in sorted(folder.iterdir()) if path.is_file()}


def oriented(name: str, image: Stored | None, text: Stored, labels: Stored, n_labels: int) -> Segment:
    """The three matrices with one row per pair, turned where a file has pairs as columns.

    Raises
    ------
    DataError
        The labels have not `n_labels` classes, or a matrix has another number of rows than the labels.
    """
    if labels.shape[1] != n_labels:
        if labels.shape[0] != n_labels:
            raise DataError(
                f"{labels.name}: expected labels of shape (rows, {n_labels}) for {name}, got {labels.shape}"
            )
        labels = Transposed(labels)
    n = labels.shape[0]
    return Segment(None if image is None else _with_rows(image, n), _with_rows(text, n), labels)


def _with_rows(matrix: Stored, n: int) -> Stored:
    if matrix.shape[0] == n:
        return matrix
    if matrix.shape[1] == n:
        return Transposed(matrix)
    raise DataError(f"{matrix.name}: expected {n:,} rows, as many as labels, got shape {matrix.shape}")


def _segment(manifest: Manifest, image: Key, text: Key, labels: Key) -> Segment:
    return oriented(manifest.name, open_matrix(*image), open_matrix(*text), open_matrix(*labels), manifest.labels)


def find_npz(folder: Path, manifest: Manifest) -> Finding:
    """One .npz file in the project's own format, as `hint-data prepare` writes it."""
    path = _files(folder).get(f"{manifest.name}.npz")
    if path is None:
        return None
    data = read_npz(path)
    if data.labels is None:
        return f"{path} has no labels, which {manifest.name} needs to be measured; train on it with --dataset {path}"
    held = [InMemory(f"{path}: {key}", getattr(data, key)) for key in ("image", "text", "labels")]
    segment = oriented(manifest.name, held[0], held[1], held[2], manifest.labels)
    return Located("npz", (path,), {"all": segment}, Split(data.query, data.retrieval, data.train), data.parts)


def find_arrays(folder: Path, manifest: Manifest) -> Finding:
    """Arrays as .npy files: image features, tags.npy, label.npy, and row numbers in test_num.npy and the like."""
    names = _files(folder)
    text = _first(names, "tags.npy", "text.npy", "texts.npy")
    labels = _first(names, "label.npy", "labels.npy")
    images = [p for name, p in names.items() if re.match(manifest.prefix + r".*\.npy$", name) or name == "image.npy"]
    if labels is None or (text is None and not images):
        return None
    if text is None or len(images) != 1:
        what = "tags.npy" if text is None else f"exactly one .npy file of image features, got {len(images)}"
        return f".npy arrays in {folder}: expected {what}"
    segment = oriented(manifest.name, open_matrix(images[0]), open_matrix(text), open_matrix(labels), manifest.labels)
    parts = {
        part: _first(names, *(f"{word}{tail}.npy" for word in words for tail in ("_num", "")))
        for part, words in {
            "query": ("test", "query"),
            "retrieval": ("database", "retrieval"),
            "train": ("train",),
        }.items()
    }
    if not any(parts.values()):
        return Located("npy", (images[0], text, labels), {"all": segment})
    absent = [part for part, path in parts.items() if path is None]
    if absent:
        return f".npy arrays in {folder}: row numbers for {', '.join(absent)} are missing, the others are there"
    numbers = {part: path for part, path in parts.items() if path is not None}
    n = segment.labels.shape[0]
    split = Split(**{part: rows(str(path), open_npy(path).reshape(-1), n) for part, path in numbers.items()})
    return Located("npy", (images[0], text, labels, *numbers.values()), {"all": segment}, split)


def _first(names: Mapping[str, Path], *wanted: str) -> Path | None:
    return next((names[name] for name in wanted if name in names), None)


def find_triple(folder: Path, manifest: Manifest) -> Finding:
    """Three files, one matrix each: ...-xall-vgg.mat or ...-iall-vgg.mat, ...-yall.mat, ...-lall.mat."""
    roles: dict[str, dict[str, list[Path]]] = {}
    pattern = manifest.prefix + r".*?[-_](?P<letter>[ixyl])all(?P<tail>[-_a-z0-9]*)" + _CONTAINER
    pictures: dict[str, Path] = {}
    for name, path in _files(folder).items():
        match = re.match(pattern, name)
        if match:
            variant = next((word for word in ("rand", "clean") if word in match["tail"]), "")
            if match["letter"] == "i" and not re.sub(r"[-_]|rand|clean", "", match["tail"]):
                pictures[variant] = path  # most often raw pictures, beside the features in "-iall-vgg.mat"
                continue
            letter = "x" if match["letter"] == "i" else match["letter"]
            roles.setdefault(variant, {}).setdefault(letter, []).append(path)
    for variant, path in pictures.items():
        roles.setdefault(variant, {}).setdefault("x", [path])
    reasons = []
    for variant, found in sorted(roles.items(), reverse=True):  # "rand", the one UCCH reads, before the plain one
        shown = f"files {f'of variant -{variant} ' if variant else ''}in {folder}"
        absent = [word for letter, word in (("x", "XAll"), ("y", "YAll"), ("l", "LAll")) if letter not in found]
        several = [path.name for paths in found.values() if len(paths) > 1 for path in paths]
        if absent or several:
            reasons.append(
                f"{shown}: no file with {', '.join(absent)}" if absent else f"{shown}: keep one of {', '.join(several)}"
            )
            continue
        files = [found[letter][0] for letter in "xyl"]
        keys = [_key(path, letters) for path, letters in zip(files, ("XI", "Y", "L"), strict=True)]
        return Located("three matrices", tuple(files), {"all": _segment(manifest, *keys)})
    return "; ".join(reasons) or None


def _key(path: Path, letters: str) -> Key:
    """The key XAll, IAll, YAll or LAll that a file holds."""
    held = keys_of(path)
    for letter in letters:
        if f"{letter}All" in held:
            return path, f"{letter}All"
    raise DataError(
        f"{path}: expected {' or '.join(f'{c}All' for c in letters)}; it holds {', '.join(held) or 'nothing'}"
    )


def find_single(folder: Path, manifest: Manifest) -> Finding:
    """One file with all matrices: XAll, YAll, LAll, or the parts of a split under their own keys."""
    for name, path in _files(folder).items():
        if not re.match(manifest.prefix + ".*" + _CONTAINER, name) or re.search(
            r"[-_][ixyl]all|[-_](train|query|test|database)\.", name
        ):
            continue
        held = set(keys_of(path))
        for keys in _WHOLE_KEYS:
            if held >= set(keys):
                segment = _segment(manifest, *((path, key) for key in keys))
                return Located("one file", (path,), {"all": segment})
        for parts in _PART_KEYS:
            if held >= {key for keys in parts.values() for key in keys}:
                segments = {part: _segment(manifest, *((path, key) for key in keys)) for part, keys in parts.items()}
                return Located("one file, split", (path,), segments)
    return None


def find_parts(folder: Path, manifest: Manifest) -> Finding:
    """One file for each part of the split: ..._train.mat, ..._query.mat, ..._database.mat with I_*, T_*, L_*."""
    files: dict[str, Path] = {}
    for name, path in _files(folder).items():
        for part, words in _ENDINGS.items():
            if re.match(manifest.prefix + rf"(?:.*[-_])?({'|'.join(words)})" + _CONTAINER, name):
                if part in files:
                    return f"files by part in {folder}: keep one of {files[part].name}, {path.name}"
                files[part] = path
    if not files:
        return None
    absent = [part for part in ("query", "database") if part not in files]
    if absent:
        return f"files by part in {folder}: no file for {', '.join(absent)}"
    segments = {}
    for part, path in files.items():
        held = keys_of(path)
        keys = [[key for key in held if key.startswith(f"{letter}_")] for letter in "ITL"]
        if any(len(found) != 1 for found in keys):
            raise DataError(f"{path}: expected one key each that begins with I_, T_ and L_; it holds {', '.join(held)}")
        segments[part] = _segment(manifest, *((path, found[0]) for found in keys))
    return Located("files by part", tuple(files.values()), segments)


def find_lists(folder: Path, manifest: Manifest) -> Finding:
    """Text lists: all_tags.txt, all_labels.txt, TagList.txt, all_imgs.txt, and image.npy where features were made."""
    names = _files(folder)
    absent = [name for name in LISTS if name.lower() not in names]
    if len(absent) == len(LISTS):
        return None
    if absent:
        return f"text lists in {folder}: no {', '.join(absent)}"
    paths = {name: names[name.lower()] for name in LISTS}
    lists = read_lists(paths)
    image = names.get("image.npy")
    segment = oriented(
        manifest.name,
        None if image is None else open_matrix(image),
        InMemory(str(paths["all_tags.txt"]), lists.text),
        InMemory(str(paths["all_labels.txt"]), lists.labels),
        manifest.labels,
    )
    return Located("text lists", (*paths.values(), *([] if image is None else [image])), {"all": segment})


FINDERS: dict[str, Callable[[Path, Manifest], Finding]] = {
    "npz": find_npz,
    "npy": find_arrays,
    "three matrices": find_triple,
    "one file": find_single,
    "files by part": find_parts,
    "text lists": find_lists,
}
"""Layouts in the order in which they are tried."""
