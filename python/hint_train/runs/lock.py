"""One process in one folder: a lock that says whose the folder is, and that ends with its process however that ends.

The lock is the system's own on the file `hint-run.lock`, which holds the process number and the name of the machine. The system lets go of
it when the process is gone, killed or not, so a file that was left behind is stale as soon as nobody holds it: the next process takes
it over. Numbers are not compared, because a later process may have the number of one that is gone.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import platform
from typing import TYPE_CHECKING

from hint_train.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = "hint-run.lock"

_log = logging.getLogger(__name__)
_UNSUPPORTED = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes, and this one a second time, from writing into `folder` until the block ends.

    Raises
    ------
    ConfigError
        Somebody else has it.
    OSError
        The lock cannot be written.
    """
    path = folder / LOCK
    handle = _taken(path)
    try:
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()} {platform.node()}\n".encode())
        yield
    finally:
        # First the name and then the lock: whoever opened the file in between finds that it is no longer the one of that name.
        path.unlink(missing_ok=True)
        os.close(handle)


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock `path`."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return not _take(handle, path)
    finally:
        os.close(handle)


def _taken(path: Path) -> int:
    """Descriptor of the locked file at `path`, which is made where there is none."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        if not _take(handle, path):
            owner = os.read(handle, 300).decode("utf-8", "replace").split()
            os.close(handle)
            who = f"process {owner[0]} on {owner[1]}" if len(owner) == 2 else "another process"
            raise ConfigError(f"{path.parent} is in use by {who}; wait until that has ended, or choose another --out")
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        os.close(handle)  # its owner has just removed it


def _take(handle: int, path: Path) -> bool:
    """Lock an open file without waiting; False where somebody else has it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        _log.warning("%s: this file system has no locks; see to it that only one process writes there", path.parent)
    return True
