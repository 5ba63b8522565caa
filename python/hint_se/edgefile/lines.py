"""Whole lines of a text file, in blocks small enough for Ctrl-C, with the number of the first line of each."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator

from hint_se.errors import GraphError

__all__ = ["Lines", "fault"]

_BLOCK = 2**20  # characters, parsed in some 20 ms
_LONGEST_LINE = 2**20
# How far `peek` looks for a second row behind comments.
_FAR = 16 * _BLOCK
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def fault(where: str, line: int, message: str) -> GraphError:
    """Return the error of a bad line; lines are counted from 1."""
    return GraphError(f"{where}, line {line}: {message}")


class Lines:
    """Lines of UTF-8 text, with any of the usual line endings; a byte order mark is dropped.

    Bytes that are no UTF-8 arrive as lone surrogates, so that whoever parses a line can name it.

    Parameters
    ----------
    stream : binary file, buffered
        At its beginning; a pipe will do.
    where : str
        What error messages call the file.
    report : callable
        Called after each block.
    """

    def __init__(self, stream: io.BufferedReader, where: str, report: Callable[[], object] = lambda: None) -> None:
        if stream.peek(2)[:2] in _UTF16:
            raise GraphError(f"{where}: expected UTF-8 text, got UTF-16")
        self._text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape")
        self._where, self._report = where, report
        self._buffer, self._first, self._ended = "", 1, False

    def close(self) -> None:
        """Close the file."""
        self._text.close()

    def ahead(self) -> str:
        """Return the next block of text, without passing it."""
        if not self._buffer and not self._ended:
            self._fill()
        return self._buffer

    def peek(self, comment: re.Pattern[str], count: int) -> list[tuple[int, str]]:
        """Return the next lines that are neither blank nor comments, with their numbers, without passing them.

        At most `count`; fewer at the end of the file, or where the rest hides behind megabytes of comments.
        """
        while True:
            whole = self._buffer if self._ended else self._buffer[: self._buffer.rfind("\n") + 1]
            found = []
            number, start = self._first, 0
            while start < len(whole):  # not split, as the first lines are all that is wanted of a megabyte
                end = whole.find("\n", start)
                line = whole[start:] if end < 0 else whole[start:end]
                if line.strip() and not comment.match(line):
                    found.append((number, line))
                    if len(found) == count:
                        return found
                number, start = number + 1, start + len(line) + 1
            if self._ended or (found and len(self._buffer) > _FAR):
                return found
            if not found:
                self._first += whole.count("\n")
                self._buffer = self._buffer[len(whole) :]
            self._fill()

    def skip_to(self, number: int) -> None:
        """Pass all lines before the line of this number, which `peek` has seen."""
        start = 0
        for _ in range(number - self._first):
            start = self._buffer.find("\n", start) + 1 or len(self._buffer)
        self._buffer, self._first = self._buffer[start:], number

    def blocks(self) -> Iterator[tuple[int, str]]:
        """Yield (number of its first line, whole lines) until the end of the file."""
        while True:
            cut = len(self._buffer) if self._ended else self._buffer.rfind("\n") + 1
            block, self._buffer = self._buffer[:cut], self._buffer[cut:]
            if block:
                yield self._first, block
                self._first += block.count("\n")
            if self._ended:
                return
            self._fill()

    def _fill(self) -> None:
        more = self._text.read(_BLOCK)
        self._ended = not more
        if len(self._buffer) > _LONGEST_LINE and "\n" not in self._buffer and "\n" not in more:
            raise fault(self._where, self._first, f"expected text of lines below {_LONGEST_LINE} characters")
        self._buffer += more
        self._report()
