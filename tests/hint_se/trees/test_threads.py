"""Several threads at once: the core needs no interpreter lock, and no call sees another."""

import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

import hint_se

N_THREADS = 6


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("height", [None, 2])
def test_trees_built_at_once_are_the_trees_built_one_by_one(random_graph, height, n_threads):
    drawn = [random_graph(seed, 100, 300, weighted=seed % 2 == 0) for seed in range(N_THREADS)]
    graphs = [hint_se.Graph.from_edges(edges, weights, n_nodes=100) for edges, weights in drawn]
    together = Barrier(N_THREADS)

    def work(seed, wait=True):
        if wait:
            together.wait()
        tree = hint_se.build_tree(graphs[seed], height=height, seed=seed, n_threads=n_threads)
        updated = tree.update(graphs[seed], [(seed, 99 - seed)], weights=[2.0], height=height)
        return tree, *updated, hint_se.structural_entropy(graphs[seed], tree)

    alone = [work(seed, wait=False) for seed in range(N_THREADS)]
    with ThreadPoolExecutor(N_THREADS) as pool:
        for _ in range(2):
            assert list(pool.map(work, range(N_THREADS))) == alone


def test_one_graph_is_shared_by_all_threads(random_graph):
    edges, weights = random_graph(1, 300, 1200)
    graph = hint_se.Graph.from_edges(edges, weights, n_nodes=300)
    with ThreadPoolExecutor(N_THREADS) as pool:
        trees = list(pool.map(lambda _: hint_se.build_tree(graph, n_threads=2), range(N_THREADS)))
    for tree in trees[1:]:
        for name in ("parent", "volume", "cuts"):
            np.testing.assert_array_equal(getattr(tree, name), getattr(trees[0], name), strict=True)


def test_a_tree_of_more_than_65_536_nodes_is_the_same_for_every_number_of_threads():
    n = 66_000
    rng = np.random.default_rng(3)
    start = np.repeat(np.arange(n), 2)
    # Within blocks of 64 nodes under a random numbering, and one end in five anywhere.
    end = np.where(
        rng.random(start.size) < 0.2, rng.integers(0, n, start.size), start // 64 * 64 + rng.integers(0, 64, start.size)
    )
    edges = np.stack([start, np.minimum(end, n - 1)], axis=1)[start != end]
    edges = rng.permutation(n)[edges[edges[:, 0] != edges[:, 1]]]
    graph = hint_se.Graph.from_edges(edges, n_nodes=n)
    trees = [hint_se.build_tree(graph, n_threads=count) for count in (1, 2, 3, 4, 8, 16)]
    assert trees[0].entropy == pytest.approx(hint_se.structural_entropy(graph, trees[0]), rel=1e-12)
    assert trees[0].entropy < hint_se.build_tree(graph, effort="fast").entropy
    for tree in trees[1:]:
        for name in ("parent", "volume", "cuts"):
            np.testing.assert_array_equal(getattr(tree, name), getattr(trees[0], name), strict=True)


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="needs a free-threaded Python")
def test_the_interpreter_lock_stays_off():
    code = "import sys, hint_se; sys.exit(sys._is_gil_enabled())"
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("links", [65_999, 1_000])
def test_around_hubs_no_leaves_hang_in_a_chain(links):
    """Hubs of so many leaves each, in a ring: a chain of them would be about as high as a hub has leaves."""
    hubs = 66_000 // (links + 1)
    centre = np.arange(hubs) * (links + 1)
    leaves = np.stack([np.repeat(centre, links), (centre[:, None] + 1 + np.arange(links)).ravel()], axis=1)
    ring = np.stack([centre, np.roll(centre, 1)], axis=1)[: hubs if hubs > 2 else 0]
    trees = [hint_se.build_tree(np.concatenate([leaves, ring]), n_threads=count) for count in (1, 2)]
    assert trees[0].n_leaves == hubs * (links + 1)
    assert trees[0].height < 130
    np.testing.assert_array_equal(trees[0].parent, trees[1].parent)
