"""Edges of a file on their way to a graph."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hint_se import Graph, GraphError, SelfLoopWarning
from hint_se.edgefile import read_edges, read_graph
from hint_se.edgefile.fileedges import compact


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=40),
    st.sampled_from([1, 7, 2**21, 2**40]),
    st.integers(1, 5),
)
def test_ids_that_occur_are_numbered_in_their_order(pairs, spread, piece):
    edges = np.array(pairs) * spread
    found, count, names = compact([edges[i : i + piece] for i in range(0, len(edges), piece)])
    ids = sorted({int(i) for i in edges.ravel()})
    assert count == len(ids)
    assert names == (None if ids == list(range(count)) else tuple(ids))
    assert [[ids[u], ids[v]] for u, v in found.tolist()] == edges.tolist()


def test_edges_over_the_nodes_of_a_tree(written):
    found = read_edges(written("bob ann\n")).over(("ann", "bob", "cid"))
    assert found.edges.tolist() == [[1, 0]]
    assert found.graph().n_nodes == 3
    with pytest.raises(GraphError, match="expected nodes of the tree, got 'bob' and 1 more"):
        read_edges(written("bob ann\n")).over(("cid",))


def test_loops_and_repeated_edges_are_those_of_from_edges(written):
    with pytest.warns(SelfLoopWarning, match="1 self-loop"):
        graph = read_graph(written("0 1 2\n1 0 3\n1 1 9\n"))
    assert graph == Graph.from_edges([[0, 1]], [5.0])
