"""Raw files of a data set to files that train: every output is written beside its name and renamed when complete."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from hint_train.data.preparation.features import forget, picture_features
from hint_train.data.sources.coco import find_pictures
from hint_train.data.sources.named import load_named
from hint_train.data.sources.textlists import LISTS, read_lists
from hint_train.errors import DataError
from hint_train.whole import flush_folder, written_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from hint_train.data.preparation.backbones import Backbone
    from hint_train.data.sources.coco import CocoTexts
    from hint_train.data.sources.fashion import FashionTexts
    from hint_train.data.sources.segments import PairsIn

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """How pictures are worked through, and who is told of each finished one."""

    batch: int = 32
    n_threads: int = 4
    done: Callable[[int], None] = lambda _: None


def write_npz(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write `arrays` uncompressed, in blocks where they are memory-mapped, atomically and without pickle.

    Raises
    ------
    DataError
        The folder cannot be written.
    """
    assert not any(array.dtype.hasobject for array in arrays.values())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_atomically(path) as stream:
            np.savez(stream, **arrays)  # type: ignore[arg-type]  # the stub reads keys as allow_pickle
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error})") from error


def prepare_coco(texts: CocoTexts, images: Path, backbone: Backbone, out: Path, work: Work | None = None) -> list[Path]:
    """Features of the pictures, joined with `texts`, as an .npz data set; the word list goes beside it.

    Parameters
    ----------
    texts
        From `hint_train.data.sources.coco.read_coco`.
    images
        Folder of the pictures, or of `train2017/`, `val2017/`.
    backbone
        From `hint_train.data.preparation.backbones.load_backbone`, or any `Backbone`.
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
    _with_images(out, find_pictures(images, texts.file_names), backbone, arrays, work or Work())
    with written_atomically(words) as stream:
        stream.write(("\n".join(texts.words) + "\n").encode())
    return [out, words]


def prepare_fashion(texts: FashionTexts, backbone: Backbone, out: Path, work: Work | None = None) -> list[Path]:
    """Features of the product photos, joined with `texts`, as an .npz data set; see `prepare_coco`."""
    _with_images(out, list(texts.pictures), backbone, texts.arrays, work or Work())
    return [out]


def prepare_lists(lists: Path, images: Path, backbone: Backbone, out: Path, work: Work | None = None) -> list[Path]:
    """`image.npy` for the text lists in `lists`: one row for each line of `all_imgs.txt`, pictures found by file name."""
    there = {path.name.lower(): path for path in lists.iterdir()} if lists.is_dir() else {}
    absent = [name for name in LISTS if name.lower() not in there]
    if absent:
        raise DataError(f"{lists}: expected the text lists {', '.join(LISTS)}, no {', '.join(absent)}")
    names = read_lists({name: there[name.lower()] for name in LISTS}).pictures
    paths = find_pictures(images, [PurePosixPath(name).name for name in names])
    partial = _partial(out)
    work = work or Work()
    picture_features(paths, backbone, partial, batch=work.batch, n_threads=work.n_threads, done=work.done)
    with partial.open("rb+") as stream:
        os.fsync(stream.fileno())
    partial.replace(out)
    flush_folder(out.parent)
    forget(partial)
    return [out]


def _with_images(
    out: Path, paths: list[Path], backbone: Backbone, arrays: dict[str, NDArray[np.generic]], work: Work
) -> None:
    partial = _partial(out)
    image = picture_features(paths, backbone, partial, batch=work.batch, n_threads=work.n_threads, done=work.done)
    write_npz(out, {"image": image, **arrays, "backbone": np.asarray(backbone.name)})
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
    except OSError as error:
        raise DataError(f"{out}: cannot be written ({error})") from error
    return [out / f"{key}.npy" for key in arrays]
