"""`report.html` of a grid of runs: its cells beside each other, and their figures over an option that varies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hint_train.report.finished import DIRECTIONS
from hint_train.report.write import PAGE
from hint_train.whole import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from hint_train.report.result import Result

MAP = "map"


@dataclass(frozen=True, slots=True)
class GridRow:
    """A cell: its folder, the values of the options that vary, and what it measured or why it did not."""

    name: str
    options: dict[str, Any]
    result: Result | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class Point:
    """What one code length of a cell measured: mAP by direction, empty without labels, and Recall@10."""

    row: GridRow
    bits: int
    scores: dict[str, float]
    recall: float | None

    @property
    def mean(self) -> float | None:
        """Mean of both directions."""
        return sum(self.scores.values()) / len(self.scores) if self.scores else None


def points(rows: Iterable[GridRow]) -> list[Point]:
    """A point for each code length of the cells that have a result; of several seeds the mean."""
    return [
        Point(
            row,
            int(bits),
            {name: _centre(scores[MAP]) for name, scores in both.items()},
            row.result.recall.get(bits),
        )
        for row in rows
        if row.result is not None
        for bits, both in row.result.bits.items()
    ]


def _centre(value: float | dict[str, Any] | None) -> float:
    """The mean of a figure; NaN for one that is null in the file."""
    found = value["mean"] if isinstance(value, dict) else value
    return math.nan if found is None else float(found)


def write_grid_report(folder: Path, rows: list[GridRow]) -> None:
    """Write `report.html` of a grid whose cells have all run."""
    # matplotlib takes half a second to load: only when there is something to draw.
    from hint_train.report.grid_figure import grid_figure
    from hint_train.report.ink import as_svg
    from hint_train.report.render import page

    measured = points(rows)
    figure, across = grid_figure(measured)
    values = {name: list(dict.fromkeys(str(row.options[name]) for row in rows)) for name in rows[0].options}
    results = [row.result for row in rows if row.result is not None]
    content = page(
        "grid.html",
        rows=rows,
        values=values,
        directions=DIRECTIONS,
        points=measured,
        pages={row.name for row in rows if (folder / row.name / PAGE).is_file()},
        labelled=any(point.scores for point in measured),
        plot=None if figure is None else as_svg(figure, "grid", f"Figures over {across}; the table has their numbers."),
        across=across,
        shared=_shared(results, list(values)),
        seconds=sum(result.seconds["total"] for result in results),
        chance=next((result.chance_scores[MAP] for result in results if result.chance_scores), None),
    )
    write_atomically(folder / PAGE, content)


def _shared(results: list[Result], varied: list[str]) -> list[tuple[str, str]]:
    """What all cells have in common of what a reader asks first."""
    named = {
        "data set": {result.dataset for result in results},
        "method": {result.method for result in results} if "method" not in varied else set(),
        "seeds": {str(result.config["seeds"]) for result in results},
        "ties": {result.tie_rule for result in results},
    }
    return [(name, next(iter(found))) for name, found in named.items() if len(found) == 1]
