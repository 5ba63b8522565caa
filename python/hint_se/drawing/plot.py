"""Pictures of a tree that stay readable from a few leaves to millions.

A subtree too thin to be seen is not drawn on its own. Words appear where they fit. So the work of drawing is bounded by the size
of the picture. Geometry is left to `layout`, colours and words to `scene`. Lengths are in points, 1/72 inch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hint_se.drawing.layout import HEADING, Outline, branch_places, outline, tiles
from hint_se.drawing.scene import Scene, add_legend, axes_points, ink, label, make_scene, tinted, without_math
from hint_se.optional import optional

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hint_se.inputs.edges import NodeNames

__all__ = ["Kind", "draw", "leaf_labels"]

Kind: TypeAlias = Literal["dendrogram", "sunburst", "treemap", "icicle"]

_SIZES: dict[Kind, tuple[float, float]] = {
    "dendrogram": (9.0, 4.6),
    "sunburst": (7.4, 6.0),
    "treemap": (9.0, 5.6),
    "icicle": (9.0, 6.0),
}
# Thinner subtrees are not drawn on their own: the first of these that leaves at most this share of all
# leaves outside every community that is shown.
_THIN: dict[Kind, tuple[float, ...]] = {
    "dendrogram": (6.5, 3.0, 1.5, 0.8),
    "sunburst": (2.0, 1.4, 0.8),
    "icicle": (2.0, 1.4, 0.8),
}
_LOST = 0.1
# Levels are no narrower, tiles (in square points) no smaller.
_COLUMN, _RING, _SMALL = 14.0, 9.0, 90.0
# A tile's parts hold at most this share of it.
_PART = 0.3
# Radius of the hole of a sunburst; white in the colour of what is not shown in detail.
_HOLE, _FADED = 0.18, 0.75


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
    ax = _axes(kind, ax)
    scene = make_scene(parent, volume, cut, texts, n_communities)
    without_math(ax.set_title(title, loc="left", fontsize=10))
    if legend:
        add_legend(ax, scene)
    painters: dict[Kind, Callable[[Axes, Scene], None]] = {
        "dendrogram": _dendrogram,
        "sunburst": _sunburst,
        "treemap": _treemap,
        "icicle": _icicle,
    }
    painters[kind](ax, scene)
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


def _axes(kind: Kind, ax: Any) -> Axes:
    with optional("matplotlib", needed_by="plot"):
        import matplotlib.pyplot as plt
        from matplotlib.axes import Axes
    if ax is None:
        return plt.subplots(figsize=_SIZES[kind], layout="constrained")[1]
    if not isinstance(ax, Axes) or ax.name != "rectilinear":
        raise ValueError(f"ax: expected two-dimensional matplotlib Axes, got {getattr(ax, 'name', type(ax).__name__)}")
    return ax


def _outline(scene: Scene, kind: Kind, extent: float, deepest: int) -> Outline:
    """Return what can be seen where all leaves share an extent; a taller tree than fits is thinned where it is lopsided."""
    forced = scene.is_community(np.arange(scene.parent.size))
    for thin in _THIN[kind]:
        for share in (1.0, 0.95, 0.8, 0.5):
            shape = outline(scene.parent, scene.counts, scene.n_leaves * thin / extent, share=share, forced=forced)
            if shape.depth.max() <= deepest:
                break
        if shape.hidden[scene.divided[shape.node]].sum() <= _LOST * scene.n_leaves:
            break
    return shape


def _icicle(ax: Axes, scene: Scene) -> None:
    """Levels from left to right, leaves from top to bottom; a leaf reaches to the right edge."""
    ax.set(xlim=(0, 1), ylim=(scene.n_leaves, 0), xlabel="level")
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    width, height = axes_points(ax)
    shape = _outline(scene, "icicle", height, int(width / _COLUMN))
    # The root is left out, but where it is all there is; the last column stands for all levels that are not shown.
    first = min(1, int(shape.depth.max()))
    left, bottom = shape.depth - first, shape.start + shape.size
    columns = int(left.max()) + 1 + bool(shape.hidden.any())
    right = np.where(shape.size == 1, columns, left + 1)
    column, unit = width / columns, height / scene.n_leaves
    ax.set(xlim=(0, columns))
    under = scene.is_community(shape.node) & (shape.size > 1) | (shape.up < 0)
    back = _boxes(left[under] + 1, np.full(under.sum(), columns), shape.start[under], bottom[under])
    _paint(ax, back, tinted(scene.hues[shape.node[under]], _FADED), 0.0)
    rows = np.flatnonzero(shape.depth >= first)
    colours = scene.colours(shape.node)
    boxes = _boxes(left[rows], right[rows], shape.start[rows], bottom[rows])
    _paint(ax, boxes, colours[rows], 0.12 * unit * shape.size[rows])
    for row in rows.tolist():
        room = ((right[row] - left[row]) * column - 3, unit * shape.size[row])
        middle = ((left[row] + right[row]) / 2, shape.start[row] + shape.size[row] / 2)
        label(ax, middle, scene.words(int(shape.node[row])), room, ink(colours[row]))
    for row in np.flatnonzero(shape.hidden & ~shape.closed).tolist():
        room = ((columns - left[row] - 1) * column - 3, unit * shape.hidden[row])
        middle = ((left[row] + 1 + columns) / 2, bottom[row] - shape.hidden[row] / 2)
        label(ax, middle, (f"({shape.hidden[row]:,})",), room, "black")
    names = [str(level + first) for level in range(columns)]
    names[-1] = "…" if shape.hidden.any() else names[-1]
    _name_levels(ax, names, column, bool((shape.depth != scene.depth[shape.node]).any()))


def _name_levels(ax: Axes, names: list[str], column: float, thinned: bool) -> None:
    step = int(np.ceil(12 / column))
    ax.set_xticks(np.arange(len(names))[::step] + 0.5, names[::step], fontsize=8)
    ax.tick_params(length=0)
    ax.set_xlabel("levels, less those that only shed a few leaves" if thinned else "level")


def _sunburst(ax: Axes, scene: Scene) -> None:
    """Levels from the middle outwards, leaves clockwise from the top."""
    ax.set(xlim=(-1, 1), ylim=(-1, 1), aspect="equal")
    ax.axis("off")
    radius = min(axes_points(ax)) / 2
    shape = _outline(scene, "sunburst", 2 * np.pi * 0.8 * radius, int((1 - _HOLE) * radius / _RING))
    turn, step = 2 * np.pi / scene.n_leaves, (1 - _HOLE) / max(1, int(shape.depth.max()))
    begin, end = shape.start * turn, (shape.start + shape.size) * turn
    outer = _HOLE + np.maximum(shape.depth, shape.size == 1) * step
    colours = scene.colours(shape.node)
    if shape.hidden.any():
        under = np.flatnonzero(scene.is_community(shape.node) & (shape.size > 1) | (shape.up < 0))
        back = [_sector(begin[row], end[row], outer[row], 1.0) for row in under]
        _paint(ax, back, tinted(scene.hues[shape.node[under]], _FADED), 0.0)
    rows = np.flatnonzero(outer > _HOLE)
    rings = [_sector(begin[row], end[row], outer[row] - step, outer[row]) for row in rows]
    _paint(ax, rings, colours[rows], (0.12 * radius * outer * (end - begin))[rows])
    for row in rows.tolist():
        place = (begin[row], end[row], outer[row] - step, step)
        _label_ring(ax, scene.words(int(shape.node[row])), place, radius, colours[row])
    label(ax, (0, 0), (f"{scene.n_leaves:,}",), (1.8 * _HOLE * radius, 20), "#444444")


def _label_ring(
    ax: Axes,
    words: tuple[str, ...],
    place: tuple[float, float, float, float],
    radius: float,
    colour: NDArray[np.float64],
) -> None:
    """Write along the ring where that is the longer side, else outwards; never upside down."""
    begin, end, inner, step = place
    middle, angle = inner + step / 2, (begin + end) / 2
    # Words are straight: of a wide arc only a part is nearly so.
    along, across = min(end - begin, np.pi / 3) * middle * radius, step * radius
    outwards = along < across
    room = (across - 3, along) if outwards else (along - 3, across)
    degrees = 90 - np.degrees(angle) - (0 if outwards else 90)
    where = (middle * np.sin(angle), middle * np.cos(angle))
    label(ax, where, words, room, ink(colour), rotation=(degrees + 89.9) % 180 - 89.9)


def _treemap(ax: Axes, scene: Scene) -> None:
    """Area by leaves: communities, in them their parts, and so on while a tile is large enough."""
    ax.axis("off")
    width, height = axes_points(ax)
    ax.set(xlim=(0, width), ylim=(height, 0))
    least = scene.n_leaves * _SMALL / (width * height)
    forced = scene.is_community(np.arange(scene.parent.size))
    shape = outline(scene.parent, scene.counts, least, share=_PART, forced=forced, skipped=scene.divided)
    found = tiles(shape, scene.is_community(shape.node), width, height)
    node = shape.node[found.row]
    x, y, wide, high = found.box.T
    white = np.where(found.rest > 0, 0.72, 0.45 * (1 - 0.6 ** np.maximum(found.layer - 1, 0)))
    colours = tinted(scene.hues[node], white)
    rows = np.flatnonzero((found.layer > 0) | (found.rest > 0) | found.whole | found.headed)
    _paint(ax, _boxes(x, x + wide, y, y + high)[rows], colours[rows], 0.1 * np.minimum(wide, high)[rows])
    for row in rows.tolist():
        words = (f"({found.rest[row]:,})",) if found.rest[row] else scene.words(int(node[row]))
        if found.headed[row]:
            at, room = (x[row] + 3, y[row] + 0.5 + HEADING / 2), (wide[row] - 6, HEADING)
            label(ax, at, words, room, ink(colours[row]), ha="left", weight="bold")
        elif found.whole[row]:
            at = (x[row] + wide[row] / 2, y[row] + high[row] / 2)
            label(ax, at, words, (wide[row] - 2, high[row]), ink(colours[row]))


def _dendrogram(ax: Axes, scene: Scene) -> None:
    """Leaves from left to right, merges at their heights.

    A triangle is a subtree too thin to be opened, a pale block the small subtrees that merge at its top.
    """
    ax.set(xlim=(0, scene.n_leaves), ylim=(0, 1.04 * max(float(scene.heights[-1]), 0.01)), ylabel="merge height")
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    ax.set_xticks([])
    ax.tick_params(axis="x", length=0)
    width, _ = axes_points(ax)
    unit = width / scene.n_leaves
    shape = _outline(scene, "dendrogram", width, scene.parent.size)
    high, end = scene.heights[shape.node], shape.start + shape.size
    hues = tinted(scene.hues[shape.node], -0.1)
    closed, low = shape.closed, np.zeros(high.size)
    rest = (shape.hidden > 0) & ~closed
    stem, bar = branch_places(shape, rest & (unit * shape.hidden >= 1))
    _paint(ax, _boxes(end - shape.hidden, end, low, high)[rest], tinted(hues[rest], _FADED), 0.0)
    triangles = np.stack([np.stack([stem, shape.start, end], axis=1), np.stack([high, low, low], axis=1)], axis=2)
    _paint(ax, triangles[closed], tinted(hues[closed], 0.45), 0.6, hues[closed])
    opened = ~np.isnan(bar[:, 0])
    bars = np.stack([bar, np.stack([high, high], axis=1)], axis=2)[opened]
    legs = np.stack([np.stack([stem, stem], axis=1), np.stack([high, high[shape.up]], axis=1)], axis=2)[1:]
    ends = closed | (shape.size == 1)
    thick = np.clip(0.3 * width / max(1, ends.sum()), 0.3, 0.9)
    _lines(ax, np.concatenate([legs, bars]), np.concatenate([hues[1:], hues[opened]]), thick)
    named = ends & (unit * shape.size >= 6)
    _name_stems(ax, stem[named], [scene.words(int(node))[0] for node in shape.node[named]], unit)


def _name_stems(ax: Axes, places: NDArray[np.float64], names: list[str], unit: float) -> None:
    """Write names under leaves and (leaves) under triangles, where their width lets them stand side by side."""
    ax.set_xticks(places, names, rotation=90, fontsize=min(8.0, max(5.5, 0.85 * unit)))
    for text in ax.get_xticklabels():
        without_math(text)


def _paint(ax: Axes, shapes: Any, colours: NDArray[np.float64], edges: Any, edge_colours: Any = "white") -> None:
    from matplotlib.collections import PolyCollection

    widths = np.clip(np.broadcast_to(edges, len(colours)), 0, 0.8)
    if len(colours):
        patches = PolyCollection(shapes, facecolors=colours, edgecolors=edge_colours, linewidths=widths)
        ax.add_collection(patches, autolim=False)


def _lines(ax: Axes, segments: NDArray[np.float64], colours: NDArray[np.float64], thick: float) -> None:
    from matplotlib.collections import LineCollection

    lines = LineCollection(list(segments), colors=colours, linewidths=thick, capstyle="projecting")
    ax.add_collection(lines, autolim=False)


def _boxes(left: Any, right: Any, low: Any, high: Any) -> NDArray[np.float64]:
    across = np.stack([left, right, right, left], axis=1)
    upwards = np.stack([low, low, high, high], axis=1)
    return np.stack([across, upwards], axis=2).astype(np.float64)


def _sector(begin: float, end: float, inner: float, outer: float) -> NDArray[np.float64]:
    """Return a sector of a ring as a polygon whose corners are at most two degrees apart."""
    angle = np.linspace(begin, end, 2 + int((end - begin) / 0.035))
    circle = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return np.concatenate([inner * circle, outer * circle[::-1]])
