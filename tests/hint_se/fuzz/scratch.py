"""Files for one input after the other, in memory where there is a file system there."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path


@functools.cache
def _folder():
    memory = Path("/dev/shm")
    folder = tempfile.mkdtemp(prefix="hint_se-fuzz-", dir=memory if memory.is_dir() else None)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def scratch(name):
    """Return the path of a file that the next input may overwrite."""
    return _folder() / name
