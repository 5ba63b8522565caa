"""Structure or noise: random graphs with the same degrees, and what they say."""

import math

import networkx
import numpy as np
import pytest
from samples import TRIANGLES

import hint_se
from hint_se import Graph, Tree, TreeError
from hint_se.trees.null import _random_like


def simple(graph):
    """The same graph, checked: a loop or a repeat would break its invariants."""
    return Graph(graph.indptr, graph.indices, graph.weights, None, graph.extra_volume)


@pytest.mark.parametrize("seed", range(4))
def test_random_graphs_keep_degrees_and_weights(seed, random_graph):
    edges, weights = random_graph(seed, 50, 150)
    graph = Graph.from_edges(edges, weights, n_nodes=52)
    other = simple(_random_like(graph, np.random.default_rng(seed)))
    assert np.diff(other.indptr).tolist() == np.diff(graph.indptr).tolist()
    assert np.sort(other.weights) == pytest.approx(np.sort(graph.weights))
    assert other != graph


def test_every_graph_of_the_degrees_is_as_likely():
    """Six nodes on circles: 60 single ones and 10 pairs of triangles, so that a seventh is pairs."""
    circle = Graph.from_edges([(i, (i + 1) % 6) for i in range(6)])
    pairs = 0
    for seed in range(600):
        drawn = _random_like(circle, np.random.default_rng(seed))
        pairs += (
            networkx.number_connected_components(
                networkx.from_edgelist(zip(np.repeat(range(6), 2), drawn.indices, strict=True))
            )
            == 2
        )
    assert abs(pairs / 600 - 1 / 7) < 0.05


def test_structure_is_told_from_noise():
    communities = hint_se.build_tree(networkx.planted_partition_graph(5, 30, 0.4, 0.03, seed=0)).null()
    assert communities.structure
    assert communities.z > 10
    assert communities.saved > communities.mean
    noise = hint_se.build_tree(networkx.gnp_random_graph(150, 0.05, seed=0)).null()
    assert not noise.structure
    assert len(noise.samples) == 20
    assert noise.mean == pytest.approx(np.mean(noise.samples))
    assert noise.std == pytest.approx(np.std(noise.samples, ddof=1))
    assert noise.z == pytest.approx((noise.saved - noise.mean) / noise.std / math.sqrt(1 + 1 / 20))
    assert str(noise).endswith("not told from chance")


def test_the_only_graph_of_its_degrees():
    complete = hint_se.build_tree(networkx.complete_graph(8)).null(samples=3)
    assert (complete.z, complete.std, complete.structure) == (0.0, 0.0, False)
    alone = hint_se.build_tree(Graph.from_edges(np.empty((0, 2), int), n_nodes=3))
    assert alone.null(samples=2).z == 0.0
    assert alone.summary().null is None


def test_the_summary_and_the_picture_say_it():
    import matplotlib

    matplotlib.use("Agg")
    tree = hint_se.build_tree(networkx.planted_partition_graph(4, 20, 0.5, 0.03, seed=0))
    summary = tree.summary()
    assert summary.null == tree.null()
    assert "structure" in str(summary).splitlines()[2]
    assert tree.summary(null=False).null is None
    axes = tree.plot("icicle")
    assert axes.get_title(loc="left").endswith("structure")
    matplotlib.pyplot.close(axes.figure)


def test_a_lost_graph_is_asked_for():
    lost = Tree.from_parent(TRIANGLES, [6, 6, 6, 7, 7, 7, 8, 8, -1])
    kept = lost.null(samples=4, seed=3)
    again = Tree(lost.parent, lost.volume, lost.cuts)
    assert again.summary().null is None
    for call in (again.null, lambda: again.summary(null=True)):
        with pytest.raises(TreeError, match="expected the graph, which null needs and this tree has lost"):
            call()
    assert again.null(TRIANGLES, samples=4, seed=3) == kept
    assert kept != lost.null(samples=4, seed=4)


def test_a_loaded_tree_takes_its_graph(tmp_path):
    tree = hint_se.build_tree(TRIANGLES)
    tree.save(tmp_path / "tree.npz")
    assert Tree.load(tmp_path / "tree.npz", graph=TRIANGLES).summary() == tree.summary()
    with pytest.raises(TreeError, match="expected the one that the tree was built on"):
        Tree.load(tmp_path / "tree.npz", graph=[*TRIANGLES, (0, 4)])


@pytest.mark.parametrize("options", [{"samples": 1}, {"samples": 2.0}, {"samples": 1001}, {"seed": -1}, {"seed": "a"}])
def test_numbers_out_of_range(options):
    with pytest.raises(ValueError, match="samples|seed"):
        hint_se.build_tree(TRIANGLES).null(**options)
