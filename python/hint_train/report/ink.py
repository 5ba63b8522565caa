"""A figure as a file of its own, and as a part of a page, where it takes the page's colours."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG

from hint_train.whole import written_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

COLOURS = ("#1f6fb4", "#c2570c", "#2a7d3f", "#a23b9a", "#8a6d00", "#0b7f86", "#6b7078")
"""Lines on white, the last one for what they are measured against; on a page `--line-0` and so on in `page.css`."""
_INK = "#000000"
"""What matplotlib writes letters and frames in by default: on a page, whatever its letters have."""


def save_png(figure: Figure, path: Path) -> None:
    """Write a figure as PNG on white."""
    FigureCanvasAgg(figure)
    with written_atomically(path) as stream, _quiet():
        figure.savefig(stream, dpi=110, format="png")


def as_svg(figure: Figure, name: str, alt: str) -> Markup:
    """A figure as an `svg` element without a ground, in which letters stay letters and take the colour of the page.

    Parameters
    ----------
    name
        Begins every id inside, so that several figures may stand in one page.
    alt
        What a screen reader says of it.
    """
    FigureCanvasSVG(figure)
    stream = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": name}), _quiet():
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    root, inner = text[text.index("<svg") :].split(">", 1)
    box = re.search(r'viewBox="[^"]*"', root)
    assert box is not None
    inner = re.sub(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>", "", inner, flags=re.DOTALL)
    inner = re.sub(r'\bid="', f'id="{name}-', inner)
    inner = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{name}-", inner)
    inner = re.sub(r"font-family: [^;]*;", "", inner)
    inner = inner.replace(_INK, "currentColor").replace("#b0b0b0", "currentColor").replace("#ffffff", "none")
    for i, colour in enumerate(COLOURS):
        inner = inner.replace(colour, f"var(--line-{i})")
    head = Markup('<svg role="img" aria-label="{}" {} fill="currentColor">').format(alt, Markup(box[0]))  # noqa: S704
    return head + Markup(inner)  # noqa: S704  (of numbers and of the project's own words)


def _quiet() -> warnings.catch_warnings[None]:
    """Letters that no font has are drawn as boxes, which is no fault of the run."""
    return warnings.catch_warnings(action="ignore", category=UserWarning)
