"""Formats with a head or sections: Pajek, METIS, KONECT, DIMACS, and what SNAP and Gephi say of directions."""

import gzip
import os
import subprocess

import numpy as np
import pytest
from processes import started

from hint_se import Graph, GraphError
from hint_se.edgefile import lines, read_edges, read_graph

PAJEK = '*Network of "x"\n*Vertices 4\n1 "a b" 0.1 0.2 ellipse\n2 b\n3 "c"\n4 "d"\n'


@pytest.mark.parametrize(
    ("content", "name", "edges", "weights", "directed"),
    [
        (PAJEK + "*Edges\n1 2 2 c Red\n2 3 .5 c Blue\n", "e.net", [("a b", "b"), ("b", "c")], [2, 0.5], False),
        (PAJEK + "*Arcs 2\n1 2\n2 3\n", "e.txt", [("a b", "b"), ("b", "c")], None, True),
        (PAJEK + "*arcs\n1 2 3\n*edges\n3 4 5\n", "e.net", [("a b", "b"), ("c", "d")], [3, 5], [True, False]),
        (PAJEK + "*Arcs\n1 2\n*Edges\n3 4 5\n", "e.net", [("a b", "b"), ("c", "d")], [1, 5], [True, False]),
        (PAJEK + "*Arcs\n*Edges\n3 4\n", "e.net", [("c", "d")], None, False),
        (PAJEK + "*Edgeslist\n1 2 3\n2 4\n", "e.net", [("a b", "b"), ("a b", "c"), ("b", "d")], None, False),
        (PAJEK + "*Arcslist\n1 2 3\n", "e.net", [("a b", "b"), ("a b", "c")], None, True),
        ("*Vertices 3\n*Edges\n1 2\n2 3\n", "e.net", [(1, 2), (2, 3)], None, False),
        ("*Vertices 3\n1 x\n2 x\n3 y\n*Edges\n1 2\n2 3\n", "e.net", [(1, 2), (2, 3)], None, False),
        ("*Vertices 2\n1 007\n2 7\n*Edges\n1 2\n", "e.net", [("007", "7")], None, False),
        ("*Vertices 2\n1 70\n2 7\n*Edges\n1 2\n", "e.net", [(70, 7)], None, False),
        ("*Edges 3\n1 2\n2 3\n3 1\n", "e.txt", [(1, 2), (2, 3), (3, 1)], None, False),
        ("# Infomap\n*Vertices\n#id name\n4 a\n9 b\n*Links\n#from to\n4 9 2\n", "e", [("a", "b")], [2], None),
        ("3 2\n2\n1 3\n2\n", "e.graph", [(1, 2), (2, 1), (2, 3), (3, 2)], None, False),
        ("% x\n3 1 11 2\n1 1 2 5\n2 2 1 5\n% y\n3 3\n\n\n", "e.graph", [(1, 2), (2, 1)], [5, 5], False),
        ("4 1 100\n9 2\n9 1\n9\n9\n", "e.metis", [(1, 2), (2, 1)], None, False),
        ("4 1\n\n3\n2\n\n", "e.graph", [(2, 3), (3, 2)], None, False),
        ("% sym unweighted\n% 2 3 3\n1 2\n2 3\n", "out.e", [(1, 2), (2, 3)], None, False),
        ("% sym positive\n1 2\n1 2\n", "out.e", [(1, 2), (1, 2)], [1, 1], False),
        ("% asym posweighted\n1 2 0.5 1100\n2 3 4 1200\n", "out.e", [(1, 2), (2, 3)], [0.5, 4], True),
        ("% sym unweighted\n1 2 1 1100\n2 3 1 1200\n", "e.tsv", [(1, 2), (2, 3)], None, False),
        ("% bip unweighted\n1 1\n2 1\n", "e.csv", [("left1", "right1"), ("left2", "right1")], None, False),
        ("% bip weighted\n1 2 5\n2 7 1\n", "out.e", [("left1", "right2"), ("left2", "right7")], [5, 1], False),
        ("c x\np edge 3 2\nn 1 5\ne 1 2\ne 2 3\n", "e.col", [(1, 2), (2, 3)], None, False),
        ("p sp 3 2\na 1 2 5\nc y\na 2 3 1\n", "e.gr", [(1, 2), (2, 3)], [5, 1], True),
        ("c x\n\np max 3 2\nn 1 s\nn 3 t\na 1 2 5\na 2 3 1\n", "e", [(1, 2), (2, 3)], [5, 1], True),
        ("# Directed graph: x\n# FromNodeId\tToNodeId\n0\t1\n", "e.txt", [(0, 1)], None, True),
        ("# Undirected graph: x\n# FromNodeId\tToNodeId\n0\t1\n", "e.txt", [(0, 1)], None, False),
        ("Source,Target,Type,Weight\n0,1,Directed,2\n1,2,directed,3\n", "e.csv", [(0, 1), (1, 2)], [2, 3], [True] * 2),
        ("source;target;type\na;b;Undirected\nb;c;Directed\n", "e.csv", [("a", "b"), ("b", "c")], None, [False, True]),
        ('source,target,type\n"a",b,Directed\n', "e.csv", [("a", "b")], None, [True]),
        ("source,target,type\n0,1,likes\n", "e.csv", [(0, 1)], None, None),
        ("%%MatrixMarket matrix coordinate pattern symmetric\n2 2 1\n2 1\n", "e.csv", [(2, 1)], None, False),
    ],
)
def test_right_value(written, content, name, edges, weights, directed):
    found = read_edges(written(content, name))
    names = range(found.n_nodes) if found.node_names is None else found.node_names
    assert [(names[u], names[v]) for u, v in found.edges.tolist()] == edges
    assert (None if found.weights is None else found.weights.tolist()) == weights
    assert (found.directed.tolist() if isinstance(found.directed, np.ndarray) else found.directed) == directed


@pytest.mark.parametrize("size", [1, 2, 7, 64])
@pytest.mark.parametrize(
    ("content", "form"),
    [
        (PAJEK + "*Arcs\n1 2 3\n2 3 4\n*Edges\n3 4 5\n", "pajek"),
        ("% x\n3 1 11 2\n1 1 2 5\n2 2 1 5\n% y\n3 3\n\n\n", "metis"),
        ("% asym posweighted\n1 2 0.5 1100\n% x\n2 3 4 1200\n", "konect"),
        ("c x\np sp 3 2\na 1 2 5\nc y\na 2 3 1\n", "dimacs"),
    ],
)
def test_block_borders_change_nothing(written, monkeypatch, content, form, size):
    expected = read_edges(written(content), format=form)
    monkeypatch.setattr(lines, "_BLOCK", size)
    found = read_edges(written(content), format=form)
    assert found.edges.tolist() == expected.edges.tolist()
    assert np.array_equal(found.weights, expected.weights)
    assert np.array_equal(found.directed, expected.directed)
    assert found.node_names == expected.node_names


@pytest.mark.parametrize(
    ("content", "name", "n_nodes"),
    [(PAJEK + "*Edges\n1 2\n", "e.net", 4), ("4 1\n\n3\n2\n\n", "e.graph", 4), ("p edge 9 1\ne 1 2\n", "e.col", 9)],
)
def test_nodes_without_edges_are_kept(written, content, name, n_nodes):
    assert read_graph(written(content, name)).n_nodes == n_nodes


def test_arcs_and_edges_in_one_file(written):
    """An edge among arcs leads both ways; with directions aside each counts once."""
    path = written("*Vertices 3\n*Arcs\n1 2 3\n*Edges\n2 3 5\n", "e.net")
    with pytest.raises(GraphError, match=r"directed=True \(--directed\), .* directed=False \(--undirected\)"):
        read_graph(path)
    names = (1, 2, 3)
    assert read_graph(path, directed=False) == Graph.from_edges([(0, 1), (1, 2)], [3.0, 5.0], node_names=names)
    arcs = [(0, 1), (1, 2), (2, 1)]
    assert read_graph(path, directed=True) == Graph.from_directed(arcs, [3.0, 5.0, 5.0], node_names=names)


def test_directions_are_the_callers_where_the_file_gives_none(written):
    path = written("0 1\n1 2\n2 0\n2 3\n")
    edges = [(0, 1), (1, 2), (2, 0), (2, 3)]
    assert read_graph(path) == read_graph(path, directed=False) == Graph.from_edges(edges)
    assert read_graph(path, directed=True) == Graph.from_directed(edges)


def test_a_matrix_that_is_not_symmetric(written):
    path = written("%%MatrixMarket matrix coordinate real general\n3 3 3\n1 2 5\n2 1 1\n3 2 4\n", "e.mtx")
    with pytest.raises(GraphError, match=r"symmetric matrix, got entry .*--directed.*--undirected"):
        read_graph(path)
    names = (1, 2, 3)
    assert read_graph(path, directed=False) == Graph.from_edges([(0, 1), (1, 2)], [6.0, 4.0], node_names=names)
    flow = Graph.from_directed([(0, 1), (1, 0), (2, 1)], [5.0, 1.0, 4.0], node_names=names)
    assert read_graph(path, directed=True) == flow


@pytest.mark.parametrize(
    "content", [b"% asym positive\n1 2 3\n", gzip.compress(b"0 1\n1 2\n", mtime=0), b"*Edges\n1 2\n"]
)
def test_pipes(tmp_path, content):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with started(["sh", "-c", 'exec cat > "$0"', pipe], stdin=subprocess.PIPE) as writer:
        writer.stdin.write(content)
        writer.stdin.close()
        found = read_edges(pipe)
    (tmp_path / "file").write_bytes(content)
    assert found.edges.tolist() == read_edges(tmp_path / "file").edges.tolist()
