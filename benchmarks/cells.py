"""What a replay compares: the cells of a results file, the groups that are measured at once, a seeded sample, and verdicts."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.records import Line, Records, agree, machine, session

__all__ = ["EQUAL", "NEAR", "Cell", "Group", "Replay", "cell_of", "flat", "sample", "verdict"]

Value = float | int | str | bool | None
Figures = dict[str, Value]
"""Figures of a cell by name; none of them is a time or a size in memory."""

EQUAL, NEAR = "equal", "near"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One measurement of a results file that can be made again."""

    name: str
    method: str
    """What the sample takes at least so many cells of."""
    figures: Figures
    made: dict[str, Any]
    """The session of the line: commit, machine, versions."""
    stratum: str = ""
    """What the cells of a method are drawn from in turn, for instance the data set."""
    tolerance: float = 0.0
    """How far a figure may be off, absolutely, on another kind of machine or with other versions."""
    digits: dict[str, int] = field(default_factory=dict)
    """Decimals of figures that are known only as they were printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cells that are measured at once, in a process of their own."""

    name: str
    cells: Sequence[Cell]
    measure: Callable[[], dict[str, Figures]]
    """Figures by the name of the cell."""
    seconds: float = 60.0
    """What it took, or about what it takes, on an idle machine."""
    cores: int = 1
    needs: str = ""
    """What it takes where that is more than most machines have; such a group waits for --include-huge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How a results file is measured again."""

    groups: Callable[[Records], Iterable[Group]] = lambda _: ()
    left_out: str = ""
    """What of the file is never compared, and why."""


def cell_of(
    records: Records, line: Line, figures: Figures, method: str, stratum: str = "", *, tolerance: float
) -> Cell:
    """The cell of a named line; `digits` of the line say how its figures were printed, where that is all that is known."""
    return Cell(
        name=line["name"],
        method=method,
        stratum=stratum,
        figures=figures,
        made=records.session_of(line),
        tolerance=tolerance,
        digits=line.get("digits", {}),
    )


def flat(value: Any, prefix: str = "") -> Figures:
    """Nested tables and lists as one table whose names are the paths."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else None
    if pairs is None:
        return {prefix: value}
    found: Figures = {}
    for name, part in pairs:
        found |= flat(part, f"{prefix}.{name}" if prefix else str(name))
    return found


def sample(groups: Sequence[Group], *, per_method: int, per_file: int, seed: int) -> list[Group]:
    """Groups that hold at least `per_method` cells of every method and `per_file` in all, or all there are; the quick ones first.

    Within a method cells are drawn in turn from its strata, in an order that the seed decides.
    """
    source = random.Random(seed)
    home = {cell.name: group for group in groups for cell in group.cells}
    queues: dict[str, list[str]] = {}
    by_method: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for group in groups:
        for cell in group.cells:
            by_method[cell.method][cell.stratum].append(cell.name)
    for method, strata in by_method.items():
        for names in strata.values():
            source.shuffle(names)
        drawn = list(strata.values())
        source.shuffle(drawn)
        longest = max(map(len, drawn))
        queues[method] = [names[turn] for turn in range(longest) for names in drawn if turn < len(names)]
    chosen: dict[str, Group] = {}
    method_of = {cell.name: cell.method for group in groups for cell in group.cells}
    for turn in range(max(map(len, queues.values()), default=0)):
        for queue in queues.values():
            counts = Counter(method_of[cell.name] for group in chosen.values() for cell in group.cells)
            short = turn < per_method or sum(counts.values()) < per_file
            if turn < len(queue) and short:
                group = home[queue[turn]]
                chosen[group.name] = group
    return sorted(chosen.values(), key=lambda group: group.seconds)


def elsewhere(made: dict[str, Any]) -> str:
    """What differs between here and where a cell was made; empty on the same kind of machine with the same versions."""
    others = [name for name in made["versions"] if name not in ("hint-se", "python")]
    here = session(others)["versions"]
    words = [
        f"{name} {here[name]} for {made['versions'][name]}" for name in others if here[name] != made["versions"][name]
    ]
    return ", ".join(words if agree(made["machine"], machine()) else ["another machine", *words])


def verdict(cell: Cell, found: Figures) -> str:
    """`equal`, `near: what differs and by how much`, or which figures differ.

    Figures are equal bit for bit, or at the decimals that they were printed with. Elsewhere than they were made, numbers may
    be off by the cell's tolerance.
    """
    off: list[str] = []
    largest, other = 0.0, elsewhere(cell.made)
    for name, old in cell.figures.items():
        new = found.get(name)
        if _same(old, new, cell.digits.get(name)):
            continue
        gap = abs(new - old) if _number(old) and _number(new) else math.inf  # type: ignore[operator]
        largest = max(largest, gap)
        if not other or gap > cell.tolerance:
            off.append(f"{name} {new!r} for {old!r}")
    if off:
        return f"{'; '.join(off)}{f' ({other})' if other else ''}"
    return f"{NEAR}: by {largest:.2g} at most, with {other}" if largest else EQUAL


def _same(old: Value, new: Value, digits: int | None) -> bool:
    if digits is None or not _number(new):
        return bool(old == new)
    # Half a unit of the last decimal, and what writing it as a binary fraction adds.
    return abs(new - old) <= 0.5 * 10**-digits * (1 + 1e-9)  # type: ignore[operator]


def _number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
