"""What a reader sees: a colour for every community, words within what they name, nothing beyond the edge of the figure."""

import functools

import matplotlib.pyplot as plt
import networkx
import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.path import Path

import hint_se
from hint_se import Tree
from hint_se.colours import ABOVE

KINDS = ("dendrogram", "sunburst", "treemap", "icicle")
NESTED = ("sunburst", "treemap", "icicle")


def planted(sizes, inside, outside, **options):
    return hint_se.build_tree(list(networkx.random_partition_graph(sizes, inside, outside, seed=0).edges), **options)


def nested_thirty():
    """Thirty communities of thirty in six groups, on three levels."""
    rng = np.random.default_rng(0)
    community = np.repeat(np.arange(30), 30)
    group = community // 5
    near = np.where(group[:, None] == group, 0.03, 0.003)
    chance = np.where(community[:, None] == community, 0.5, near)
    return hint_se.build_tree(np.argwhere(np.triu(rng.random(chance.shape) < chance, 1)), n_nodes=900, height=3)


TREES = {
    "karate": lambda: hint_se.build_tree(list(networkx.karate_club_graph().edges)),
    "novel": lambda: hint_se.build_tree(networkx.les_miserables_graph()),
    "long": lambda: hint_se.build_tree(
        [
            (f"org.example.module.Class{u:03d}Handler", f"org.example.module.Class{v:03d}Handler")
            for u, v in networkx.karate_club_graph().edges
        ]
    ),
    "six": lambda: planted([500] * 6, 0.04, 0.002),
    "thirty": nested_thirty,
    "forty": lambda: planted([20] * 40, 0.6, 0.003),
    "star": lambda: hint_se.build_tree([(0, leaf) for leaf in range(1, 60)]),
    "chain": lambda: hint_se.build_tree([(i, i + 1) for i in range(60)]),
    "two": lambda: hint_se.build_tree([("ann", "bob")]),
    "one": lambda: Tree.from_parent(hint_se.Graph.from_edges(np.empty((0, 2), int), n_nodes=1), [-1]),
}


@functools.cache
def made(name):
    return TREES[name]()


@pytest.fixture(params=TREES)
def tree(request):
    return made(request.param)


def drawn(ax):
    ax.figure.canvas.draw()
    return ax


def words(ax):
    return [text for text in ax.texts if text.get_text()]


def corners(text):
    """Return the corners of a text in pixels, turned as it is drawn."""
    turned = text.get_rotation()
    box = level = text.get_window_extent()
    if turned % 360:
        text.set_rotation(0)
        level = text.get_window_extent()
        text.set_rotation(turned)
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [level.width / 2, level.height / 2]
    cosine, sine = np.cos(np.radians(turned)), np.sin(np.radians(turned))
    return (box.min + box.max) / 2 + half @ [[cosine, sine], [-sine, cosine]]


def shapes(ax):
    """Return the polygons of an axes in pixels with their colours, the last drawn first."""
    found = []
    for collection in ax.collections:
        if isinstance(collection, PolyCollection):
            faces = np.resize(collection.get_facecolor(), (len(collection.get_paths()), 4))
            found += [
                (Path(ax.transData.transform(path.vertices)), tuple(face[:3]))
                for path, face in zip(collection.get_paths(), faces, strict=True)
            ]
    return found[::-1]


def within(places, box):
    """Return whether corners lie in a box, up to a pixel."""
    return (places >= box.min - 1).all() and (places <= box.max + 1).all()


def holder(text, polygons):
    """Return the polygon that is on top under the middle of a text."""
    middle = np.mean(text.get_window_extent(), axis=0)
    return next((polygon for polygon in polygons if polygon[0].contains_point(middle)), None)


@pytest.mark.parametrize("kind", KINDS)
def test_words_lie_within_what_they_name_and_nothing_leaves_the_figure(tree, kind):
    ax = drawn(tree.plot(kind))
    polygons = shapes(ax)
    for text in words(ax):
        held, places = holder(text, polygons), corners(text)
        if held is None:
            # In the hole of a sunburst, or beyond its rim, where it must not leave the axes.
            assert kind == "sunburst"
            assert within(places, ax.get_window_extent())
            continue
        assert within(places, held[0].get_extents()), text.get_text()
        if kind == "sunburst":
            # The orientation of a path decides which way a radius grows it; one of both must hold all.
            inside = held[0].contains_points(places, radius=2.5) | held[0].contains_points(places, radius=-2.5)
            assert inside.all(), text.get_text()
    around = [ax._left_title, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels(), *ax.get_legend().get_texts()]
    assert all(within(corners(text), ax.figure.bbox) for text in around if text.get_text())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["karate", "novel", "long"])
def test_every_leaf_is_named_and_no_two_alike(name, kind):
    leaves = made(name)
    ax = drawn(leaves.plot(kind))
    texts = [text.get_text() for text in (ax.get_xticklabels() if kind == "dendrogram" else words(ax))]
    shown = ["".join(text.split()) for text in texts if not text.startswith(("(", "#"))]
    shown = [text for text in shown if kind != "sunburst" or text != str(leaves.n_leaves)]
    assert len(shown) == len(set(shown)) == leaves.n_leaves
    if name != "long":
        assert set(shown) == {str(node) for node in leaves.node_names or range(34)}


@pytest.mark.parametrize(("name", "count"), [("six", 6), ("thirty", 30), ("forty", 40)])
@pytest.mark.parametrize("kind", NESTED)
def test_as_many_colours_as_communities(name, count, kind):
    assert made(name).suggest_level().n_communities == count
    ax = drawn(made(name).plot(kind))
    polygons = shapes(ax)
    numbers = {text.get_text().split()[0]: holder(text, polygons)[1] for text in words(ax) if text.get_text()[0] == "#"}
    assert len(numbers) == count
    assert len(set(numbers.values())) == count


@pytest.mark.parametrize("kind", KINDS)
def test_small_figures_break_the_lines_around_the_axes(kind):
    _, ax = plt.subplots(figsize=(4.5, 3.5), layout="constrained")
    drawn(made("novel").plot(kind, ax=ax))
    around = [ax._left_title, ax.xaxis.label, ax.yaxis.label, *ax.get_legend().get_texts()]
    assert all(within(corners(text), ax.figure.bbox) for text in around if text.get_text())


@pytest.mark.parametrize(("name", "grey"), [("thirty", True), ("forty", False)])
def test_what_lies_above_many_communities_is_a_mixture_of_their_colours(name, grey):
    ax = drawn(made(name).plot("icicle"))
    colours = {colour for _, colour in shapes(ax)[:-1]}
    assert (to_rgb(ABOVE) in colours) == grey


def test_every_leaf_a_community_of_its_own():
    ax = made("karate").plot("icicle", n_communities=34)
    [only] = ax.get_legend().get_texts()
    assert only.get_text() == "34 single leaves"
