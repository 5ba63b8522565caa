"""Data sets: one file per source, one dictionary of names.

The names below are fetched when they are first used: who encodes a few rows has no need of any source.
"""

import typing as _typing

from hint_train.lazy import fetched as _fetched

if _typing.TYPE_CHECKING:
    from hint_train.data.datasets import DATASETS, load_dataset
    from hint_train.data.formats.npz import read_npz
    from hint_train.data.pairs import Gallery, PairedData, TrainingPairs

__all__ = ["DATASETS", "Gallery", "PairedData", "TrainingPairs", "load_dataset", "read_npz"]

__getattr__, __dir__ = _fetched(
    __name__,
    {
        "DATASETS": "hint_train.data.datasets",
        "Gallery": "hint_train.data.pairs",
        "PairedData": "hint_train.data.pairs",
        "TrainingPairs": "hint_train.data.pairs",
        "load_dataset": "hint_train.data.datasets",
        "read_npz": "hint_train.data.formats.npz",
    },
)
