"""The data sets by name."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hint_train.data.formats.npz import read_npz
from hint_train.data.repeated import told
from hint_train.data.sources.named import NAMES, load_named
from hint_train.data.sources.shapes import shapes
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hint_train.data.pairs import PairedData
    from hint_train.data.sources.segments import PairsIn

DATASETS: dict[str, Callable[[Path | None], PairedData]] = {
    "shapes": lambda _: shapes(),
    **{name: partial(load_named, name) for name in NAMES},
}
"""Name of a data set to a function of the data folder; built-in sets need no folder."""


def load_dataset(name: str, data_dir: Path | None = None, pairs_in: PairsIn = "auto") -> PairedData:
    """The data set called `name`, or the one in the .npz file `name`.

    `pairs_in` says whether pairs are rows or columns of the matrices in `data_dir`, where their sizes do not.

    Raises
    ------
    DataError
        The name is neither known nor an .npz file, or what it names cannot be used.
    """
    if name in DATASETS:
        return load_named(name, data_dir, pairs_in) if name in NAMES else DATASETS[name](data_dir)
    if name.endswith(".npz"):
        data, path = read_npz(name), Path(name)
        repeats = told(data.name, data.image, data.text, data.query, data.retrieval)
        return replace(data, notes=(f"read npz: {path.name} in {path.parent}", *repeats, *data.notes))
    if Path(name).exists():
        raise DataError(
            f"{name}: expected a file that ends in .npz; hint-data prepare pairs makes one of pictures and captions"
        )
    raise DataError(f"unknown data set {name!r}; expected one of {', '.join(DATASETS)}, or a file that ends in .npz")
