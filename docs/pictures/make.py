"""Draw the pictures of trees that the guide shows: the karate club, 34 nodes, and a kNN graph of 50,000.

Run as ``python docs/pictures/make.py``; the folder of this file is where they go.
"""

import sys
from pathlib import Path

import matplotlib as mpl
import networkx
from PIL import Image

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parents[1]))

from benchmarks.trees import benchmark_graphs  # noqa: E402

import hint_se  # noqa: E402

KINDS = ("dendrogram", "icicle", "sunburst", "treemap")


def trees() -> dict[str, hint_se.Tree]:
    """Return the two trees by the name of their pictures."""
    edges, _, n = benchmark_graphs.cross_modal_knn(50_000)
    return {
        "karate": hint_se.build_tree(list(networkx.karate_club_graph().edges)),
        "knn-50000": hint_se.build_tree(edges, n_nodes=n),
    }


def draw(tree: hint_se.Tree, kind: str, path: Path) -> None:
    """Write one picture, in a palette of 256 colours: a third of the bytes, and no difference to be seen."""
    figure = tree.plot(kind).figure
    figure.savefig(path, dpi=120)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(256, kmeans=3, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    mpl.pyplot.close(figure)


if __name__ == "__main__":
    mpl.use("agg")
    for name, tree in trees().items():
        for kind in KINDS:
            draw(tree, kind, FOLDER / f"{name}-{kind}.png")
