"""Libraries that are no dependency of hint_se: what a call says where one of them is missing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

__all__ = ["optional"]


@contextlib.contextmanager
def optional(*libraries: str, needed_by: str) -> Iterator[None]:
    """Let a failing import within the block name the library and the command that installs it.

    A library that is there and cannot be imported says so itself.

    Parameters
    ----------
    *libraries : str
        What the block imports, by the names that pip knows.
    needed_by : str
        What the user called.

    Raises
    ------
    ModuleNotFoundError
        If one of the libraries is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in libraries:
            raise
        message = f"{needed_by} needs {missing}: pip install {' '.join(libraries)}"
        raise ModuleNotFoundError(message, name=missing) from error
