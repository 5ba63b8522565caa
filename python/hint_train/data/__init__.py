"""Data sets: one file per source, one dictionary of names.

The names below are fetched when they are first used: who encodes a few rows has no need of any source.
"""

import importlib as _importlib
import typing as _typing

if _typing.TYPE_CHECKING:
    from hint_train.data.datasets import DATASETS, load_dataset
    from hint_train.data.formats.npz import read_npz
    from hint_train.data.pairs import Gallery, PairedData, TrainingPairs

__all__ = ["DATASETS", "Gallery", "PairedData", "TrainingPairs", "load_dataset", "read_npz"]

_LAZY = {
    "DATASETS": "hint_train.data.datasets",
    "Gallery": "hint_train.data.pairs",
    "PairedData": "hint_train.data.pairs",
    "TrainingPairs": "hint_train.data.pairs",
    "load_dataset": "hint_train.data.datasets",
    "read_npz": "hint_train.data.formats.npz",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(_importlib.import_module(_LAZY[name]), name)
    globals()[name] = value
    return value
