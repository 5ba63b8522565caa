"""Pairs of a picture and its captions before anything is computed: where each lies, and what is wrong with some."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hint_train.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

MAX_PICTURE_BYTES = 2**28
"""Greatest size of one picture file."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes of a picture: a file, or a part of one."""

    path: Path
    start: int = 0
    size: int | None = None

    def stamp(self) -> tuple[int, int]:
        """Size and time of change, which tell whether it is still the same; (-1, -1) where there is none."""
        try:
            about = self.path.stat()
        except OSError:
            return -1, -1
        return about.st_size if self.size is None else self.size, about.st_mtime_ns

    def read(self) -> bytes:
        """The bytes.

        Raises
        ------
        DataError
            There are more than `MAX_PICTURE_BYTES`, or the file cannot be read.
        """
        try:
            size = self.path.stat().st_size if self.size is None else self.size
            if size > MAX_PICTURE_BYTES:
                raise DataError(f"has {size:,} bytes, more than the limit of {MAX_PICTURE_BYTES:,}")
            with self.path.open("rb") as stream:
                stream.seek(self.start)
                return stream.read(size)
        except OSError as error:
            raise DataError(f"cannot be read ({error.strerror or error})") from error


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes of a picture that came in a file with others, and are in memory."""

    path: Path
    content: bytes = field(repr=False)

    def stamp(self) -> tuple[int, int]:
        """As `Stored.stamp`, of the file that it came in."""
        return Stored(self.path).stamp()

    def read(self) -> bytes:
        """The bytes."""
        return self.content


@dataclass(frozen=True, slots=True)
class Row:
    """What one row of a file of captions says.

    Attributes
    ----------
    where
        Its place, for messages.
    picture
        Name of the picture.
    captions, labels
        Texts, and names of classes.
    split
        Part that it belongs to, in the words of the file.
    """

    where: str
    picture: str
    captions: tuple[str, ...]
    labels: tuple[str, ...] = ()
    split: str | None = None


@dataclass(slots=True)
class Entry:
    """One pair.

    Attributes
    ----------
    id
        Name of the pair.
    picture
        Where its picture lies.
    captions, labels
        Each once, in the order of the file.
    levels
        Names of wider classes that it belongs to, by what such classes are called.
    split, where
        Part in the words of the file, and the place that said it.
    """

    id: str
    picture: Stored | Held
    captions: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    levels: dict[str, str] = field(default_factory=dict)
    split: str | None = None
    where: str = ""

    def add(self, row: Row) -> None:
        """Take what a row says of this picture; it may be one of several."""
        if self.where and row.split != self.split:
            raise DataError(
                f"{row.where}: puts {self.id} into {row.split!r:.40}, and {self.where} into {self.split!r:.40}; "
                "expected one part for each picture"
            )
        self.split, self.where = row.split, self.where or row.where
        self.captions += [text for text in dict.fromkeys(row.captions) if text not in self.captions]
        self.labels += [label for label in dict.fromkeys(row.labels) if label not in self.labels]


@dataclass(slots=True)
class Unfit:
    """What cannot become a pair: how many of each kind, and the first of them."""

    found: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, what: str, where: str) -> None:
        """Count one."""
        self.found[what].append(where)

    def __bool__(self) -> bool:
        return bool(self.found)

    def words(self) -> str:
        """All kinds in one sentence, each with its number and its first."""
        return ", ".join(f"{what}: {len(places):,} (the first is {places[0]})" for what, places in self.found.items())
