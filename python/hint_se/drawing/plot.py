"""Pictures of a tree that stay readable from a few leaves to millions.

A subtree too thin to be seen is not drawn on its own. Words appear where they fit. So the work of drawing is bounded by the size
of the picture. Geometry is left to `layout`, communities and words to `scene`. Lengths are in points, 1/72 inch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hint_se.drawing.captions import add_legend
from hint_se.drawing.dendrogram import dendrogram
from hint_se.drawing.icicle import icicle
from hint_se.drawing.lettering import without_math
from hint_se.drawing.scene import Scene, make_scene
from hint_se.drawing.sunburst import sunburst
from hint_se.drawing.treemap import treemap
from hint_se.optional import optional

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hint_se.inputs.edges import NodeNames

__all__ = ["Kind", "draw", "leaf_labels"]

Kind: TypeAlias = Literal["dendrogram", "sunburst", "treemap", "icicle"]

_PAINTERS: dict[Kind, Callable[[Axes, Scene], None]] = {
    "dendrogram": dendrogram,
    "sunburst": sunburst,
    "treemap": treemap,
    "icicle": icicle,
}
# Inches.
_SIZES: dict[Kind, tuple[float, float]] = {
    "dendrogram": (9.0, 5.0),
    "sunburst": (8.2, 6.4),
    "treemap": (9.0, 5.6),
    "icicle": (9.0, 6.0),
}
# Where a new figure is large enough to name this many leaves: inches of each, across or down, and of what stands around.
_NAMED, _LEAF = 120, 0.104
_ROOM: dict[Kind, tuple[float, float]] = {"dendrogram": (3.0, 0.0), "icicle": (0.0, 1.1)}


def draw(
    parent: NDArray[np.int32],
    volume: NDArray[np.float64],
    cut: NDArray[np.float64],
    texts: list[str],
    *,
    kind: Kind,
    ax: Axes | None,
    n_communities: int | None,
    title: str,
    legend: bool,
) -> Axes:
    """Draw a tree and return the axes; see `Tree.plot`."""
    ax = _axes(kind, ax, len(texts))
    scene = make_scene(parent, volume, cut, texts, n_communities)
    without_math(ax.set_title(title, loc="left", fontsize=9, wrap=True))
    if legend:
        add_legend(ax, scene)
    _PAINTERS[kind](ax, scene)
    return ax


def leaf_labels(labels: Sequence[Any] | None, names: NodeNames | None, leaves: int) -> list[str]:
    """Return what to write on each leaf: labels if given, else its name, else its id."""
    if labels is None:
        return [str(name) for name in (range(leaves) if names is None else names)]
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        raise ValueError(f"labels: expected a sequence of {leaves}, one per leaf, got {type(labels).__name__}")
    texts = [str(name) for name in labels]
    if len(texts) != leaves:
        raise ValueError(f"labels: expected {leaves}, one per leaf, got {len(texts)}")
    return texts


def _axes(kind: Kind, ax: Any, leaves: int) -> Axes:
    with optional("matplotlib", needed_by="plot"):
        import matplotlib.pyplot as plt
        from matplotlib.axes import Axes
    if ax is None:
        return plt.subplots(figsize=_size(kind, leaves), layout="constrained")[1]
    if not isinstance(ax, Axes) or ax.name != "rectilinear":
        raise ValueError(f"ax: expected two-dimensional matplotlib Axes, got {getattr(ax, 'name', type(ax).__name__)}")
    return ax


def _size(kind: Kind, leaves: int) -> tuple[float, float]:
    """Return width and height of a new figure: larger than usual where that lets every leaf be named."""
    around = _ROOM.get(kind, (0.0, 0.0)) if leaves <= _NAMED else (0.0, 0.0)
    width, height = (
        max(side, _LEAF * leaves + more) if more else side for side, more in zip(_SIZES[kind], around, strict=True)
    )
    return width, height
