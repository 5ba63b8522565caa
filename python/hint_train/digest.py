"""Digests of files."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def sha256_of(path: Path, read: Callable[[int], None] = lambda _: None) -> str:
    """SHA-256 of a file's bytes; `read` is told how many bytes each step took."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while part := stream.read(2**22):
            digest.update(part)
            read(len(part))
    return digest.hexdigest()
