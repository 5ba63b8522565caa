"""What can go wrong, one class for each way in which the command exits.

`hint-train` turns them into exit codes: 2 usage, 3 bad data, 5 non-finite loss, 6 a process that is gone, 130 interrupted.
"""

from __future__ import annotations


class TrainError(Exception):
    """Base of every error that this package raises on purpose."""

    exit_code = 1


class ConfigError(TrainError, ValueError):
    """An option or a combination of options that cannot be run."""

    exit_code = 2


class DataError(TrainError, ValueError):
    """A data set that is missing, malformed or unfit for training."""

    exit_code = 3


class NonFiniteLossError(TrainError, ArithmeticError):
    """A loss term became infinite or not a number; the last good checkpoint is kept."""

    exit_code = 5


class LostProcessError(TrainError):
    """Another process of the run is gone or cannot be reached; the last good checkpoint is kept."""

    exit_code = 6


class InterruptedRunError(TrainError):
    """Training was asked to stop; a checkpoint was written first."""

    exit_code = 130
