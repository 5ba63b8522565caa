"""`retrieval.png`: what a few queries find, in both directions, on one sheet."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from hint_train.report.sheet import N_HITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from PIL.Image import Image

    from hint_train.data import PairedData
    from hint_train.report.sheet import Hit, Sheet

_INCH = 1.35
_ROW, _HEAD = 1.16, 0.55
"""Heights in units of one picture: a row with the words below it, and the heading of a direction."""
_LEFT = 1.75
RELEVANT, OTHER = "#1a7f37", "#b3261e"
_WORDS = {
    "image": ("Asked with a picture, found: texts", "picture"),
    "text": ("Asked with a text, found: pictures", "text"),
}


def sheet_figure(title: str, sheets: list[Sheet], data: PairedData, pictures: Mapping[int, Image]) -> Figure:
    """Queries at the left, the nearest items beside them, framed by whether they share a label with the query."""
    n_rows = sum(len(sheet.hits) for sheet in sheets)
    width, height = _LEFT + N_HITS, _ROW * n_rows + _HEAD * len(sheets) + 0.95
    figure = Figure(figsize=(_INCH * width, _INCH * height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    _say(axes, 0.15, 0.3, title, size=13, weight="bold")
    _say(axes, 0.15, 0.6, _legend(sheets, data), size=9)
    top = 0.9
    for sheet in sheets:
        _say(axes, 0.15, top + 0.22, f"{_WORDS[sheet.source][0]} ({sheet.bits} bits)", size=11, weight="bold")
        top += _HEAD
        for query, hits in sheet.hits.items():
            _query(axes, top, sheet, query, data, pictures)
            for i, hit in enumerate(hits):
                _hit(axes, _LEFT + i, top, sheet, hit, data, pictures)
            top += _ROW
    return figure


def _legend(sheets: list[Sheet], data: PairedData) -> str:
    below = f"Below each: how many of the {sheets[0].bits} bits differ; nearest first."
    if data.labels is None:
        return f"{below} There are no labels, so nothing says which are right."
    return f"Solid green frame: shares a label with the query. Dashed red frame: shares none. {below}"


def _query(axes: Axes, top: float, sheet: Sheet, row: int, data: PairedData, pictures: Mapping[int, Image]) -> None:
    caption = data.captions[row] if data.captions else ""
    if sheet.source == "image":
        if row in pictures:
            _picture(axes, 0.35, top, pictures[row])
        _say(axes, 0.8, top + 0.99, "query", size=7, ha="center")
    else:
        _say(axes, 0.15, top + 0.45, _fitted(caption, 17, 6), size=9)
        if row in pictures:
            _picture(axes, 1.25, top + 0.27, pictures[row], 0.35)
            _say(axes, 1.43, top + 0.7, "its own", size=6, ha="center")


def _hit(
    axes: Axes, left: float, top: float, sheet: Sheet, hit: Hit, data: PairedData, pictures: Mapping[int, Image]
) -> None:
    if sheet.target == "image" and hit.row in pictures:
        _picture(axes, left + 0.05, top, pictures[hit.row])
    elif data.captions:
        _say(axes, left + 0.5, top + 0.45, _fitted(data.captions[hit.row], 16, 7), size=7.5, ha="center")
    colour, style = {True: (RELEVANT, "-"), False: (OTHER, "--"), None: ("#6b7078", "-")}[hit.relevant]
    width = 0.8 if hit.relevant is None else 2.2
    axes.add_patch(
        Rectangle((left + 0.05, top), 0.9, 0.9, fill=False, edgecolor=colour, linestyle=style, linewidth=width)
    )
    _say(axes, left + 0.5, top + 0.99, f"{hit.distance} bit{'' if hit.distance == 1 else 's'}", size=7, ha="center")


def _picture(axes: Axes, left: float, top: float, picture: Image, side: float = 0.9) -> None:
    """A picture in a square, in its own proportions."""
    width, height = (side * x / max(picture.size) for x in picture.size)
    x, y = left + (side - width) / 2, top + (side - height) / 2
    axes.imshow(np.asarray(picture), extent=(x, x + width, y + height, y), aspect="auto")


def _say(axes: Axes, x: float, y: float, words: str, *, size: float, ha: str = "left", weight: str = "normal") -> None:
    # A caption is no formula, whatever signs of the dollar are in it.
    axes.text(x, y, words, fontsize=size, ha=ha, va="center", fontweight=weight, parse_math=False)


def _fitted(caption: str, width: int, lines: int) -> str:
    """A caption in a few lines, letters that nobody can see left out."""
    plain = "".join(letter if letter.isprintable() else " " for letter in caption)
    found = textwrap.wrap(plain, width, max_lines=lines, placeholder=" …", break_long_words=True)
    return "\n".join(found)
