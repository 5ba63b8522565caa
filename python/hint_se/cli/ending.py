"""What surrounds a command while it runs: how its warnings look, and signals that end it."""

from __future__ import annotations

import contextlib
import signal
import sys
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ended_as_interrupted", "plain_warnings"]


@contextlib.contextmanager
def plain_warnings() -> Iterator[None]:
    """Say warnings in one line, without the place in the code."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = lambda message, *_, **__: print(f"warning: {message}", file=sys.stderr)
        yield


@contextlib.contextmanager
def ended_as_interrupted() -> Iterator[None]:
    """Let SIGTERM and SIGHUP clean up as Ctrl-C does; one that is ignored from the start, as under nohup, stays ignored."""
    ending = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]  # Windows has no SIGHUP
    before = {number: signal.getsignal(number) for number in ending}
    heard = [number for number in ending if before[number] is not signal.SIG_IGN]
    try:
        for number in heard:
            signal.signal(number, signal.default_int_handler)
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number] or signal.SIG_DFL)
