"""The field's data sets by name: found in a folder, read from whatever layout lies there, split as the field splits them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

from hint_train.data.formats.memory import InMemory
from hint_train.data.formats.npy import NpyMatrix
from hint_train.data.formats.stored import finite_blocks, read_features, read_labels, zero_rows
from hint_train.data.pairs import PairedData
from hint_train.data.repeated import told
from hint_train.data.sources.byparts import load_parts
from hint_train.data.sources.manifest import Manifest, Split, read_manifest
from hint_train.data.sources.search import locate
from hint_train.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from hint_train.data.formats.stored import Stored
    from hint_train.data.sources.search import Located
    from hint_train.data.sources.segments import PairsIn

_log = logging.getLogger(__name__)

NAMES = ("mirflickr", "nuswide", "nuswide-tc21", "coco", "iapr-tc12")
"""Data sets that have a manifest."""


def load_named(name: str, data_dir: Path | None, pairs_in: PairsIn = "auto") -> PairedData:
    """Read the data set `name`.

    Parameters
    ----------
    name
        One of `NAMES`.
    data_dir
        Folder that holds the files, or a folder of them with a name such as `mirflickr25k`.
    pairs_in
        Whether pairs are rows or columns of all matrices; `auto` goes by the sizes.

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
    located = locate(manifest, data_dir, pairs_in)
    found = deviations(manifest, located)
    for deviation in found:
        _log.warning("%s: %s", name, deviation)
    if any(segment.image is None for segment in located.segments.values()):
        raise DataError(no_images(manifest, located))
    notes = (*located.notes, *found)
    if "all" in located.segments:
        return _load_whole(manifest, located, notes)
    return load_parts(manifest, located.segments, notes)


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


def _load_whole(manifest: Manifest, located: Located, notes: tuple[str, ...]) -> PairedData:
    segment = located.segments["all"]
    assert segment.image is not None
    labels = read_labels(segment.labels)
    split = located.split or manifest.split(labels)
    check_split(manifest.name, split)
    if located.split is None:
        notes += unlabelled(labels)
    image, text = _values(segment.image), _values(segment.text)
    notes += told(manifest.name, image, text, split.query, split.retrieval) + zero_rows("texts", text)
    rows = (split.query, split.retrieval, split.train)
    raw = located.raw
    if raw.featurizers is not None:
        raw.featurizers.check_widths(manifest.name, image.shape[1], text.shape[1])
    return PairedData(
        manifest.name,
        image,
        text,
        labels,
        *rows,
        parts=located.parts,
        notes=notes,
        ids=raw.ids,
        captions=raw.captions,
        featurizers=raw.featurizers,
    )


def unlabelled(labels: NDArray[np.bool_]) -> tuple[str, ...]:
    """A note on rows that a split by rule leaves out, if there are any."""
    count = int((~labels.any(axis=1)).sum())
    return (f"{count:,} of {len(labels):,} rows have no label and are in no part of the split",) if count else ()


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
