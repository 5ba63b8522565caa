"""Output files that appear whole or not at all, and whether one can be written.

`hint_se.files.whole` does the same for trees. There are two because only the room `structure` knows `hint_se`, which keeps its own
for itself; names of files half written are alike in both, so that what a kill leaves is known by its name.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from hint_train.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def partial_pattern(name: str) -> str:
    """What the names match under which a file called `name` is written before it replaces the one of that name."""
    return f".{name}.*partial"


@contextlib.contextmanager
def written_atomically(path: Path) -> Iterator[IO[bytes]]:
    """A stream whose bytes become `path` at the end of the block: written beside it, flushed to disk, renamed.

    After an error nothing remains, and what was at `path` before is untouched. A link stays one; the file it names is replaced.

    Raises
    ------
    OSError
        It cannot be written; the error names `path`.
    """
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name}.{os.urandom(4).hex()}.partial")
    try:
        try:
            with beside.open("xb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        flush_folder(target.parent)
    except OSError as error:
        if error.errno is None:  # NumPy's, of a disk that took a part
            raise OSError(errno.EIO, str(error), str(path)) from error
        if error.filename not in (None, str(beside)):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Make `content` the file `path`; at any moment that is the old file or the new one, complete."""
    with written_atomically(path) as stream:
        stream.write(content)


def append_line(path: Path, line: str) -> None:
    """Add a line to a log; what a full disk let through of it is taken away again."""
    with path.open("ab", buffering=0) as stream:
        before = stream.tell()
        content = f"{line}\n".encode()
        try:
            while content:
                content = content[stream.write(content) :]
        except OSError as error:
            stream.truncate(before)
            raise OSError(error.errno, error.strerror, str(path)) from error


def flush_folder(folder: Path) -> None:
    """Make renames in `folder` survive a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_output(out: Path, suffix: str, inputs: Iterable[Path]) -> None:
    """Refuse an output file that could not be written, or should not be, before anything is computed for it.

    Raises
    ------
    ConfigError
        The name has another suffix; it is no file, or one of the `inputs`; its folder is missing or cannot be written to.
    """
    if out.suffix.lower() != suffix:
        raise ConfigError(f"--out: expected a name that ends in {suffix}, got {out}")
    if any(_same(out, path) for path in inputs):
        raise ConfigError(f"--out: {out} is what is read; choose another name")
    folder = out.parent
    try:
        if out.exists() and not out.is_file():
            raise ConfigError(f"--out: expected a file, got {out}")
        if not folder.is_dir():
            raise ConfigError(f"--out: expected a name in a folder that exists, and {folder} is none")
        check_folder(folder)
    except OSError as error:
        raise ConfigError(f"--out: {out} cannot be written ({error.strerror})") from error


def check_folder(folder: Path) -> None:
    """Raise the OSError that a new file in `folder` would: asking for permissions alone sees no full disk, and root has them all."""
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(b"\0")
        probe.flush()


def _same(a: Path, b: Path) -> bool:
    try:
        return a.samefile(b)
    except OSError:
        return False
