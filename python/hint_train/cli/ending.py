"""How a command ends, whatever happens: an exit code, and one sentence on stderr where something went wrong."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from hint_train.errors import TrainError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FILE, _OUT_OF_MEMORY, _INTERRUPTED, _PIPE_CLOSED = 3, 4, 130, 141
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PLAIN = {"→": "->", "±": "+-", "…": "...", "─": "-", "│": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+"}


def exit_with(
    work: Callable[[], int | None],
    interrupted: str = "interrupted",
    handler: Callable[[int, Any], Any] = signal.default_int_handler,
) -> NoReturn:
    """Run `work` and exit with what it returns, 0 for None, or with the code of what went wrong.

    Parameters
    ----------
    interrupted
        What is said of Ctrl-C, SIGTERM and SIGHUP, which end `work` by a KeyboardInterrupt unless it handles them itself.
    handler
        What raises that.
    """
    _print_anything()
    with handled(handler):
        code = _code_of(work, interrupted)
    sys.exit(code)


@contextlib.contextmanager
def handled(handler: Callable[[int, Any], Any]) -> Iterator[None]:
    """Handle Ctrl-C, SIGTERM and SIGHUP; those that whoever began this process lets it ignore, as nohup does, stay ignored."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    mine = [number for number in _SIGNALS if before[number] is not signal.SIG_IGN]
    try:
        for number in mine:
            signal.signal(number, handler)
        yield
    finally:
        for number in mine:
            signal.signal(number, before[number] or signal.SIG_DFL)


def _code_of(work: Callable[[], int | None], interrupted: str) -> int:
    try:
        try:
            code = work() or 0
        except SystemExit as end:  # of the library that reads arguments
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()  # whoever reads has seen enough
        return _PIPE_CLOSED
    except TrainError as error:
        return _failed(error, str(error), error.exit_code)
    except OSError as error:
        _drop_output()
        what = f"{error.filename}: " if error.filename is not None else ""
        return _failed(error, f"{what}{error.strerror or error}", _FILE)
    except KeyboardInterrupt:
        return _failed(None, interrupted, _INTERRUPTED)
    except (MemoryError, RuntimeError) as error:
        # torch reports a failed allocation on the CPU as a bare RuntimeError.
        if isinstance(error, MemoryError) or "out of memory" in str(error) or "can't allocate memory" in str(error):
            return _failed(None, f"out of memory: {error}", _OUT_OF_MEMORY)
        raise
    return code


def _failed(error: BaseException | None, message: str, code: int) -> int:
    """Say what went wrong with the notes that were added to it; the terminal may be gone."""
    with contextlib.suppress(OSError):
        print("; ".join([f"error: {message}", *getattr(error, "__notes__", ())]), file=sys.stderr)
    return code


def _drop_output() -> None:
    """Let what stdout cannot take go nowhere, or Python complains once more at exit."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _print_anything() -> None:
    """Let no character that an output lacks be an error: a plain one, the byte that it stands for in a path, or its number."""
    codecs.register_error("plain", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")


def _plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letter = error.object[error.start]
    if "\udc80" <= letter <= "\udcff":
        return bytes([ord(letter) - 0xDC00]), error.start + 1
    plain = _PLAIN.get(letter)
    return plain or letter.encode("ascii", "backslashreplace").decode("ascii"), error.start + 1
