"""The featurizers of a data set or a run as data: JSON that is checked and never runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hint_train.data.featurizers import text_tower
from hint_train.data.featurizers.backbone import read_backbone
from hint_train.data.featurizers.fields import Fields
from hint_train.data.featurizers.pixels import read_pixels
from hint_train.data.featurizers.words import read_words
from hint_train.errors import DataError

FILE = "featurizers.json"
"""Name of the file, in the folder of a run and beside features in several files."""
MAX_CHARACTERS = 2**26
"""Longest JSON that is read: a vocabulary of millions of words."""
KINDS: dict[str, dict[str, Callable[[Fields], object]]] = {
    "image": {"pixels": read_pixels, "backbone": read_backbone},
    "text": {"words": read_words, **dict.fromkeys(text_tower.KINDS, text_tower.read_text_tower)},
}
"""What reads a description of each kind, by modality."""


@dataclass(frozen=True, slots=True)
class Featurizers:
    """Descriptions of what made the features of a data set.

    Attributes
    ----------
    image, text
        What `hint_train.data.featurizers.build` takes, or None where it is not known.
    """

    image: dict[str, Any] | None = None
    text: dict[str, Any] | None = None

    def to_json(self) -> str:
        """One line of JSON; equal descriptions give equal lines."""
        return json.dumps({"image": self.image, "text": self.text}, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, content: str, where: str = "featurizers") -> Featurizers:
        """Read and check what `to_json` wrote.

        Parameters
        ----------
        content
            The JSON.
        where
            How messages begin.

        Raises
        ------
        DataError
            It is no JSON of this form, of a kind that is not known, or has a field too many.
        """
        if len(content) > MAX_CHARACTERS:
            raise DataError(f"{where}: has {len(content):,} characters, more than the limit of {MAX_CHARACTERS:,}")
        try:
            table = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{where}: not readable as JSON ({error})") from error
        if not isinstance(table, dict) or set(table) != set(KINDS):
            raise DataError(f"{where}: expected an object with {' and '.join(KINDS)}, got {content:.60}")
        for modality, description in table.items():
            if description is not None:
                check(description, modality, where)
        return cls(**table)

    def check_widths(self, where: str, image: int, text: int) -> None:
        """Refuse descriptions of featurizers that give other numbers of features than `image` and `text`."""
        for name, width, described in (("image", image, self.image), ("text", text, self.text)):
            if described is not None and described["width"] != width:
                raise DataError(
                    f"{where}: featurizers: the one of {name} gives {described['width']} features, and {name} has {width}"
                )


def check(description: object, modality: str, where: str = "featurizers") -> None:
    """Refuse what is no description of a featurizer for `modality`.

    Raises
    ------
    DataError
        Its kind is not known, or a field is missing, unfit or one too many.
    """
    known = KINDS[modality]
    kind = description.get("kind") if isinstance(description, dict) else None
    if not isinstance(description, dict) or not isinstance(kind, str) or kind not in known:
        raise DataError(f"{where}: expected the kind of {modality} to be one of {', '.join(known)}, got {kind!r:.60}")
    fields = Fields(f"{where}: {kind}", description)
    fields.string("kind")
    known[kind](fields)
    fields.end()
