"""Which columns or attributes are the ends of edges, and which numbers beside them are their weights.

One rule for files, tables and graphs of other libraries. How the values are found is left to those who hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, TypeAlias

import numpy as np

from hint_se.errors import GraphError, InputWarning, warn_user
from hint_se.inputs.arrays import describe

__all__ = [
    "AUTO",
    "END_NAMES",
    "WEIGHT_NAMES",
    "Weight",
    "choose_weight",
    "known_ends",
    "known_weight",
    "refuse_weight",
]

#: Words that head the two ends of an edge, in lower case.
END_NAMES: Final = (
    ("source", "target"),
    ("src", "dst"),
    ("from", "to"),
    ("node1", "node2"),
    ("node_1", "node_2"),
    ("fromnodeid", "tonodeid"),
)
#: Words for the weight of an edge, in lower case, the first one first.
WEIGHT_NAMES: Final = ("weight", "weights", "w", "edge_weight", "value", "count")
# Columns that number the rows, as programs write them beside the edges.
_ROW_NUMBERS: Final = ("", "id", "index", "unnamed: 0", "__index_level_0__")
#: Take the weights by their known names.
AUTO: Final = "auto"
#: "auto"; None for no weights; a name; or a position from 0.
Weight: TypeAlias = Hashable


def known_ends(names: Sequence[Hashable]) -> tuple[Hashable, Hashable] | None:
    """Return the names of the ends of edges among some, in upper case or lower; None where there are none."""
    words = [_word(name) for name in names]
    for source, target in END_NAMES:
        if source in words and target in words:
            return names[words.index(source)], names[words.index(target)]
    return None


def known_weight(names: Sequence[Hashable], where: str) -> Hashable | None:
    """Return the name that stands for weights among some; GraphError where two differ in upper case and lower only."""
    words = [_word(name) for name in names]
    for word in WEIGHT_NAMES:
        found = [name for name, own in zip(names, words, strict=True) if own == word]
        if len(set(found)) > 1:
            raise GraphError(
                f"{where}: expected one {found[0]!r}, got {' and '.join(map(repr, found))}; choose: weight="
            )
        if found:
            return found[0]
    return None


def choose_weight(
    names: Sequence[Hashable],
    weight: Weight,
    where: str,
    *,
    holds_numbers: Callable[[Any], bool],
    ends: Sequence[Hashable] = (),
    how: str = "weight=... chooses, weight=None takes none",
) -> Hashable | None:
    """Return the name of the weights, or None for an unweighted graph.

    Parameters
    ----------
    names : sequence of hashables
        All columns or attributes, in their order.
    weight : "auto", None, or hashable
        "auto": the first of `WEIGHT_NAMES` that is there, in upper case or lower; `InputWarning` names other numbers
        that are left aside, but for those of rows. None: no weights. Else one of the names, or a position from 0.
    where : str
        What messages call the input.
    holds_numbers : callable
        Whether the values of a name are numbers.
    ends : sequence of hashables
        Names of the ends, which are no weights.
    how : str
        What the warning says of choosing.

    Raises
    ------
    GraphError
        If the name is not there or that of an end, or the known ones are ambiguous.
    """
    if weight is None:
        return None
    if not isinstance(weight, Hashable):
        raise GraphError(
            f"weight: expected a name or a position, got {type(weight).__name__}; numbers go in as weights="
        )
    if weight != AUTO or AUTO in names:
        found = _asked_for(names, weight, where)
        if found in ends:
            raise GraphError(f"{where}: expected weights beside the ends of the edges, got {found!r}, which is one")
        return found
    others = [name for name in names if name not in ends]
    chosen = known_weight(others, where)
    aside = [name for name in others if name != chosen and _word(name) not in _ROW_NUMBERS and holds_numbers(name)]
    if aside:
        read = "read without weights" if chosen is None else f"weights are {chosen!r}"
        numbers = ", ".join(map(repr, aside[:10]))
        warn_user(f"{where}: {read}; left aside: {numbers}; {how}", InputWarning)
    return chosen


def refuse_weight(value: Any, weight: Weight) -> None:
    """Raise GraphError where weights are asked for by name of a value that has no names."""
    if weight != AUTO:
        raise GraphError(
            f"weight: chooses a column or an attribute, and {describe(value)} has none; numbers go in as weights="
        )


def _asked_for(names: Sequence[Hashable], weight: Hashable, where: str) -> Hashable:
    count = list(names).count(weight)
    if count == 1:
        return weight
    whole = isinstance(weight, int | np.integer) and not isinstance(weight, bool | np.bool_)
    if count == 0 and whole and 0 <= int(weight) < len(names):  # type: ignore[call-overload]
        return names[int(weight)]  # type: ignore[call-overload]
    there = ", ".join(map(repr, names[:20])) or "none"
    raise GraphError(f"{where}: expected {weight!r} as weights, got {count} of that name among {there}")


def _word(name: Hashable) -> Hashable:
    return name.strip().lower() if isinstance(name, str) else name
