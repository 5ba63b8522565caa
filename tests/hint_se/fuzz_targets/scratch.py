"""Files for one input after the other, in memory where there is a file system there and no other place is set."""

import contextlib
import os
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")


@contextlib.contextmanager
def scratch(name):
    """Give the path of a file that is gone with its folder afterwards."""
    free = "TMPDIR" not in os.environ and _MEMORY.is_dir()
    with tempfile.TemporaryDirectory(prefix="hint_se-fuzz-", dir=_MEMORY if free else None) as folder:
        yield Path(folder) / name
