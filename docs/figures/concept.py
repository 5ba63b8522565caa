"""Draw concept.svg: two triangles joined by an edge, their encoding tree, and the bits of each of its nodes.

``python docs/figures/concept.py`` writes it beside this file. Every number in it is computed.
"""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch

import hint_se

EDGES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]
PLACES = {0: (0.0, 1.0), 1: (0.0, -1.0), 2: (1.15, 0.0), 3: (2.65, 0.0), 4: (3.8, 1.0), 5: (3.8, -1.0)}
INK, GREY, COLOURS = "#1c2733", "#6b7785", ("#2a6fb0", "#c8622c")
PAPER = ("#dcebf8", "#fbe6da")


def disc(ax, place, text, colour, size=620):
    """Draw a node with its number inside."""
    ax.scatter(*place, s=size, color="white", edgecolor=colour, linewidth=1.8, zorder=3)
    ax.text(*place, text, ha="center", va="center", fontsize=11, color=INK, zorder=4)


def draw_graph(ax, tree):
    """Draw the graph over its two communities."""
    for side, left in enumerate((-0.55, 2.1)):
        ax.add_patch(
            FancyBboxPatch(
                (left, -1.5), 2.25, 3.0, boxstyle="round,pad=0.05,rounding_size=0.5", color=PAPER[side], zorder=0
            )
        )
    for u, v in EDGES:
        crossing = {u, v} == {2, 3}
        ax.plot(
            *zip(PLACES[u], PLACES[v], strict=True),
            color=INK if crossing else GREY,
            lw=2.2 if crossing else 1.4,
            zorder=1,
        )
    for node, place in PLACES.items():
        disc(ax, place, str(node), COLOURS[node > 2])
        below = -0.44 if place[1] <= 0 else 0.44
        ax.text(
            place[0],
            place[1] + below,
            f"d = {tree.volume[node]:.0f}",
            ha="center",
            va="center",
            fontsize=8.5,
            color=GREY,
        )
    ax.text(1.9, 0.22, "g = 1", ha="center", fontsize=9, color=INK)
    ax.set(xlim=(-0.8, 4.6), ylim=(-2.0, 1.9))
    ax.set_title("the graph: 7 edges, volume 14", fontsize=11, color=INK, loc="left")


def draw_tree(ax, tree):
    """Draw the encoding tree with the volume of each node and the bits that it adds."""
    bits = hint_se.entropy_terms(tree)
    place = {leaf: (leaf * 1.0 + 0.4 * (leaf > 2), 0.0) for leaf in range(6)}
    place |= {6: (1.0, 1.3), 7: (4.4, 1.3), 8: (2.7, 2.6)}
    for node, up in enumerate(tree.parent[:-1].tolist()):
        ax.plot(*zip(place[node], place[up], strict=True), color=GREY, lw=1.4, zorder=1)
    for node, (x, y) in place.items():
        leaf = node < 6
        colour = INK if node == tree.root else COLOURS[node == 7 or 2 < node < 6]
        disc(ax, (x, y), str(node) if leaf else "", colour, 420)
        words = f"V = {tree.volume[node]:.0f}"
        if leaf:
            ax.text(x, y - 0.36, words, ha="center", va="top", fontsize=8.5, color=GREY)
            ax.text(x, y - 0.62, f"{bits[node]:.4f}", ha="center", va="top", fontsize=8.5, color=INK)
        else:
            # Away from the edge to the root.
            side, to = (-0.28, "right") if node == 6 else (0.28, "left")
            words += "" if node == tree.root else ", g = 1"
            ax.text(x + side, y + 0.12, words, ha=to, fontsize=8.5, color=GREY)
            if node != tree.root:
                ax.text(x + side, y - 0.16, f"{bits[node]:.4f}", ha=to, fontsize=8.5, color=INK)
    for y, words in ((2.6, "root"), (1.3, "level 1:\ncommunities"), (-0.1, "level 2:\nnodes, V = d = g")):
        ax.text(6.3, y, words, ha="left", va="center", fontsize=9, color=GREY)
    ax.set(xlim=(-0.5, 8.0), ylim=(-1.05, 3.05))
    ax.set_title(
        f"its encoding tree: the bits beside and below the nodes sum to {tree.entropy:.4f}",
        fontsize=11,
        color=INK,
        loc="left",
    )


def main() -> None:
    """Write the figure."""
    mpl.rcParams.update({"svg.hashsalt": "hint_se", "svg.fonttype": "path", "font.family": "DejaVu Sans"})
    tree = hint_se.build_tree(EDGES, height=2)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.9), width_ratios=(1, 1.25), layout="constrained")
    draw_graph(left, tree)
    draw_tree(right, tree)
    for ax in (left, right):
        ax.axis("off")
    figure.savefig(Path(__file__).with_name("concept.svg"), metadata={"Date": None})


if __name__ == "__main__":
    main()
