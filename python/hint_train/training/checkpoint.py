"""Atomic checkpoints: tensors and a JSON note in one safetensors file, nothing pickled, the last two kept."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from hint_train.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything needed to continue: named tensors and a note of plain JSON values."""

    tensors: dict[str, Tensor]
    note: dict[str, Any]


def partial_name(name: str) -> str:
    """Name under which a file is written before it replaces the one of that name."""
    return f".{name}.partial"


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside `path`, flush to disk and rename: at any moment `path` is the old file or the new one, complete."""
    beside = path.with_name(partial_name(path.name))
    with beside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the rename itself
    finally:
        os.close(folder)


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
            except (SafetensorError, OSError, KeyError, ValueError) as error:
                broken.append(f"{path}: {error}")
        if broken:
            raise DataError(f"no readable checkpoint: {'; '.join(broken)}")
        return None


def _read(path: Path) -> Checkpoint:
    with safe_open(path, framework="pt") as stream:
        note = json.loads(stream.metadata()["note"])
        tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 - not a mapping
    return Checkpoint(tensors, note)
