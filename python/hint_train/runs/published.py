"""The figures that the HINT paper prints for itself and its 15 rivals, as published; none of them was measured here."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

BITS = (16, 32, 64, 128)
"""Code lengths of the four figures."""
SETS = ("MIRFlickr-25K", "NUS-WIDE", "MS-COCO")
_STATUS = "as published"


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One row of Table 1, ICLR 2026: mean average precision in percent, by data set, at each length of `BITS`.

    Rows compare with nothing measured here: data, features and splits differ, and the table itself mixes protocols.

    Attributes
    ----------
    method, source
        The method's name, and the work that the table cites for it.
    image_to_text, text_to_image
        Four figures under each name of `SETS`.
    """

    method: str
    source: str
    image_to_text: Mapping[str, tuple[float, ...]]
    text_to_image: Mapping[str, tuple[float, ...]]


def published_rows() -> tuple[PublishedRow, ...]:
    """The rows in the order of the print, the paper's own last.

    Examples
    --------
    >>> own = published_rows()[-1]
    >>> own.method, own.image_to_text["MIRFlickr-25K"]
    ('HINT', (72.9, 74.4, 75.1, 75.5))
    """
    return parse(files("hint_train.runs").joinpath("published.toml").read_text(encoding="utf-8"), "published.toml")


def parse(text: str, name: str) -> tuple[PublishedRow, ...]:
    """The rows of a TOML document called `name`.

    Raises
    ------
    DataError
        It is not marked "as published", has other code lengths, or a figure is missing or no percentage.
    """
    found = tomllib.loads(text)
    if found.get("status") != _STATUS:
        raise DataError(f'{name}: status must be "{_STATUS}", got {found.get("status")!r}')
    if found.get("bits") != list(BITS):
        raise DataError(f"{name}: bits must be {list(BITS)}, got {found.get('bits')!r}")
    return tuple(_row(row, name) for row in found["row"])


def _row(row: dict[str, Any], name: str) -> PublishedRow:
    directions = []
    for direction in ("image_to_text", "text_to_image"):
        for dataset in SETS:
            values = row[direction].get(dataset, [])
            if len(values) != len(BITS) or not all(0 < value < 100 for value in values):
                raise DataError(
                    f"{name}: {row['method']}, {direction}, {dataset}: "
                    f"expected {len(BITS)} percentages between 0 and 100, got {values}"
                )
        directions.append({dataset: tuple(row[direction][dataset]) for dataset in SETS})
    return PublishedRow(row["method"], row["source"], *directions)
