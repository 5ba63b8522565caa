"""Reading of a description that came from a file: every field is looked at, and none is left over."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Container, Mapping


@dataclass(slots=True)
class Fields:
    """The fields of one description.

    Attributes
    ----------
    where
        How messages begin.
    table
        The description.
    """

    where: str
    table: Mapping[str, Any]
    _read: set[str] = field(default_factory=set)

    def refuse(self, name: str, expected: str) -> DataError:
        """The error of a field that is not as `expected`."""
        found = f"got {self.table[name]!r:.60}" if name in self.table else "it is missing"
        return DataError(f"{self.where}: expected {name} to be {expected}, {found}")

    def _get(self, name: str) -> Any:
        self._read.add(name)
        return self.table.get(name)

    def string(self, name: str, among: Container[str] | None = None, expected: str = "a string") -> str:
        """A string that is not empty, one of `among` where that is given."""
        value = self._get(name)
        if not isinstance(value, str) or not value or (among is not None and value not in among):
            raise self.refuse(name, expected)
        return value

    def file_name(self, name: str) -> str | None:
        """The name of a file or folder, no path, or null; it was written elsewhere and is joined to a folder here."""
        if self._get(name) is None and name in self.table:
            return None
        value = self.string(name)
        if value in {".", ".."} or set(value) & set("/\\:\0"):
            raise self.refuse(name, "a name without folders")
        return value

    def integer(self, name: str, least: int, most: int) -> int:
        """An integer from `least` to `most`."""
        value = self._get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.refuse(name, f"an integer from {least} to {most}")
        return value

    def numbers(self, name: str, count: int) -> tuple[float, ...]:
        """A list of `count` finite numbers."""
        value = self._get(name)
        if not isinstance(value, list) or len(value) != count or not all(map(_finite, value)):
            raise self.refuse(name, f"{count} finite numbers")
        return tuple(map(float, value))

    def number(self, name: str, above: float, most: float) -> float:
        """A number greater than `above`, at most `most`."""
        value = self._get(name)
        if not _finite(value) or not above < value <= most:
            raise self.refuse(name, f"a number above {above:g}, at most {most:g}")
        return float(value)

    def strings(self, name: str) -> tuple[str, ...]:
        """A list of distinct strings, one at least."""
        value = self._get(name)
        if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
            raise self.refuse(name, "a list of strings")
        if len(set(value)) != len(value):
            raise self.refuse(name, "a list of distinct strings")
        return tuple(value)

    def sha256(self, name: str) -> str:
        """A SHA-256 as 64 hexadecimal digits."""
        value = self._get(name)
        if not isinstance(value, str) or len(value) != 64 or set(value) - set("0123456789abcdef"):
            raise self.refuse(name, "a SHA-256 of 64 hexadecimal digits")
        return value

    def end(self) -> None:
        """Refuse fields that nobody read: an option that is not understood would be one that is not obeyed."""
        unknown = sorted(set(self.table) - self._read)
        if unknown:
            raise DataError(f"{self.where}: does not know {', '.join(unknown)}; a later version may have written it")


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
