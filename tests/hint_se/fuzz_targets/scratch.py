"""Files for one input after the other, in memory where there is a file system there and no other place is set."""

import atexit
import functools
import os
import shutil
import tempfile
from pathlib import Path


@functools.cache
def _folder():
    memory = Path("/dev/shm")
    free = "TMPDIR" not in os.environ and memory.is_dir()
    folder = tempfile.mkdtemp(prefix="hint_se-fuzz-", dir=memory if free else None)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def scratch(name):
    """Return the path of a file that the next input may overwrite."""
    return _folder() / name
