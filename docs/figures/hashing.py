"""Draw hashing.svg: how a pair of picture and caption goes from features to graph, tree, targets, codes and search.

``python docs/figures/hashing.py`` writes it beside this file, in about a minute. Nine pairs of the built-in set are shown. Graph and tree are
those of the nine alone, by the default options; outputs, codes and hits come from a run on all training pairs.
"""

import tempfile
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import networkx
import numpy as np
import torch
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import Rectangle

import hint_se
import hint_train
from hint_train.config.sections import GraphConfig
from hint_train.structure.neighbour_lists import neighbour_lists
from hint_train.structure.pair_graph import pair_graph

BITS = 64
# Rows of the built-in set: three rings, three triangles and three stars, some of one colour.
PAIRS = (503, 2541, 2591, 569, 2785, 1066, 899, 716, 1975)
GRAPH = GraphConfig(k=3, agreement_k=4)
QUERY = "a red wedge"
RANKS = (1, 100, 400, 1600)
INK, GREY, FRAME = "#1c2733", "#6b7785", "#dde5ee"
COLOURS = ("#2a6fb0", "#c8622c", "#3b8f5a")


def thumbnail(ax, data, row, place, zoom=0.62, edge=GREY):
    """Put the picture of a row at a place."""
    box = OffsetImage(data.gallery.pictures[row], zoom=zoom)
    ax.add_artist(AnnotationBbox(box, place, pad=0.12, bboxprops={"edgecolor": edge, "linewidth": 1.3}))


def draw_features(ax, data):
    """Three pairs with the numbers of both sides."""
    for i, row in enumerate(PAIRS[::3]):
        y = 2.75 - 0.8 * i
        thumbnail(ax, data, row, (0.35, y), edge=COLOURS[i])
        ax.text(2.95, y + 0.2, f"“{data.captions[row]}”", color=INK, fontsize=9.5, ha="left", va="center")
        picture = data.image[row][: 272 // 8 * 8].reshape(-1, 8).mean(axis=1)[None]
        ax.imshow(picture, extent=(0.85, 2.65, y - 0.17, y + 0.17), aspect="auto", cmap="cividis")
        ax.imshow(data.text[row][None], extent=(2.95, 4.75, y - 0.21, y + 0.03), aspect="auto", cmap="Greys", vmax=1.4)
    ax.text(1.75, 0.72, f"{data.image.shape[1]} numbers", color=GREY, fontsize=8.5, ha="center")
    ax.text(3.85, 0.72, f"{data.text.shape[1]} words, 0 or 1", color=GREY, fontsize=8.5, ha="center")
    ax.set(xlim=(-0.1, 4.9), ylim=(0.5, 3.2))


def draw_graph(ax, data, graph, colours):
    """The pairs as nodes; edges are as thick as their weight."""
    drawn = networkx.Graph()
    drawn.add_nodes_from(range(len(PAIRS)))
    drawn.add_weighted_edges_from(
        (int(a), int(b), float(w)) for (a, b), w in zip(graph.edges, graph.weights, strict=True)
    )
    place = networkx.kamada_kawai_layout(drawn, weight=None)
    for a, b, weight in drawn.edges(data="weight"):
        inside = colours[a] == colours[b]
        ax.plot(
            *zip(place[a], place[b], strict=True),
            lw=1.4 * weight,
            color=COLOURS[colours[a]] if inside else GREY,
            ls="-" if inside else (0, (3, 2)),
            zorder=0,
        )
    for node, row in enumerate(PAIRS):
        thumbnail(ax, data, row, place[node], edge=COLOURS[colours[node]])
    ax.margins(0.18)


def draw_tree(ax, data, tree, colours):
    """The encoding tree over the nine pairs."""
    order = sorted(range(len(PAIRS)), key=lambda leaf: (int(colours[leaf]), leaf))
    place = {leaf: (float(at), 0.0) for at, leaf in enumerate(order)}
    for node in range(tree.n_leaves, len(tree.parent)):
        below = [place[child] for child in tree.children(node).tolist()]
        place[node] = (float(np.mean([x for x, _ in below])), max(y for _, y in below) + 1.0)
    for node, up in enumerate(tree.parent[:-1].tolist()):
        colour = COLOURS[colours[tree.leaves(node)[0]]]
        ax.plot(*zip(place[node], place[up], strict=True), color=colour, lw=1.6, zorder=0)
    for leaf, row in enumerate(PAIRS):
        thumbnail(ax, data, row, place[leaf], zoom=0.5, edge=COLOURS[colours[leaf]])
    for node in range(tree.n_leaves, len(tree.parent)):
        x, y = place[node]
        colour = INK if node == tree.root else COLOURS[colours[tree.leaves(node)[0]]]
        ax.scatter(x, y, s=70, color="white", edgecolor=colour, lw=1.8, zorder=3)
    ax.text(*np.add(place[tree.root], (0.4, 0.0)), "root", color=GREY, fontsize=8.5, va="center")
    ax.set(xlim=(-0.7, len(PAIRS) - 0.3), ylim=(-0.5, place[tree.root][1] + 0.35))


def draw_target(ax, outputs, colours):
    """Outputs of one community, their mean, and its sign."""
    members = [i for i in range(len(PAIRS)) if colours[i] == 0]
    rows = np.concatenate([np.tanh(outputs[m][members]) for m in ("image", "text")])
    target = rows.mean(axis=0, keepdims=True)
    signs = np.where(target >= 0, 1.0, -1.0)
    places = [*(3.1 - 0.34 * i - 0.12 * (i >= len(members)) for i in range(len(rows))), 0.86, 0.46]
    for row, y in zip([*rows, target[0], signs[0]], places, strict=True):
        at = (1.3, 4.9, y - 0.15, y + 0.15)
        ax.imshow(row[None], extent=at, aspect="auto", cmap="RdBu", vmin=-1, vmax=1)
    for words, y in (("pictures", 2.76), ("texts", 1.62), ("mean", 0.86), ("sign", 0.46)):
        ax.text(1.15, y, words, fontsize=9, color=INK, ha="right", va="center")
    ax.text(
        3.1, 0.1, f"{BITS} outputs each: red below 0, blue above", fontsize=8.5, color=GREY, ha="center", va="center"
    )
    ax.set(xlim=(-0.1, 4.95), ylim=(-0.05, 3.4))


def draw_codes(ax, data, outputs, colours):
    """The bits of both sides of each pair."""
    for i, row in enumerate(PAIRS):
        y = 8.0 - i
        thumbnail(ax, data, row, (0.0, y), zoom=0.36, edge=COLOURS[colours[i]])
        for side, modality in enumerate(("image", "text")):
            left = 0.55 + 2.2 * side
            bits = (outputs[modality][i] >= 0)[None]
            ax.imshow(
                bits, extent=(left, left + 2.0, y - 0.3, y + 0.3), aspect="auto", cmap="Greys", vmin=-0.15, vmax=1
            )
    for side, words in enumerate(("of the picture", "of the text")):
        ax.text(1.55 + 2.2 * side, 8.75, words, fontsize=9, color=INK, ha="center")
    ax.set(xlim=(-0.4, 4.9), ylim=(-0.6, 9.2))


def draw_search(ax, data, run):
    """What stands at some ranks behind a question in words."""
    query = run.encode([QUERY], modality="text")
    index = run.index(modality="image")
    hits = index.search(query, k=len(index))
    names = {name: row for row, name in enumerate(run.items.ids)}
    ax.text(0.0, 2.6, f"“{QUERY}”", fontsize=10.5, color=INK, va="center")
    bits = np.unpackbits(query, axis=1, bitorder="little", count=BITS)
    ax.imshow(bits, extent=(0.0, 4.0, 2.05, 2.3), aspect="auto", cmap="Greys", vmin=-0.15, vmax=1)
    for i, rank in enumerate(RANKS):
        thumbnail(ax, data, names[hits.ids[0][rank - 1]], (0.45 + 1.05 * i, 1.4), zoom=0.8)
        distance = int(hits.distances[0, rank - 1])
        words = f"rank {rank:,}\n{distance} bit" + "s" * (distance != 1)
        ax.text(0.45 + 1.05 * i, 0.9, words, fontsize=9, color=GREY, ha="center", va="top")
    ax.set(xlim=(-0.1, 4.3), ylim=(0.4, 3.0))


def main() -> None:
    """Write the figure."""
    mpl.rcParams.update({"svg.hashsalt": "hint_se", "svg.fonttype": "path", "font.family": "DejaVu Sans"})
    data = hint_train.DATASETS["shapes"](None)
    features = {"image": data.image[list(PAIRS)], "text": data.text[list(PAIRS)]}
    lists = {m: neighbour_lists(torch.from_numpy(x), GRAPH, torch.device("cpu")) for m, x in features.items()}
    graph = pair_graph(lists["image"], lists["text"], GRAPH)
    tree = hint_se.build_tree((graph.edges, graph.weights), n_nodes=len(PAIRS), height=2)
    colours = tree.labels(1)
    with tempfile.TemporaryDirectory() as folder:
        hint_train.run(hint_train.Config(dataset="shapes", bits=(BITS,)), f"{folder}/run")
        run = hint_train.load(f"{folder}/run")
        outputs = {m: run.outputs(x, modality=m) for m, x in features.items()}
        figure, axes = plt.subplots(3, 2, figsize=(7.6, 8.6))
        figure.subplots_adjust(0.005, 0.005, 0.995, 0.97, wspace=0.04, hspace=0.12)
        titles = (
            "1  features of both sides",
            "2  a graph of the pairs",
            "3  its encoding tree",
            "4  what a community aims at",
            "5  codes: the signs of the outputs",
            "6  search: bits that differ",
        )
        draw_features(axes[0, 0], data)
        draw_graph(axes[0, 1], data, graph, colours)
        draw_tree(axes[1, 0], data, tree, colours)
        draw_target(axes[1, 1], outputs, colours)
        draw_codes(axes[2, 0], data, outputs, colours)
        draw_search(axes[2, 1], data, run)
    for ax, title in zip(axes.flat, titles, strict=True):
        ax.axis("off")
        ax.set_title(title, fontsize=10.5, color=INK, loc="left")
        ax.add_patch(Rectangle((0.0, 0.0), 1.0, 1.0, transform=ax.transAxes, fc="none", ec=FRAME, lw=1.2))
    figure.savefig(Path(__file__).with_name("hashing.svg"), metadata={"Date": None})


if __name__ == "__main__":
    main()
