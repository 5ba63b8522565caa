"""Pictures: what is drawn is true, every word can be read, and no tree takes long."""

import time

import matplotlib.pyplot as plt
import networkx
import numpy as np
import pytest
from benchmarks.trees import benchmark_graphs
from matplotlib.collections import LineCollection, PolyCollection

import hint_se
from hint_se import Tree

KINDS = ("dendrogram", "sunburst", "treemap", "icicle")


@pytest.fixture(scope="module")
def karate():
    return hint_se.build_tree(list(networkx.karate_club_graph().edges))


@pytest.fixture(scope="module")
def large():
    edges, _, n = benchmark_graphs.cross_modal_knn(50_000)
    return hint_se.build_tree(edges, n_nodes=n, effort="fast")


def drawn(ax):
    """Return the axes after everything has been rendered, which the warnings-are-errors rule watches."""
    ax.figure.canvas.draw()
    return ax


def words(ax):
    ticks = ax.get_xticklabels() if ax.axison else []
    return [text for text in [*ax.texts, *ticks] if text.get_text()]


def overlaps(boxes):
    """Return pairs of boxes that share more than a pixel."""
    found = []
    for position, one in enumerate(boxes):
        for two in boxes[:position]:
            wide = min(one.x1, two.x1) - max(one.x0, two.x0)
            high = min(one.y1, two.y1) - max(one.y0, two.y0)
            if wide > 1 and high > 1:
                found.append((one, two))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_leaf_of_a_small_tree_is_named_and_no_two_words_overlap(karate, kind):
    names = [f"m{node}" for node in range(34)]
    ax = drawn(karate.plot(kind, labels=names))
    assert set(names) <= {text.get_text() for text in words(ax)}
    assert overlaps([text.get_window_extent() for text in words(ax) if not text.get_rotation() % 90]) == []
    assert min(text.get_fontsize() for text in words(ax)) >= 5.5


@pytest.mark.parametrize("kind", KINDS)
def test_fifty_thousand_leaves_take_less_than_two_seconds_and_stay_readable(large, kind):
    started = time.process_time()
    ax = drawn(large.plot(kind))
    assert time.process_time() - started < 2
    assert sum(len(collection.get_paths()) for collection in ax.collections) < 4000
    assert 20 < len(words(ax)) < 1000
    upright = [text.get_window_extent() for text in words(ax) if not text.get_rotation() % 90]
    assert overlaps(upright) == []
    page = ax.get_window_extent()
    assert all(box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1 for box in upright)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("edges", "parent"),
    [
        (np.empty((0, 2), int), [-1]),
        (np.empty((0, 2), int), [3, 3, 3, -1]),
        ([(0, 1)], [2, 2, -1]),
        ([(0, 1), (2, 3)], [4, 4, 5, 5, 6, 6, 7, 8, -1]),
        ([(0, 1), (1, 2)], [5, 5, 6, 7, 7, 6, 7, -1]),
    ],
    ids=["one", "no edges", "two", "single children", "isolated nodes"],
)
def test_small_and_odd_trees(kind, edges, parent):
    n = min(parent[:-1], default=1)
    tree = Tree.from_parent(hint_se.Graph.from_edges(edges, n_nodes=n), parent)
    ax = drawn(tree.plot(kind))
    assert {str(leaf) for leaf in range(n)} <= {text.get_text() for text in words(ax)}


@pytest.mark.parametrize("kind", KINDS)
def test_axes_of_twenty_pixels_raise_no_warning(kind):
    tree = hint_se.build_tree(networkx.planted_partition_graph(60, 10, 0.7, 0.002, seed=1))
    axes = tree.plot(kind, ax=plt.figure(figsize=(0.2, 0.2)).add_subplot())
    assert drawn(axes) is axes


@pytest.mark.parametrize("kind", KINDS)
def test_wide_and_deep_trees(kind):
    n = 20_000
    edges = np.stack([np.arange(n - 1), np.arange(1, n)], axis=1)
    parent = np.full(2 * n - 1, -1)
    parent[:2] = n
    parent[2:n] = parent[n:-1] = np.arange(n + 1, 2 * n - 1)
    for tree in (Tree.from_parent(edges, [n] * n + [-1]), Tree.from_parent(edges, parent)):
        started = time.process_time()
        ax = drawn(tree.plot(kind))
        assert time.process_time() - started < 2
        shown = ax.figure.canvas.buffer_rgba()
        assert (np.asarray(shown)[..., :3] != 255).any(axis=2).mean() > 0.02


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_drawn_as_they_are(kind):
    names = ["$x_1$", "a\nb\0c", "\udcff", "y" * 300, "", "{%&"]
    tree = hint_se.build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)])
    ax = drawn(tree.plot(kind, labels=names, title="50 $ and _more^"))
    found = {text.get_text() for text in words(ax)}
    assert {"$x_1$", "{%&"} <= found
    assert max(map(len, found)) <= 52
    assert ax.get_title(loc="left") == "50 $ and _more^"


@pytest.mark.parametrize("kind", KINDS)
def test_axes_that_were_given_are_used_and_nothing_else(karate, kind):
    figure, (one, two) = plt.subplots(1, 2, figsize=(10, 5))
    assert karate.plot(kind, ax=two, legend=False, title="") is two
    assert plt.get_fignums() == [figure.number]
    assert one.has_data() is False
    assert two.get_legend() is None
    assert two.get_title(loc="left") == ""
    assert drawn(two).has_data() or two.collections


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "pie"}, "kind: expected one of 'dendrogram', 'sunburst', 'treemap', 'icicle', got 'pie'"),
        ({"kind": None}, "kind: expected one of"),
        ({"kind": ["icicle"]}, "kind: expected one of"),
        ({"ax": 3}, "ax: expected two-dimensional matplotlib Axes, got int"),
        ({"ax": "polar"}, "ax: expected two-dimensional matplotlib Axes, got polar"),
        ({"n_communities": 0}, "n_communities: expected an integer >= 1 and < 35, got 0"),
        ({"n_communities": 35}, "n_communities: expected an integer >= 1 and < 35, got 35"),
        ({"n_communities": 2.0}, "n_communities: expected an integer >= 1, got 2.0"),
        ({"labels": ["a"]}, "labels: expected 34, one per leaf, got 1"),
        ({"labels": "a" * 34}, "labels: expected a sequence of 34, one per leaf, got str"),
        ({"labels": 34}, "labels: expected a sequence of 34, one per leaf, got int"),
    ],
)
def test_bad_arguments(karate, arguments, message):
    if arguments.get("ax") == "polar":
        arguments = {"ax": plt.figure().add_subplot(projection="polar")}
    before = plt.get_fignums()
    with pytest.raises(ValueError, match=message):
        karate.plot(**arguments)
    assert plt.get_fignums() == before


def test_a_dendrogram_shows_the_merge_heights(karate):
    ax = karate.plot()
    lines = next(artist for artist in ax.collections if isinstance(artist, LineCollection))
    heights = {round(y, 9) for path in lines.get_paths() for _, y in path.vertices}
    assert heights - {0.0} == {round(height, 9) for height in karate.to_linkage()[:, 2]}
    places = sorted(float(x) for x in ax.get_xticks())
    assert places == [leaf + 0.5 for leaf in range(34)]


def test_a_dendrogram_without_room_closes_subtrees(large):
    ax = drawn(large.plot("dendrogram"))
    shown = [text.get_text() for text in ax.get_xticklabels()]
    assert all(text.startswith(("(", "#")) for text in shown)
    gaps = np.diff(sorted(ax.get_xticks())) * ax.get_window_extent().width * 72 / ax.figure.dpi / 50_000
    assert gaps.min() >= 5


def areas(ax):
    """Return the area of each polygon of an axes, in its units, by the shoelace formula."""
    polygons = [p.vertices[:-1] for c in ax.collections if isinstance(c, PolyCollection) for p in c.get_paths()]
    return [abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2 for x, y in (p.T for p in polygons)]


def test_a_treemap_gives_every_leaf_of_a_community_the_same_area():
    flat = Tree.from_parent(hint_se.Graph.from_edges([(0, 1)], n_nodes=50), [50] * 50 + [-1])
    leaves = sorted(areas(flat.plot("treemap")))[:50]
    assert leaves == pytest.approx([leaves[0]] * 50, rel=1e-6)


def test_an_icicle_gives_every_leaf_the_same_height(karate):
    ax = karate.plot("icicle")
    boxes = [p.vertices for c in ax.collections if isinstance(c, PolyCollection) for p in c.get_paths()]
    right = max(box[:, 0].max() for box in boxes)
    leaves = sorted(box[:, 1].min() for box in boxes if box[:, 0].max() == right and np.ptp(box[:, 1]) == 1)
    assert leaves == list(range(34))


def test_sectors_of_a_sunburst_are_proportional_to_leaves():
    tree = Tree.from_parent([(0, 1), (1, 2), (3, 0)], [4, 4, 4, 5, 5, -1])
    ax = tree.plot("sunburst", n_communities=2)
    sectors = [p.vertices for c in ax.collections for p in c.get_paths()]
    turns = [np.ptp(np.unwrap(np.arctan2(s[: len(s) // 2, 0], s[: len(s) // 2, 1]))) / (2 * np.pi) for s in sectors]
    assert sorted(turns) == pytest.approx([0.25, 0.25, 0.25, 0.25, 0.75], abs=1e-6)


def test_lone_leaves_take_no_colour_from_communities():
    tree = hint_se.build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)], n_nodes=40)
    texts = [text.get_text() for text in tree.plot("treemap").get_legend().get_texts()]
    assert texts == ["#0: 3 (8%)", "#1: 3 (8%)", "34 single leaves"]


def test_a_new_figure_has_title_and_legend(karate):
    ax = karate.plot("icicle", n_communities=4)
    assert ax.get_title(loc="left").splitlines() == [
        "34 leaves, height 9; structural entropy 2.578 bits a step, 45% below the 4.704 of a flat tree",
        "random graphs of the same degrees save 40% ± 1.1%, this one 45% (effort fast): structure",
    ]
    legend = ax.get_legend()
    labels = karate.cut(4)
    expected = {f"#{label}: {size} ({size / 34:.0%})" for label, size in enumerate(np.bincount(labels))}
    assert {text.get_text() for text in legend.get_texts()} == expected
    assert legend.get_title().get_text() == "4 communities: leaves (share)"


def test_the_legend_says_whom_to_know_a_community_by():
    novel = hint_se.build_tree(networkx.les_miserables_graph())
    texts = [text.get_text() for text in novel.plot("treemap").get_legend().get_texts()]
    assert texts[0] == "#1: 28 (36%)\nValjean, Marius, …"
    degree = dict(networkx.les_miserables_graph().degree(weight="weight"))
    for label, members in enumerate(novel.communities()):
        [line] = [text for text in texts if text.startswith(f"#{label}:")]
        named = line.splitlines()[1].removesuffix(", …").split(", ")
        assert [degree[name] for name in named] == sorted((degree[name] for name in members), reverse=True)[:2]
        assert members.issuperset(named)


def test_noise_is_not_drawn_without_a_word():
    noise = hint_se.build_tree(networkx.gnp_random_graph(150, 0.05, seed=1))
    ax = noise.plot("treemap")
    assert ax.get_title(loc="left").splitlines()[1] == (
        "random graphs of the same degrees save 33% ± 0.4%, this one 34% (effort fast): not told from chance"
    )
    assert ax.get_legend().get_title().get_text() == "1 community: leaves (share)"
    lost = Tree(noise.parent, noise.volume, noise.cuts).plot("treemap")
    assert lost.get_title(loc="left").endswith("what random graphs of the same degrees save: not measured")


@pytest.mark.parametrize(
    ("kind", "across", "upwards"),
    [
        ("dendrogram", "leaves", "merge height, 0 to 1: e / (e + o)\ne, o: links expected, observed"),
        ("icicle", "level, 1 is the coarsest", "34 leaves, all of the same height"),
        ("sunburst", "ring: a level, the coarsest innermost; angle: leaves", ""),
        ("treemap", "area: leaves; (12) is a subtree of 12; a heading is a community, tiles in it are its parts", ""),
    ],
)
def test_axes_say_what_is_measured(karate, kind, across, upwards):
    ax = drawn(karate.plot(kind))
    assert (ax.get_xlabel(), ax.get_ylabel()) == (across, upwards)
    assert ax.xaxis.label.get_visible()
