"""One build a folder: a lock of the system, which ends with its process however that ends, and leaves no file behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["taken"]


def taken(folder: Path) -> int | None:
    """Return a descriptor that holds the lock of a folder until it is closed; None where the file system has no locks.

    Raises
    ------
    ValueError
        If another build holds it.
    """
    if sys.platform == "win32":  # it opens no folder
        return None
    import fcntl

    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise ValueError(
            f"out: another build is at work in {folder}; wait until it has ended, or choose another folder"
        ) from error
    except OSError:
        os.close(handle)
        return None
    return handle
