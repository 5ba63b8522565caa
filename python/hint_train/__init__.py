"""Unsupervised cross-modal hashing on encoding trees of least structural entropy.

``hint_train.run(Config(dataset="shapes"))`` does what the command ``hint-train`` does and returns a `Result`;
``hint_train.load(folder).encode(rows, modality="image")`` turns new rows into packed codes.

Importing this module loads neither torch nor numpy: the names below are fetched when they are first used.
"""

import typing as _typing

from hint_train.errors import ConfigError, DataError, InterruptedRunError, NonFiniteLossError, TrainError
from hint_train.lazy import fetched as _fetched

if _typing.TYPE_CHECKING:
    from hint_train.data import DATASETS
    from hint_train.encoding.saved import SavedRun, load
    from hint_train.export.codes import export_codes
    from hint_train.methods.config import Config
    from hint_train.methods.entries import METHODS
    from hint_train.methods.presets import preset
    from hint_train.report.result import Result
    from hint_train.runs.training_run import run
    from hint_train.search.hits import Hits
    from hint_train.search.index import Index
    from hint_train.training.method import Method

__all__ = [
    "DATASETS",
    "METHODS",
    "Config",
    "ConfigError",
    "DataError",
    "Hits",
    "Index",
    "InterruptedRunError",
    "Method",
    "NonFiniteLossError",
    "Result",
    "SavedRun",
    "TrainError",
    "export_codes",
    "load",
    "preset",
    "run",
]

__getattr__, __dir__ = _fetched(
    __name__,
    {
        "DATASETS": "hint_train.data",
        "METHODS": "hint_train.methods.entries",
        "Config": "hint_train.methods.config",
        "Hits": "hint_train.search.hits",
        "Index": "hint_train.search.index",
        "Method": "hint_train.training.method",
        "export_codes": "hint_train.export.codes",
        "Result": "hint_train.report.result",
        "preset": "hint_train.methods.presets",
        "run": "hint_train.runs.training_run",
        "SavedRun": "hint_train.encoding.saved",
        "load": "hint_train.encoding.saved",
    },
)
