"""The epochs' figures for TensorBoard, beside `metrics.jsonl`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hint_train.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from hint_train.training.trainer import Record

_PLACE = ("bits", "seed", "epoch")


class Board:
    """Event files under `folder`, one run of TensorBoard per code length and seed.

    Raises
    ------
    ConfigError
        The package `tensorboard` is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ConfigError(
                "--tensorboard needs the package tensorboard: pip install '.[tensorboard]' in the sources of hint-se"
            ) from error
        self._folder, self._make = folder, SummaryWriter
        self._writers: dict[str, Any] = {}

    def epoch(self, record: Record) -> None:
        """Write the figures of one epoch; what an earlier, killed process wrote from this epoch on no longer counts."""
        name = f"bits{record['bits']}-seed{record['seed']}"
        if name not in self._writers:
            self._writers[name] = self._make(str(self._folder / name), purge_step=record["epoch"])
        for key, value in record.items():
            if key not in _PLACE:
                self._writers[name].add_scalar(key, value, record["epoch"])
        self._writers[name].flush()

    def close(self) -> None:
        """End all files."""
        for writer in self._writers.values():
            writer.close()
