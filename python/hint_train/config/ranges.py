"""Accepted ranges of options, said where an option is declared, and the faults of values outside them."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Range:
    """Finite numbers from `low` to `high`; an end that is open does not belong to it."""

    low: float
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False

    def holds(self, value: float) -> bool:
        """Whether `value` is one of them; NaN is not."""
        above = value > self.low if self.open_low else value >= self.low
        below = value < self.high if self.open_high else value <= self.high
        return math.isfinite(value) and above and below

    def words(self, *, whole: bool) -> str:
        """What is accepted, to stand after the option's name; `whole` numbers need not be told that they are finite."""
        if math.isinf(self.low):
            return "must be finite"
        if math.isinf(self.high):
            least = f"greater than {self.low:g}" if self.open_low else f"at least {self.low:g}"
            return f"must be {least}{'' if whole else ' and finite'}"
        if self.open_low == self.open_high:
            return f"must lie between {self.low:g} and {self.high:g}{', both excluded' if self.open_low else ''}"
        return f"must lie in {'(' if self.open_low else '['}{self.low:g}, {self.high:g}{')' if self.open_high else ']'}"


Count = Annotated[int, Range(1)]
"""How many: at least one."""
Natural = Annotated[int, Range(0)]
"""How many, or none."""
Weight = Annotated[float, Range(0)]
"""Of a term that 0 leaves out."""
Positive = Annotated[float, Range(0, open_low=True)]
"""What a formula divides by."""
Share = Annotated[float, Range(0, 1)]
"""Part of a whole, ends included."""
InnerShare = Annotated[float, Range(0, 1, open_low=True, open_high=True)]
"""Part of a whole that neither part may take alone."""
SomeShare = Annotated[float, Range(0, 1, open_low=True)]
"""Part of a whole, or all of it."""
Finite = Annotated[float, Range(-math.inf)]
"""Any number."""


def faults(section: Any) -> Iterator[str]:
    """Every value of a section, a dataclass, that lies outside the range in its declaration, in words.

    A range inside a tuple holds for each of its members; None is always accepted.
    """
    hints = get_type_hints(type(section), include_extras=True)
    for field in fields(section):
        accepted, value = _range(hints[field.name]), getattr(section, field.name)
        if accepted is None or value is None:
            continue
        for number in value if isinstance(value, tuple) else (value,):
            if not accepted.holds(number):
                whole = isinstance(number, int)
                given = str(number) if whole else f"{number:g}"
                yield f"--{field.name.replace('_', '-')} {accepted.words(whole=whole)}, got {given}"


def _range(hint: Any) -> Range | None:
    """The range in a type, or in what it is made of."""
    parts = [*getattr(hint, "__metadata__", ()), *get_args(hint)]
    found = (part if isinstance(part, Range) else _range(part) for part in parts)
    return next((x for x in found if x is not None), None)
