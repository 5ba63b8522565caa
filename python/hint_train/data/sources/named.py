"""The field's data sets by name: found in a folder, read from whatever layout lies there, split as the field splits them."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hint_train.data.formats.memory import InMemory
from hint_train.data.formats.npy import NpyMatrix
from hint_train.data.formats.stored import finite_blocks, read_features, read_labels
from hint_train.data.pairs import PairedData
from hint_train.data.sources.layouts import FINDERS, Located, Segment
from hint_train.data.sources.manifest import Manifest, Split, read_manifest, split_by_rule
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from hint_train.data.formats.stored import Stored

_log = logging.getLogger(__name__)

NAMES = ("mirflickr", "nuswide", "nuswide-tc21", "coco", "iapr-tc12")
"""Data sets that have a manifest."""


def load_named(name: str, data_dir: Path | None) -> PairedData:
    """Read the data set `name`.

    Parameters
    ----------
    name
        One of `NAMES`.
    data_dir
        Folder that holds the files, or a folder of them with a name such as `mirflickr25k`.

    Returns
    -------
    data
        Features that lie in an .npy file of float32 stay there and are memory-mapped; all others are in memory.

    Raises
    ------
    DataError
        Files are missing or unfit; the message says what was expected and what arrived.
    """
    manifest = read_manifest(name)
    located = locate(manifest, data_dir)
    for deviation in deviations(manifest, located):
        _log.warning("%s: %s", name, deviation)
    if "all" in located.segments:
        return _load_whole(manifest, located, located.segments["all"])
    return _load_parts(manifest, located)


def locate(manifest: Manifest, data_dir: Path | None) -> Located:
    """Find the first layout that is complete in `data_dir` or in a folder of the data set's name below it.

    Raises
    ------
    DataError
        None is complete; the message lists what is needed, and what of it is there.
    """
    if data_dir is None:
        raise DataError(f"{manifest.name} needs --data-dir, the folder with its files. {needed(manifest)}")
    if not data_dir.is_dir():
        raise DataError(f"{data_dir}: no such folder. {needed(manifest)}")
    reasons: list[str] = []
    for folder in _folders(data_dir, manifest):
        for finder in FINDERS.values():
            found = finder(folder, manifest)
            if isinstance(found, Located):
                return found
            if found is not None:
                reasons.append(found)
    partly = f" Found in part: {'; '.join(reasons)}." if reasons else ""
    raise DataError(f"no complete layout of {manifest.name} in {data_dir}.{partly} {needed(manifest)}")


def _folders(data_dir: Path, manifest: Manifest) -> Iterator[Path]:
    yield data_dir
    below = {path.name.lower(): path for path in sorted(data_dir.iterdir()) if path.is_dir()}
    yield from (below[name] for name in manifest.folders if name in below)


def needed(manifest: Manifest) -> str:
    """What has to be where, one line for each layout."""
    lines = [f"Put one of these into the data folder, or into {manifest.folders[0]}/ below it ({manifest.title}):"]
    lines += [f"  {layout}: {files}" for layout, files in manifest.layouts.items()]
    return "\n".join(lines)


def deviations(manifest: Manifest, located: Located) -> list[str]:
    """Where sizes differ from those that circulate: worth a word, as figures then compare with nobody's."""
    found = []
    first = next(iter(located.segments.values()))
    if "all" in located.segments and located.split is None and first.labels.shape[0] not in manifest.pairs:
        expected = " or ".join(f"{n:,}" for n in manifest.pairs)
        found.append(f"expected {expected} pairs, got {first.labels.shape[0]:,}")
    for what, matrix, widths in (("image", first.image, manifest.image), ("text", first.text, manifest.text)):
        if matrix is not None and matrix.shape[1] not in widths:
            expected = " or ".join(f"{width:,}" for width in widths)
            found.append(f"expected {what} features of width {expected}, got {matrix.shape[1]:,}")
    return found


def no_images(manifest: Manifest, located: Located) -> str:
    """What is missing where a layout has texts and labels alone."""
    folder = located.files[0].parent
    return (
        f"images are missing: {located.layout} in {folder} hold texts and labels. Put {folder / 'image.npy'} beside them, "
        f"one row of features for each line of all_imgs.txt; `hint-data prepare {manifest.name}` makes it from the pictures"
    )


def _load_whole(manifest: Manifest, located: Located, segment: Segment) -> PairedData:
    if segment.image is None:
        raise DataError(no_images(manifest, located))
    labels = read_labels(segment.labels)
    split = located.split or manifest.split(labels)
    check_split(manifest.name, split)
    image, text = _values(segment.image), _values(segment.text)
    rows = (split.query, split.retrieval, split.train)
    return PairedData(manifest.name, image, text, labels, *rows, parts=located.parts)


def _values(matrix: Stored) -> NDArray[np.float32]:
    held = matrix.values if isinstance(matrix, NpyMatrix | InMemory) else None
    if held is not None and held.dtype == np.float32 and held.flags.c_contiguous:
        for _ in finite_blocks(matrix):
            pass
        return held
    return read_features(matrix)


def check_split(name: str, split: Split) -> None:
    """Refuse queries that are also in the database or the training set; say when training rows are not in the database."""
    for part, other in (("retrieval", split.retrieval), ("train", split.train)):
        shared = np.intersect1d(split.query, other)
        if len(shared):
            raise DataError(f"{name}: query and {part} share {len(shared):,} rows, the first is {shared[0]}")
    if len(split.train) < 2:
        raise DataError(f"{name}: expected at least 2 training rows, got {len(split.train)}")
    outside = len(np.setdiff1d(split.train, split.retrieval))
    if outside:
        _log.warning("%s: %d of %d training rows are not in the database", name, outside, len(split.train))


def _load_parts(manifest: Manifest, located: Located) -> PairedData:
    """Files by part: the rows of query and database one after the other, training rows found among the database's."""
    named = located.segments
    held = [named["query"], named["database"]]
    if any(segment.image is None for segment in named.values()):
        raise DataError(no_images(manifest, located))
    image, text, labels = _stack(held, "image"), _stack(held, "text"), _stack_labels(held)
    n_query, n = held[0].labels.shape[0], len(labels)
    query, retrieval = np.arange(n_query), np.arange(n_query, n)
    if "train" not in named:
        ruled = _ruled_train(manifest, n - n_query)
        return PairedData(manifest.name, image, text, labels, query, retrieval, retrieval[ruled])
    part = named["train"]
    found = _find_rows(image[n_query:], text[n_query:], _stack([part], "image"), _stack([part], "text"))
    if found is None:
        _log.warning("%s: training rows are not all in the database; they are kept apart from it", manifest.name)
        held.append(part)
        image, text, labels = _stack(held, "image"), _stack(held, "text"), _stack_labels(held)
        train = np.arange(n, len(labels))
    else:
        train = np.sort(found) + n_query
    split = Split(query, retrieval, train)
    check_split(manifest.name, split)
    return PairedData(manifest.name, image, text, labels, split.query, split.retrieval, split.train)


def _ruled_train(manifest: Manifest, n_database: int) -> NDArray[np.int64]:
    """Positions in the database of the training rows that the manifest's rule draws."""
    return split_by_rule(manifest.name, n_database, 0, manifest.n_train).train


def _stack(segments: Sequence[Segment], what: str) -> NDArray[np.float32]:
    matrices: list[Stored] = [getattr(segment, what) for segment in segments]
    widths = {matrix.shape[1] for matrix in matrices}
    if len(widths) != 1:
        raise DataError(
            f"{matrices[0].name}: expected one width in all parts, got {', '.join(map(str, sorted(widths)))}"
        )
    out = np.empty((sum(matrix.shape[0] for matrix in matrices), widths.pop()), dtype=np.float32)
    start = 0
    for matrix in matrices:
        for rows, columns, block in finite_blocks(matrix):
            out[start + (rows.start or 0) : start + rows.stop, columns] = block
        start += matrix.shape[0]
    return out


def _stack_labels(segments: Sequence[Segment]) -> NDArray[np.bool_]:
    return np.concatenate([read_labels(segment.labels) for segment in segments])


def _find_rows(
    image: NDArray[np.float32],
    text: NDArray[np.float32],
    wanted_image: NDArray[np.float32],
    wanted_text: NDArray[np.float32],
) -> NDArray[np.int64] | None:
    """Row of each wanted pair among the others, equal pairs one after the other, or None unless all are there.

    Costs one hash for each row of both; the hash stands for the row, as equal ones are equal rows with certainty for all
    practical purposes (128 bits).
    """
    places: dict[bytes, list[int]] = {}
    for row in range(len(image) - 1, -1, -1):
        places.setdefault(_digest(image[row], text[row]), []).append(row)
    found = []
    for one_image, one_text in zip(wanted_image, wanted_text, strict=True):
        rows = places.get(_digest(one_image, one_text))
        if not rows:
            return None
        found.append(rows.pop())
    return np.asarray(found, dtype=np.int64)


def _digest(image: NDArray[np.float32], text: NDArray[np.float32]) -> bytes:
    digest = hashlib.blake2b(image.tobytes(), digest_size=16)
    digest.update(text.tobytes())
    return digest.digest()
