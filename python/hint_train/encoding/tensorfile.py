"""Notes of files in the safetensors format, whose library gives them for paths that are UTF-8 alone."""

from __future__ import annotations

import json


def notes_of(content: bytes) -> dict[str, str]:
    """The notes of a file that the library could read."""
    length = int.from_bytes(content[:8], "little")
    notes: dict[str, str] = json.loads(content[8 : 8 + length]).get("__metadata__", {})
    return notes
