"""What all pictures of a tree share: communities and their colours, words that fit, the axes and the legend."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.hierarchy.cuts import (
    community_nodes,
    leaf_counts,
    merge_heights,
    number_by_appearance,
    split_nodes,
    telling_cut,
)
from hint_se.hierarchy.invariants import leaf_count
from hint_se.hierarchy.suggest import suggested

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = [
    "PALETTE",
    "Scene",
    "add_legend",
    "axes_points",
    "ink",
    "label",
    "make_scene",
    "tinted",
    "without_math",
]

#: Okabe and Ito (2008): told apart with every kind of colour blindness. Their black is left to words.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442")
# So many communities can be told in a picture, colours repeating.
_SEEN = 30
_ABOVE, _ALONE = "#9A9A9A", "#C4C4C4"
# Points: what is smaller cannot be read, what is larger shouts.
_SMALLEST, _LARGEST = 5.5, 8.0
# Line height over font size; letters of a name.
_LEADING, _LONGEST = 1.2, 32


@dataclass(frozen=True, slots=True)
class Scene:
    """A tree as a picture sees it. Columns have one row per tree node.

    ``community`` is the tree node of the coloured community that a node lies in, ``divided`` marks the nodes
    above the communities. ``groups`` are the communities, largest first, and ``numbers`` their labels in the cut.
    """

    parent: NDArray[np.int32]
    counts: NDArray[np.int64]
    depth: NDArray[np.int32]
    heights: NDArray[np.float64]
    texts: list[str]
    community: NDArray[np.int64]
    divided: NDArray[np.bool_]
    groups: NDArray[np.int64]
    numbers: NDArray[np.int32]
    hues: NDArray[np.float64]

    @property
    def n_leaves(self) -> int:
        """Number of leaves."""
        return len(self.texts)

    def is_community(self, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which tree nodes are coloured communities as a whole."""
        whole: NDArray[np.bool_] = (self.community[nodes] == nodes) & ~self.divided[nodes]
        return whole

    def colours(self, nodes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the colours (k, 3) of tree nodes: their community's, paler with each level below it."""
        below = self.depth[nodes] - self.depth[self.community[nodes]]
        return tinted(self.hues[nodes], 0.55 * (1 - 0.8**below))

    def words(self, node: int) -> tuple[str, ...]:
        """Return what may be written on a node, the longest first: a leaf's name, a community's number, (leaves)."""
        if node < self.n_leaves:
            return (_one_line(self.texts[node]),)
        count = f"({self.counts[node]:,})"
        if self.is_community(np.array([node]))[0]:
            number = f"#{self.numbers[np.flatnonzero(self.groups == node)[0]]}"
            return (f"{number} {count}", number)
        return (count,)


def make_scene(
    parent: NDArray[np.int32],
    volume: NDArray[np.float64],
    cut: NDArray[np.float64],
    texts: list[str],
    n_communities: int | None,
) -> Scene:
    """Return the scene of a tree, coloured by a cut of at most ``n_communities``; None: see `_overview`."""
    heights, counts = merge_heights(parent, volume, cut), leaf_counts(parent)
    most = n_communities or _overview(parent, volume, cut, heights, counts)
    divided = split_nodes(parent, heights, most)
    community = community_nodes(parent, divided)
    leaves = leaf_count(parent)
    of_leaf = community[:leaves]
    groups, first = np.unique(of_leaf, return_index=True)
    numbers = number_by_appearance(of_leaf)[first]
    order = np.lexsort((numbers, -counts[groups]))
    groups, numbers = groups[order], numbers[order]
    hues = _hues(divided, community, groups, counts)
    return Scene(parent, counts, _core.depths(parent), heights, texts, community, divided, groups, numbers, hues)


def _overview(
    parent: NDArray[np.int32],
    volume: NDArray[np.float64],
    cut: NDArray[np.float64],
    heights: NDArray[np.float64],
    counts: NDArray[np.int64],
) -> int:
    """Return how many communities to colour: the suggested ones, or where these are too many to see as many large ones as colours."""
    read = suggested(parent, volume, cut).n_communities
    return read if read <= _SEEN else telling_cut(parent, heights, counts, len(PALETTE))


def _hues(
    divided: NDArray[np.bool_], community: NDArray[np.int64], groups: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the colour of each node's community: the palette by falling size, over and over; grey for lone leaves."""
    from matplotlib.colors import to_rgb

    palette = np.array([to_rgb(name) for name in (*PALETTE, _ALONE, _ABOVE)])
    choice = np.full(divided.size, len(PALETTE) + 1)
    choice[groups] = np.where(counts[groups] > 1, np.arange(groups.size) % len(PALETTE), len(PALETTE))
    return palette[np.where(divided, len(PALETTE) + 1, choice[community])]


def axes_points(ax: Axes) -> tuple[float, float]:
    """Return width and height of axes in points, once legend, title and layout have settled."""
    root = ax.figure.canvas.figure
    if root.get_layout_engine() is not None:
        root.draw_without_rendering()
    ax.apply_aspect()
    box = ax.get_window_extent()
    return box.width * 72 / root.dpi, box.height * 72 / root.dpi


def add_legend(ax: Axes, scene: Scene) -> None:
    """List the largest communities beside the axes with their labels in the cut, sizes and shares."""
    from matplotlib.patches import Patch

    several = scene.groups[scene.counts[scene.groups] > 1]
    shown = several[: len(PALETTE)]
    handles = [
        Patch(
            color=tuple(scene.hues[node]),
            label=f"#{number}: {scene.counts[node]:,} ({scene.counts[node] / scene.n_leaves:.0%})",
        )
        for node, number in zip(shown, scene.numbers, strict=False)
    ]
    if several.size > shown.size:
        more = several.size - shown.size
        handles.append(Patch(color="none", label=f"and {more:,} more,\ncolours repeat"))
    if alone := scene.groups.size - several.size:
        handles.append(Patch(color=_ALONE, label=f"{alone:,} single {'leaf' if alone == 1 else 'leaves'}"))
    ax.legend(
        handles=handles,
        title=f"cut({scene.groups.size}): leaves",
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0.0,
        frameon=False,
        fontsize=8,
        title_fontsize=8,
        alignment="left",
        handlelength=1.0,
        handleheight=1.0,
    )


def label(
    ax: Axes, at: tuple[float, float], words: tuple[str, ...], room: tuple[float, float], colour: Any, **options: Any
) -> None:
    """Write the first of some words that fits a room of width x height points, as large as it may; else none."""
    for text in words:
        size = fitting_size(text, *room)
        if size is not None:
            options = {"ha": "center", "va": "center_baseline", "rotation_mode": "anchor"} | options
            without_math(ax.text(*at, text, fontsize=size, color=colour, clip_on=True, **options))
            return


def fitting_size(text: str, width: float, height: float) -> float | None:
    """Return the font size in points at which a text fits, None where it could not be read."""
    # Measuring is slow, and no letter that can be read is narrower than this.
    if height < _SMALLEST * _LEADING or width < 0.25 * _SMALLEST * len(text) or not text.strip():
        return None
    size = min(_LARGEST, height / _LEADING, 0.94 * width / _unit_width(text))
    return size if size >= _SMALLEST else None


@lru_cache(maxsize=4096)
def _unit_width(text: str) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    width, _, _ = text_to_path.get_text_width_height_descent(text, FontProperties(size=10), ismath=False)
    return max(float(width) / 10, 0.01)


def ink(colour: Any) -> str:
    """Return black or white, whichever is easier to read on a colour (relative luminance of WCAG 2)."""
    share = np.asarray(colour)
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return "black" if float(linear @ (0.2126, 0.7152, 0.0722)) > 0.2 else "white"


def tinted(colours: NDArray[np.float64], white: Any) -> NDArray[np.float64]:
    """Return colours (k, 3) mixed with a share of white, or where that is negative of black."""
    share = np.reshape(np.asarray(white), (-1, 1))
    return colours + np.abs(share) * ((share > 0) - colours)


def without_math(text: Text) -> None:
    """Show a text as it is: a dollar sign in a name starts no formula."""
    text.set_parse_math(False)


def _one_line(text: str) -> str:
    """Return a name as it can be drawn: without control characters and lone surrogates, of bounded length."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text[: 2 * _LONGEST]).strip()
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"
