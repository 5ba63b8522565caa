"""Picture files to features, batch by batch, resumable: hours of work survive a power failure."""

from __future__ import annotations

import hashlib
import json
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from hint_train.errors import DataError
from hint_train.whole import written_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from hint_train.data.preparation.backbones import Backbone

MAX_PIXELS = 2**26
"""Greatest number of pixels of one picture; a small file can declare far more."""
_KEEP_EVERY = 32
"""Batches between two notes of how far the work is."""


def picture_features(
    paths: Sequence[Path],
    backbone: Backbone,
    partial: Path,
    *,
    batch: int = 32,
    n_threads: int = 4,
    done: Callable[[int], None] = lambda _: None,
) -> NDArray[np.float16]:
    """Features of the pictures in `paths`, in their order.

    Parameters
    ----------
    paths
        Files in any format that Pillow reads.
    backbone
        What computes the features.
    partial
        Path of the .npy file in which they gather. When it is there from an earlier call with the same files and backbone,
        the work goes on where it ended; the caller removes it, and the note `<partial>.json` beside it, when it is done.
    batch, n_threads
        Pictures at a time, and threads that decode them.
    done
        Is told how many pictures are finished.

    Returns
    -------
    features
        (n, d), mapped from `partial`; float16, whose 11 bits are more than such features carry.

    Raises
    ------
    DataError
        A picture is missing, torn or too large, or a feature is not finite.
    """
    if not paths:
        raise DataError("there are no pictures to take features of")
    job = _job(paths, backbone)
    table, start = _reopen(partial, job, len(paths))
    done(start)
    with ThreadPoolExecutor(n_threads) as pool:
        for first in range(start, len(paths), batch):
            part = paths[first : first + batch]
            pictures = torch.stack(list(pool.map(lambda path: load_picture(path, backbone), part)))
            values = _checked(backbone.encode(pictures).numpy(), part)
            if table is None:
                table = np.lib.format.open_memmap(partial, "w+", np.float16, (len(paths), values.shape[1]))
            table[first : first + len(part)] = values
            done(len(part))
            if (first // batch) % _KEEP_EVERY == _KEEP_EVERY - 1:
                _note(partial, table, job, first + len(part))
    assert table is not None
    _note(partial, table, job, len(paths))
    return table


def load_picture(path: Path, backbone: Backbone) -> torch.Tensor:
    """One picture as the backbone wants it, (3, size, size) float32.

    Raises
    ------
    DataError
        The file is missing, torn, no picture, or has more than `MAX_PIXELS` pixels.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings(), Image.open(path) as picture:
            warnings.simplefilter("ignore")  # Pillow's own warning about large pictures; the limit below refuses them
            if picture.width * picture.height > MAX_PIXELS:
                raise DataError(f"{path}: has {picture.width} x {picture.height} pixels, more than {MAX_PIXELS:,}")
            rgb = picture.convert("RGB")
            short = round(backbone.size / backbone.crop)
            scale = short / min(rgb.size)
            size = (max(short, round(rgb.width * scale)), max(short, round(rgb.height * scale)))
            rgb = rgb.resize(size, Image.Resampling.BICUBIC)
            left, top = (size[0] - backbone.size) // 2, (size[1] - backbone.size) // 2
            values = np.asarray(rgb.crop((left, top, left + backbone.size, top + backbone.size)), dtype=np.float32)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: not a readable picture ({type(error).__name__}: {error})") from error
    mean, std = (np.asarray(value, dtype=np.float32) for value in (backbone.mean, backbone.std))
    return torch.from_numpy(np.ascontiguousarray(((values / 255 - mean) / std).transpose(2, 0, 1)))


def _checked(values: NDArray[np.float32], paths: Sequence[Path]) -> NDArray[np.float16]:
    if values.ndim != 2 or len(values) != len(paths):
        raise DataError(f"the backbone gave shape {values.shape} for {len(paths)} pictures; expected one row for each")
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    bad = ~np.isfinite(half).all(axis=1)
    if bad.any():
        raise DataError(f"{paths[int(np.flatnonzero(bad)[0])]}: its features are not finite in float16")
    return half


def _job(paths: Sequence[Path], backbone: Backbone) -> str:
    """What the features depend on, apart from the contents of the files."""
    whole = json.dumps(
        [backbone.name, backbone.size, backbone.crop, backbone.mean, backbone.std, [p.name for p in paths]]
    )
    return hashlib.sha256(whole.encode()).hexdigest()


def _beside(partial: Path) -> Path:
    return partial.with_name(partial.name + ".json")


def _note(partial: Path, table: NDArray[np.float16], job: str, n_done: int) -> None:
    """Write down how many rows are finished, after they are on disk."""
    assert isinstance(table, np.memmap)
    table.flush()
    with written_atomically(_beside(partial)) as stream:
        stream.write(json.dumps({"job": job, "done": n_done}).encode())


def _reopen(partial: Path, job: str, n: int) -> tuple[NDArray[np.float16] | None, int]:
    """The table of an earlier call and how many of its rows are finished, or nothing."""
    try:
        note = json.loads(_beside(partial).read_text())
        if note["job"] != job:
            return None, 0
        table = np.lib.format.open_memmap(partial, "r+")
        if table.dtype != np.float16 or table.ndim != 2 or len(table) != n or not 0 <= note["done"] <= n:
            return None, 0
        return table, int(note["done"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, 0


def forget(partial: Path) -> None:
    """Remove what `picture_features` left for a later call."""
    partial.unlink(missing_ok=True)
    _beside(partial).unlink(missing_ok=True)
