"""Figures of a grid over one of the options that vary, a line for each combination of the others."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from hint_train.report.finished import DIRECTIONS
from hint_train.report.ink import COLOURS

if TYPE_CHECKING:
    from hint_train.report.grid import Point

_MOST_LINES = 12
"""More lines than this cannot be told apart: then only the longest codes are drawn, or nothing."""


def grid_figure(points: list[Point]) -> tuple[Figure | None, str]:
    """Figures over the option with the most values, numbers before words; None where nothing varies or lines would be too many.

    Returns
    -------
    figure, option
        mAP of both directions in a panel each, or without labels Recall@10; and what they are drawn over.
    """
    across = _across(points)
    if across is None:
        return None, ""
    lines = _lines(points, across)
    if len(lines) > _MOST_LINES:
        longest = max(point.bits for point in points)
        lines = _lines([point for point in points if point.bits == longest], across)
    if not 0 < len(lines) <= _MOST_LINES:
        return None, across
    values = _values(points, across)
    at = {str(value): value if _is_number(value) else i for i, value in enumerate(values)}
    panels = [name for name in DIRECTIONS if any(name in point.scores for point in points)] or ["recall"]
    figure = Figure(figsize=(4.6 * len(panels), 3.9), layout="constrained")
    drawn = np.asarray(figure.subplots(1, len(panels), sharey=True, squeeze=False)).ravel()
    for axes, panel in zip(drawn, panels, strict=True):
        for (label, line), colour, style in zip(lines.items(), cycle(COLOURS[:-1]), _styles(), strict=False):
            ordered = sorted((at[str(point.row.options[across])], _figure(point, panel)) for point in line)
            axes.plot(
                [x for x, _ in ordered],
                [y for _, y in ordered],
                style,
                color=colour,
                marker="o",
                markersize=4,
                label=label,
            )
        axes.set_xlabel(across)
        axes.set_ylabel("recall@10" if panel == "recall" else "mAP")
        axes.set_title(DIRECTIONS.get(panel, "pairs brought together"), fontsize="medium")
        axes.set_xticks([*at.values()], [*at], parse_math=False)
        axes.grid(alpha=0.3)
    handles, labels = drawn[0].get_legend_handles_labels()
    legend = figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize="small")
    for text in legend.get_texts():
        text.set_parse_math(False)
    return figure, across


def _figure(point: Point, panel: str) -> float:
    return float("nan") if panel == "recall" and point.recall is None else point.scores.get(panel, point.recall or 0.0)


def _across(points: list[Point]) -> str | None:
    """The option to draw over."""
    names = list(points[0].row.options) if points else []
    varied = [(name, _values(points, name)) for name in names]
    varied = [(name, values) for name, values in varied if len(values) > 1]
    if not varied:
        return None
    return max(varied, key=lambda found: (all(map(_is_number, found[1])), len(found[1])))[0]


def _values(points: list[Point], name: str) -> list[Any]:
    """Values of an option, each once, in the order of the grid."""
    return list({str(point.row.options[name]): point.row.options[name] for point in points}.values())


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _lines(points: list[Point], across: str) -> dict[str, list[Point]]:
    """Points by their line: the code length, and the other options that vary."""
    others = [n for n in points[0].row.options if n != across and len(_values(points, n)) > 1]
    lines: dict[str, list[Point]] = {}
    for point in points:
        label = ", ".join([f"{point.bits} bits", *(f"{name} {point.row.options[name]}" for name in others)])
        lines.setdefault(label, []).append(point)
    return lines


def _styles() -> list[str]:
    """Colours begin anew after six, and then with another style."""
    return ["-"] * 6 + ["--"] * 6
