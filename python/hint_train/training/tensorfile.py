"""Files of tensors and notes in the safetensors format, read from any path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safetensors.torch import load

from hint_train.encoding.tensorfile import notes_of

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and notes of a file.

    Raises
    ------
    OSError, SafetensorError
        It cannot be read, or is no such file.
    """
    # Opened here, because the library's own `safe_open` refuses paths that are not UTF-8.
    content = path.read_bytes()
    return load(content), notes_of(content)
