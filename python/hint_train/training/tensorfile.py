"""Files of tensors and notes in the safetensors format, read from any path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from safetensors.torch import load

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
    tensors = load(content)
    length = int.from_bytes(content[:8], "little")  # `load` has seen to it that the header is there, and whole
    return tensors, json.loads(content[8 : 8 + length]).get("__metadata__", {})
