"""Words around a picture: what the tree is and saves, and the key to its communities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hint_se.colours import ALONE
from hint_se.drawing.lettering import without_math
from hint_se.drawing.paint import axes_points
from hint_se.drawing.scene import Scene
from hint_se.hierarchy.summary import TreeSummary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["add_legend", "heading"]

# Points: size of letters, height of an entry of one line and of a further line, and of title and axis, which have no room yet.
_SIZE, _ROW, _LINE, _AROUND = 8.0, 10.4, 9.6, 36.0
# Members named, and letters of each.
_MEMBERS, _LETTERS = 2, 15


def heading(about: TreeSummary) -> str:
    """Return the title of a picture: size, what the tree saves and of what, and what chance saves, or that this is not known."""
    leaves = "1 leaf" if about.n_leaves == 1 else f"{about.n_leaves:,} leaves"
    if about.one_dimensional_entropy == 0:
        return f"{leaves}, height {about.height}, no edges to save bits on"
    flat = f"{about.compression:.0%} below the {about.one_dimensional_entropy:.3f} of a flat tree"
    size = f"{leaves}, height {about.height}; structural entropy {about.entropy:.3f} bits a step, {flat}"
    if about.null is None:
        return f"{size}\nwhat random graphs of the same degrees save: not measured"
    chance = f"random graphs of the same degrees save {about.null.mean:.0%} ± {about.null.std:.1%}, this one {about.null.saved:.0%}"
    return f"{size}\n{chance} (effort fast): {'structure' if about.null.structure else 'not told from chance'}"


def add_legend(ax: Axes, scene: Scene) -> None:
    """List communities beside the axes, largest first: label in the cut, leaves, share, and members where they have names and not numbers alone.

    As many as there is height for, the others as a number.
    """
    from matplotlib.patches import Patch

    members = not all(map(str.isdigit, scene.names.texts))
    several = scene.groups[scene.counts[scene.groups] > 1]
    alone = scene.groups.size - several.size
    height = axes_points(ax)[1] - _AROUND
    room = max(1, int(height / (_ROW + _LINE * members)) - (alone > 0))
    shown = several[: room if several.size <= room else max(1, room - 1)]
    known = _best_connected(scene, shown) if members else [""] * shown.size
    handles = [
        Patch(
            color=tuple(scene.hues[node]),
            label=f"#{number}: {scene.counts[node]:,} ({scene.counts[node] / scene.n_leaves:.0%}){who}",
        )
        for node, number, who in zip(shown.tolist(), scene.numbers.tolist(), known, strict=False)
    ]
    if several.size > shown.size:
        handles.append(Patch(color="none", label=f"and {several.size - shown.size:,} more"))
    if alone:
        handles.append(Patch(color=ALONE, label=f"{alone:,} single {'leaf' if alone == 1 else 'leaves'}"))
    legend = ax.legend(
        handles=handles,
        title=f"{scene.groups.size:,} {'community' if scene.groups.size == 1 else 'communities'}: leaves (share)",
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0.0,
        frameon=False,
        prop={"size": _SIZE, "family": list(scene.fonts) or None},
        title_fontsize=_SIZE,
        alignment="left",
        handlelength=1.0,
        handleheight=1.0,
        labelspacing=0.2,
    )
    for text in legend.get_texts():
        without_math(text)


def _best_connected(scene: Scene, communities: NDArray[np.int64]) -> list[str]:
    """Return for each community a line with its members of the greatest volume."""
    leaves = np.arange(scene.n_leaves)
    order = np.lexsort((leaves, -scene.volume[leaves], scene.community[leaves]))
    place = np.searchsorted(scene.community[leaves], communities, sorter=order)
    lines = []
    for begin, community in zip(place.tolist(), communities.tolist(), strict=True):
        first = order[begin : begin + min(_MEMBERS, int(scene.counts[community]))].tolist()
        names = [text for leaf in first if (text := scene.names.at_most(leaf, _LETTERS))]
        more = ", …" if names and scene.counts[community] > len(names) else ""
        lines.append("\n" + ", ".join(names) + more if names else "")
    return lines
