"""`items.npz`: what the rows of a run are called and how they were split, so that a hit is named without the data set."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import numpy as np

from hint_train.data.formats.arrays import rows
from hint_train.data.formats.npy import read_header
from hint_train.data.formats.texts import distinct, read_texts, write_texts
from hint_train.errors import DataError
from hint_train.whole import written_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from hint_train.data.pairs import PairedData

ITEMS = "items.npz"
_SPLIT = ("query", "retrieval", "train")


@dataclass(frozen=True, slots=True)
class Items:
    """The pairs of a run.

    Attributes
    ----------
    ids
        A name for each pair, unique; the number of its row where the data set has none.
    captions
        A text for each pair, where the data set has them.
    query, retrieval, train
        Row numbers, int64, as in `PairedData`.
    """

    ids: tuple[str, ...]
    captions: tuple[str, ...] | None
    query: NDArray[np.int64]
    retrieval: NDArray[np.int64]
    train: NDArray[np.int64]

    @classmethod
    def of(cls, data: PairedData) -> Items:
        """Those of a data set."""
        ids = tuple(map(str, range(len(data.image)))) if data.ids is None else data.ids
        return cls(ids, data.captions, data.query, data.retrieval, data.train)

    def write(self, folder: Path) -> None:
        """Write `items.npz`: arrays as NumPy stores them, deflated, none of them of objects."""
        texts = {"ids": self.ids} | ({} if self.captions is None else {"captions": self.captions})
        with (
            written_atomically(folder / ITEMS) as stream,
            zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for name, lines in texts.items():
                with archive.open(_member(name), "w", force_zip64=True) as member:
                    write_texts(member, lines)
            for name in _SPLIT:
                with archive.open(_member(name), "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, getattr(self, name), allow_pickle=False)


def read_items(path: Path) -> Items:
    """The items of a run.

    Raises
    ------
    DataError
        It is no such file, or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            with archive.open("ids.npy") as stream:
                ids = _texts(f"{path}: ids", stream)
            captions = None
            if "captions.npy" in archive.namelist():
                with archive.open("captions.npy") as stream:
                    captions = _texts(f"{path}: captions", stream)
            split = {}
            for name in _SPLIT:
                with archive.open(f"{name}.npy") as stream:
                    found = np.lib.format.read_array(stream, allow_pickle=False)
                split[name] = rows(f"{path}: {name}", found, len(ids))
    except (zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, RuntimeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: not the items of a run ({error})") from error
    distinct(f"{path}: ids", ids)
    if captions is not None and len(captions) != len(ids):
        raise DataError(f"{path}: expected a caption for each of {len(ids)} ids, got {len(captions)}")
    return Items(ids, captions, **split)


def _texts(name: str, stream: IO[bytes]) -> tuple[str, ...]:
    shape, _, dtype = read_header(stream)
    return read_texts(name, stream, shape, dtype)


def _member(name: str) -> zipfile.ZipInfo:
    about = zipfile.ZipInfo(f"{name}.npy")  # no date: equal items make equal files
    about.compress_type = zipfile.ZIP_DEFLATED
    return about
