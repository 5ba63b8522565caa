"""Which columns of a table of captions hold what, and what a row of them says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hint_train.data.sources.entries import Row
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_CAPTION = 2**16
"""Most characters of the captions of a picture."""
_NAMES = {
    "image": ("file_name", "image", "filename", "file", "path", "picture", "image_name", "image_path"),
    "caption": ("caption", "captions", "text", "texts", "sentence", "sentences", "comment", "description", "title"),
}
"""What the columns are usually called."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what; None is found by its usual names.

    Attributes
    ----------
    image, caption
        Name of the picture, and its caption or list of captions.
    labels
        Names of its classes, or None for no labels.
    separator
        What parts several labels of one cell.
    """

    image: str | None = None
    caption: str | None = None
    labels: str | None = None
    separator: str | None = None

    def found(self, where: str, names: Sequence[str]) -> Columns:
        """The columns among `names`.

        Raises
        ------
        DataError
            One is missing, or several could be meant.
        """
        for wanted in (self.image, self.caption, self.labels):
            if wanted is not None and wanted not in names:
                raise DataError(f"{where}: has no column {wanted!r}; it has {', '.join(names) or 'none'}")
        return Columns(
            self.image or _only(where, "image", names),
            self.caption or _only(where, "caption", names),
            self.labels,
            self.separator,
        )

    def row(self, where: str, table: Mapping[str, Any]) -> Row:
        """What a row says, `table` from names of columns to values."""
        assert self.image is not None
        assert self.caption is not None
        picture = table.get(self.image)
        if picture is not None and not isinstance(picture, str):
            raise DataError(f"{where}: expected {self.image} to be a name, got {picture!r:.60}")
        split = table.get("split")
        if split is not None and not isinstance(split, str):
            raise DataError(f"{where}: expected split to be a name, got {split!r:.60}")
        labels = () if self.labels is None else tuple(self._labels(where, table.get(self.labels)))
        captions = tuple(filter(None, map(_plain, _texts(where, self.caption, table.get(self.caption)))))
        return Row(where, (picture or "").strip(), captions, labels, split.strip() if split else None)

    def _labels(self, where: str, value: Any) -> Iterator[str]:
        for label in value if isinstance(value, list) else [value]:
            if label is None:
                continue
            if not isinstance(label, str | int):
                raise DataError(f"{where}: expected {self.labels} to be strings or integers, got {label!r:.60}")
            parts = [str(label)] if self.separator is None else str(label).split(self.separator)
            yield from filter(None, map(str.strip, parts))


def _only(where: str, what: str, names: Sequence[str]) -> str:
    known = [name for name in _NAMES[what] if name in names]
    if len(known) == 1:
        return known[0]
    option = f"--{what}-column"
    if known:
        raise DataError(f"{where}: {' and '.join(known)} could be the {what} column; say which by {option}")
    raise DataError(
        f"{where}: no column is called {' or '.join(_NAMES[what][:3])}; it has {', '.join(names)}; see {option}"
    )


def _texts(where: str, name: str, value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    if not all(text is None or isinstance(text, str) for text in values):
        raise DataError(f"{where}: expected {name} to be a text or a list of texts, got {value!r:.60}")
    texts = [text for text in values if text is not None]
    if sum(map(len, texts)) > MAX_CAPTION:
        raise DataError(f"{where}: {name} has more than {MAX_CAPTION:,} characters")
    return texts


def _plain(text: str) -> str:
    """A caption as one line: several captions of a picture are told apart by line breaks."""
    return " ".join(text.split())
