"""Atomic checkpoints: tensors and a JSON note in one safetensors file, nothing pickled, the last two kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError
from safetensors.torch import save

from hint_train.errors import DataError
from hint_train.training.tensorfile import read_tensors
from hint_train.whole import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything needed to continue: named tensors and a note of plain JSON values."""

    tensors: dict[str, Tensor]
    note: dict[str, Any]


class CheckpointFolder:
    """`last.safetensors` and, should that be lost, `previous.safetensors`."""

    def __init__(self, folder: Path) -> None:
        self._last = folder / "last.safetensors"
        self._previous = folder / "previous.safetensors"

    @property
    def newest(self) -> Path | None:
        """File of the newest checkpoint, or None where there is none."""
        return next((path for path in (self._last, self._previous) if path.exists()), None)

    def write(self, checkpoint: Checkpoint) -> None:
        """Make `checkpoint` the last one and the former last one the previous."""
        self._last.parent.mkdir(parents=True, exist_ok=True)
        # Copies, because the format refuses names that share memory.
        tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in checkpoint.tensors.items()}
        content = save(tensors, metadata={"note": json.dumps(checkpoint.note)})
        if self._last.exists():
            self._last.replace(self._previous)
        write_atomically(self._last, content)

    def read(self) -> Checkpoint | None:
        """The newest readable checkpoint, or None where there is none.

        Raises
        ------
        DataError
            There are checkpoints, but none can be read.
        """
        broken: list[str] = []
        for path in (self._last, self._previous):
            if not path.exists():
                continue
            try:
                return _read(path)
            except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
                broken.append(f"{path}: {error}")
        if broken:
            raise DataError(f"no readable checkpoint: {'; '.join(broken)}")
        return None


def _read(path: Path) -> Checkpoint:
    tensors, notes = read_tensors(path)
    return Checkpoint(tensors, json.loads(notes["note"]))
