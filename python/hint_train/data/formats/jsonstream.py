"""The arrays at the top level of a large JSON file, element by element, in bounded memory.

COCO's instance file has 450 MB, which `json.load` turns into several GB; only one element is held here at a time.
"""

from __future__ import annotations

import json
import re
from typing import IO, TYPE_CHECKING, Any

from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MAX_FILE_BYTES = 8 * 2**30
MAX_ELEMENT = 2**24
"""Greatest number of characters of one element; the longest outline in COCO has some 100,000."""
_STEP = 2**20
_SPACE = re.compile(r"[ \t\n\r]*")


def elements(
    path: Path,
    wanted: frozenset[str],
    *,
    max_bytes: int = MAX_FILE_BYTES,
    max_element: int = MAX_ELEMENT,
    read: Callable[[int], None] = lambda _: None,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name of the array and the element, for every object in the top-level arrays named in `wanted`, in file order.

    Parameters
    ----------
    path
        A UTF-8 file that holds one JSON object.
    wanted
        Names of arrays; everything else is read over.
    max_bytes, max_element
        Limits; the second bounds the memory, in characters.
    read
        Is told how many characters each step took.

    Raises
    ------
    DataError
        The file is missing, too large, not JSON, torn, or an element is no object or too large.
    """
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise DataError(f"{path}: has {size:,} bytes, more than the limit of {max_bytes:,}")
        with path.open(encoding="utf-8") as stream:
            yield from _Scanner(path, stream, max_element, read).run(wanted)
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{path}: not a readable JSON file ({type(error).__name__}: {error})") from error


class _Scanner:
    """A window on the stream: `_text[_at:]` is what was read and not yet consumed."""

    def __init__(self, path: Path, stream: IO[str], max_element: int, read: Callable[[int], None]) -> None:
        self._path = path
        self._stream = stream
        self._max = max_element
        self._read = read
        self._text = ""
        self._at = 0
        self._ended = False
        self._decoder = json.JSONDecoder()

    def run(self, wanted: frozenset[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        self._expect("{")
        if self._next() == "}":
            return
        while True:
            name = self._value()
            if not isinstance(name, str):
                raise self._fault("expected a name")
            self._expect(":")
            if self._next() == "[":
                yield from self._array(name, name in wanted)
            else:
                self._value()
            if self._next() == "}":
                return
            self._expect(",")

    def _array(self, name: str, is_wanted: bool) -> Iterator[tuple[str, dict[str, Any]]]:
        self._expect("[")
        if self._next() == "]":
            self._at += 1
            return
        while True:
            element = self._value()
            if is_wanted:
                if not isinstance(element, dict):
                    raise self._fault(f"expected objects in {name}, got {type(element).__name__}")
                yield name, element
            if self._next() == "]":
                self._at += 1
                return
            self._expect(",")

    def _value(self) -> Any:
        """The JSON value that begins here, with more of the file fetched as long as it does not end."""
        self._next()
        wanted = _STEP
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._ended or len(self._text) - self._at > self._max:
                    raise self._fault(f"torn, or an element of more than {self._max:,} characters") from error
            else:
                # A number may go on after the window: "12" of "123".
                if end < len(self._text) or self._ended:
                    self._at = end
                    return value
            self._more(wanted)
            wanted *= 2  # so that a long element is tried a logarithmic number of times

    def _next(self) -> str:
        """The next character that is no space, or an error at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                raise self._fault("ends in the middle")
            self._more(_STEP)

    def _more(self, n: int) -> None:
        part = self._stream.read(n)
        self._ended = not part
        self._text = self._text[self._at :] + part
        self._at = 0
        self._read(len(part))

    def _expect(self, character: str) -> None:
        found = self._next()
        if found != character:
            raise self._fault(f"expected {character!r}, got {found!r}")
        self._at += 1

    def _fault(self, what: str) -> DataError:
        return DataError(f"{self._path}: not readable as JSON: {what}, near {self._text[self._at : self._at + 40]!r}")
