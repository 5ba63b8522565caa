"""What the caller says of a file, and whether its format has a use for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hint_se.choices import FileFormat
from hint_se.inputs.words import AUTO, Weight

from .columns import TextOptions
from .delimiters import as_delimiter

__all__ = ["Asked"]

_TABS = (".tsv", ".tab")
_DELIMITED: tuple[str | None, ...] = (",", ";", "\t", "|")
_SPACED: tuple[str | None, ...] = (None, *_DELIMITED)
# Formats whose rows are told by options, those whose tables have columns to choose from, and those that name weights.
_TEXTS = ("text", "csv")
_TABLES = (*_TEXTS, "parquet", "arrow")
_NAMED = (*_TABLES, "graphml", "gml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the caller says of a file, checked."""

    where: str
    suffix: str
    format: FileFormat | None
    delimiter: str | None
    decimal: str
    header: bool | None
    columns: Sequence[str | int] | None
    weight: Weight
    names: bool | None
    n_nodes: int | None

    def check_fit(self, chosen: FileFormat) -> None:
        """Raise ValueError for options that a format has no use for."""
        for name, given, fit in (
            ("delimiter", self.delimiter is not None, _TEXTS),
            ("decimal", self.decimal != ".", _TEXTS),
            ("header", self.header is not None, _TEXTS),
            ("columns", self.columns is not None, _TABLES),
            ("weight", self.weight != AUTO, _NAMED),
            ("names", bool(self.names), _TEXTS),
        ):
            if given and chosen not in fit:
                raise ValueError(f"{name}: expected for the formats {', '.join(fit)} only, got {chosen}")
        if self.names and self.n_nodes is not None:
            raise ValueError("names: expected without n_nodes")
        if self.columns is not None and self.weight != AUTO:
            raise ValueError("weight: expected without columns, whose third is the weight")

    def text_options(self, chosen: FileFormat) -> TextOptions:
        """Return what is known of the rows of a text."""
        tabs = self.suffix in _TABS and self.delimiter is None
        if self.delimiter is not None:
            candidates: tuple[str | None, ...] = (as_delimiter(self.delimiter),)
        elif tabs:
            candidates = ("\t",)
        else:
            candidates = _DELIMITED if chosen == "csv" else _SPACED
        if self.decimal == ",":
            candidates = tuple(sign for sign in candidates if sign != ",")
        return TextOptions(
            candidates=candidates,
            given=self.delimiter is not None or tabs,
            decimal=self.decimal,
            header=self.header,
            columns=self.columns,
            weight=self.weight,
            names=self.names if self.n_nodes is None else False,
        )
