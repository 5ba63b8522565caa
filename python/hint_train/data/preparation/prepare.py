"""Raw files of a data set to files that train: every output is written beside its name and renamed when complete."""

from __future__ import annotations

import logging
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from hint_train.data.featurizers import Featurizers
from hint_train.data.featurizers.record import FILE as FEATURIZERS
from hint_train.data.featurizers.words import Words
from hint_train.data.formats.names import NAMES_FILE
from hint_train.data.preparation.features import Work, forget, picture_features
from hint_train.data.preparation.write import write_npz
from hint_train.data.sources.coco import find_pictures
from hint_train.data.sources.named import load_named
from hint_train.data.sources.textlists import LISTS, read_lists
from hint_train.errors import DataError
from hint_train.whole import flush_folder, write_atomically, written_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hint_train.data.featurizers import PictureFeaturizer
    from hint_train.data.pairs import PairedData
    from hint_train.data.sources.coco import CocoTexts
    from hint_train.data.sources.fashion import FashionTexts
    from hint_train.data.sources.segments import PairsIn

_log = logging.getLogger(__name__)


def prepare_coco(
    texts: CocoTexts, images: Path, featurizer: PictureFeaturizer, out: Path, work: Work | None = None
) -> list[Path]:
    """Features of the pictures, joined with `texts`, as an .npz data set; the word list goes beside it.

    Parameters
    ----------
    texts
        From `hint_train.data.sources.coco.read_coco`.
    images
        Folder of the pictures, or of `train2017/`, `val2017/`.
    featurizer
        Of pictures.
    out
        The .npz file. Until it is complete, features gather in `.<name>.image.npy` beside it, from where a later call goes on.
    work
        Batch, threads and progress.

    Returns
    -------
    written
        The .npz file and the word list.
    """
    arrays: dict[str, NDArray[np.generic]] = {
        "text": texts.text,
        "labels": texts.labels.astype(np.uint8),
        "label_names": np.asarray(texts.label_names),
        "id": np.asarray(texts.ids, dtype=np.int64),
        "text_vocabulary": np.asarray(texts.words),
        "query": texts.split.query,
        "retrieval": texts.split.retrieval,
        "train": texts.split.train,
    }
    words = out.with_name(out.stem + "-words.txt")
    said = {"ids": texts.file_names, "captions": texts.captions}
    _with_images(
        out, find_pictures(images, texts.file_names), featurizer, arrays, Words(texts.words, "ascii"), said, work
    )
    with written_atomically(words) as stream:
        stream.write(("\n".join(texts.words) + "\n").encode())
    return [out, words]


def prepare_fashion(
    texts: FashionTexts, featurizer: PictureFeaturizer, out: Path, work: Work | None = None
) -> list[Path]:
    """Features of the product photos, joined with `texts`, as an .npz data set; see `prepare_coco`."""
    words = Words(tuple(map(str, texts.arrays["text_vocabulary"])), "ascii")
    said = {"ids": [path.name for path in texts.pictures], "captions": texts.arrays["title"].tolist()}
    _with_images(out, list(texts.pictures), featurizer, texts.arrays, words, said, work)
    return [out]


def prepare_lists(
    lists: Path, images: Path, featurizer: PictureFeaturizer, out: Path, work: Work | None = None
) -> list[Path]:
    """`image.npy` and `featurizers.json` for the text lists in `lists`: a row for each line of `all_imgs.txt`, found by file name."""
    there = {path.name.lower(): path for path in lists.iterdir()} if lists.is_dir() else {}
    absent = [name for name in LISTS if name.lower() not in there]
    if absent:
        raise DataError(f"{lists}: expected the text lists {', '.join(LISTS)}, no {', '.join(absent)}")
    read = read_lists({name: there[name.lower()] for name in LISTS})
    paths = find_pictures(images, [PurePosixPath(name).name for name in read.pictures])
    partial = _partial(out)
    picture_features(paths, featurizer, partial, work)
    with partial.open("rb+") as stream:
        os.fsync(stream.fileno())
    described = out.with_name(FEATURIZERS)
    made = Featurizers(featurizer.description(), read.words.description())
    write_atomically(described, made.to_json().encode())
    partial.replace(out)
    flush_folder(out.parent)
    forget(partial)
    return [out, described]


def _with_images(
    out: Path,
    paths: list[Path],
    featurizer: PictureFeaturizer,
    arrays: Mapping[str, NDArray[np.generic]],
    words: Words,
    texts: Mapping[str, Sequence[str]],
    work: Work | None,
) -> None:
    partial = _partial(out)
    image = picture_features(paths, featurizer, partial, work)
    made = np.asarray(Featurizers(featurizer.description(), words.description()).to_json())
    write_npz(out, {"image": image, **arrays, "featurizers": made}, texts)
    forget(partial)


def _partial(out: Path) -> Path:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{out.parent}: cannot be made ({error})") from error
    return out.with_name(f".{out.name}.image.npy")


def convert(name: str, data_dir: Path, out: Path, *, pairs_in: PairsIn = "auto") -> list[Path]:
    """Write a named data set as .npy arrays of float32, which are memory-mapped instead of read from then on.

    Raises
    ------
    DataError
        As `hint_train.data.sources.named.load_named`.
    """
    data = load_named(name, data_dir, pairs_in)
    assert data.labels is not None
    if data.parts.objects is not None or data.parts.words is not None:
        _log.warning("%s: objects and words are not converted; methods that use them need the .npz file", name)
    arrays = {"image": data.image, "text": data.text, "labels": data.labels}
    arrays |= {"query": data.query, "retrieval": data.retrieval, "train": data.train}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for key, array in arrays.items():
            with written_atomically(out / f"{key}.npy") as stream:
                np.lib.format.write_array(stream, np.asarray(array), allow_pickle=False)
        return [*(out / f"{key}.npy" for key in arrays), *_write_said(data, out)]
    except OSError as error:
        raise DataError(f"{out}: cannot be written ({error})") from error


def _write_said(data: PairedData, out: Path) -> list[Path]:
    """Write what the pairs came from, where the data set says it."""
    names, described = out / NAMES_FILE, out / FEATURIZERS
    texts = {key: lines for key, lines in (("ids", data.ids), ("captions", data.captions)) if lines is not None}
    if texts:
        write_npz(names, {}, texts)
    if data.featurizers is not None:
        write_atomically(described, data.featurizers.to_json().encode())
    return [path for path, there in ((names, texts), (described, data.featurizers)) if there]
