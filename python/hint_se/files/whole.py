"""Output files that appear whole or not at all, and whether a folder takes one. What goes into them is left to the caller."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

__all__ = ["check_folder", "whole_file"]


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Yield a new binary file beside ``path``; flush it to the disk, and only then rename it over ``path``.

    Whatever ends the block early removes the file and leaves ``path`` as it was. A link stays one; the file it names is replaced.
    An OSError names ``path``.
    """
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name}.{secrets.token_hex(8)}.partial")
    try:
        try:
            with open(beside, "xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        _flush_folder(target.parent)
    except OSError as error:
        if error.errno is None:  # NumPy's, of a disk that took a part
            raise OSError(errno.EIO, str(error), os.fspath(path)) from error
        if error.filename not in (None, str(beside)):
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


def check_folder(folder: str | os.PathLike[str]) -> None:
    """Raise the OSError that a new file in ``folder`` would: permissions alone see no full disk, and root has them all."""
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(b"\0")
        probe.flush()


def _flush_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system lets a folder be flushed."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
