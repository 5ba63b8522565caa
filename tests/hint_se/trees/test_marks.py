"""The entropies that effort "best" has to reach on graphs of the literature, in bits.

The graphs other than karate are read from the folder that HINT_SHARED_DATA names, by default
shared/data/graphs beside the repository.
"""

import functools

import pytest
from benchmarks.trees import planted

import hint_se

#: Without a limit, height <= 2, height <= 3. Long simulated annealing stops at 2.57786 and 3.35200 on karate.
MARKS = {
    "karate": (2.5779, 3.3520, 2.923),
    "dolphins": (2.8513, 3.8961, None),
    "polbooks": (3.418, 4.644, None),
    "football": (3.542, 4.4375, 4.053),
    "cora": (3.446, 5.542, 4.527),
    "pubmed": (5.209, 7.742, 6.459),
}
CASES = [
    pytest.param(name, height, mark, id=f"{name}-{'full' if height is None else height}")
    for name, marks in MARKS.items()
    for height, mark in zip((None, 2, 3), marks, strict=True)
    if mark is not None
]


def graph_of(name):
    pytest.importorskip("networkx", reason="networkx brings the karate graph")
    try:
        known = planted.load(name)
    except planted.MissingGraphError as error:
        pytest.skip(str(error))
    return hint_se.Graph.from_edges(known.edges, n_nodes=known.n)


@functools.cache
def entropy_of(name, height, effort):
    graph = graph_of(name)
    tree = hint_se.build_tree(graph, height=height, effort=effort)
    assert height is None or tree.height <= height
    return hint_se.structural_entropy(graph, tree)


@pytest.mark.parametrize(("name", "height", "mark"), CASES)
def test_best_reaches_its_mark(name, height, mark):
    # The optimum itself is written with four digits: 3.3520 stands for 3.352003.
    assert round(entropy_of(name, height, "best"), 4) <= mark


@pytest.mark.parametrize("height", [None, 2, 3], ids=["full", "2", "3"])
@pytest.mark.parametrize("name", MARKS)
def test_default_is_within_one_percent_of_best(name, height):
    assert entropy_of(name, height, "default") <= 1.01 * entropy_of(name, height, "best")
