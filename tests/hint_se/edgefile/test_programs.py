"""Files that the programs of the field wrote: one graph, whatever it was written by, or a refusal by name."""

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from hint_se import Graph, GraphError
from hint_se.edgefile import read_edges, read_graph

FOLDER = Path(__file__).parents[2] / "fixtures" / "graphs"
EDGES = ((0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (5, 3))
WEIGHTS = (1.0, 2.5, 0.125, 3.0, 7.0, 4.0, 0.5)
NAMES = ("ann", "bob lee", "cid", "dan", "eve", "fay")
HYPHENS = tuple(name.replace(" ", "-") for name in NAMES)
FROM_0, FROM_1, CANONICAL = tuple(range(6)), tuple(range(1, 7)), tuple(f"n{i}" for i in range(6))
COMMA = {"decimal": ","}

#: File, options, names of the nodes, and what the file says of directions.
READ = {
    "gephi.csv": ({}, NAMES, False),
    "graph-tool-nameless.graphml": ({}, CANONICAL, False),
    "graph-tool.gml": ({}, NAMES, False),
    "graph-tool.xml.gz": ({}, NAMES, False),
    "igraph-nameless.graphml": ({}, CANONICAL, False),
    "igraph.gml": ({}, NAMES, False),
    "igraph.graphml": ({}, NAMES, False),
    "igraph.ncol": ({}, HYPHENS, None),
    "igraph.net": ({}, NAMES, False),
    "infomap.net": ({}, NAMES, False),
    "networkit-comma-one.txt": ({}, FROM_1, None),
    "networkit-space-zero.txt": ({}, FROM_0, None),
    "networkit-tab-one.txt": ({}, FROM_1, None),
    "networkit-tab-zero.txt": ({}, FROM_0, None),
    "networkit.graph": ({}, FROM_1, False),
    "networkx-integers.graphml": ({}, FROM_0, False),
    "networkx-integers.net": ({}, FROM_0, False),
    "networkx.edgelist": ({}, FROM_0, None),
    "networkx.gml": ({}, NAMES, False),
    "networkx.graphml": ({}, NAMES, False),
    "networkx.graphml.gz": ({}, NAMES, False),
    "networkx.net": ({}, NAMES, False),
    "pandas-decimal-comma.csv": (COMMA, NAMES, None),
    "pandas-index.csv": ({}, NAMES, None),
    "pandas-index.parquet": ({}, NAMES, None),
    "pandas-integers.parquet": ({}, FROM_0, None),
    "pandas-quoted.csv": ({}, NAMES, None),
    "pandas.csv": ({}, NAMES, None),
    "pandas.csv.bz2": ({}, NAMES, None),
    "pandas.csv.gz": ({}, NAMES, None),
    "pandas.csv.xz": ({}, NAMES, None),
    "pandas.feather": ({}, NAMES, None),
    "pandas.parquet": ({}, NAMES, None),
    "pandas.tsv": ({}, NAMES, None),
    "polars-stream.arrow": ({}, NAMES, None),
    "polars.arrow": ({}, NAMES, None),
    "polars.csv": ({}, NAMES, None),
    "polars.parquet": ({}, NAMES, None),
    "pyarrow-stream.arrow": ({}, NAMES, None),
    "pyarrow.csv": ({}, NAMES, None),
    "pyarrow.feather": ({}, NAMES, None),
    "pyarrow.parquet": ({}, NAMES, None),
    "rows.txt.bz2": ({}, FROM_0, None),
    "rows.txt.gz": ({}, FROM_0, None),
    "rows.txt.xz": ({}, FROM_0, None),
    "rows.txt.zst": ({}, FROM_0, None),
    "scipy-general.mtx": ({}, FROM_1, None),
    "scipy-mtx.txt": ({}, FROM_1, False),
    "scipy.mtx": ({}, FROM_1, False),
    "scipy.npz": ({}, FROM_0, None),
}
UNWEIGHTED = {"igraph-edgelist.txt": None, "networkit-unweighted.gml": False}
DIRECTED = {
    "d-graph-tool-nameless.graphml": CANONICAL,
    "d-graph-tool.gml": NAMES,
    "d-graph-tool.xml.gz": NAMES,
    "d-igraph-nameless.graphml": CANONICAL,
    "d-igraph.dimacs": FROM_1,
    "d-igraph.gml": NAMES,
    "d-igraph.graphml": NAMES,
    "d-igraph.net": NAMES,
    "d-infomap.net": NAMES,
    "d-networkx-integers.graphml": FROM_0,
    "d-networkx-integers.net": FROM_0,
    "d-networkx.gml": NAMES,
    "d-networkx.graphml": NAMES,
    "d-networkx.net": NAMES,
    "d-scipy.mtx": FROM_1,
}
REFUSED = {
    "d-graph-tool.gt": "got a file of graph-tool",
    "graph-tool-dot.txt": "got a DOT file of Graphviz",
    "graph-tool.gt": r"got a file of graph-tool; graph.save\(path, fmt='graphml'\) writes what is read",
    "graph-tool.gt.gz": "got a file of graph-tool",
    "igraph-dot.txt": "got a DOT file of Graphviz",
    "igraph-leda.txt": "got a LEDA graph",
    "igraph-lgl.txt": "got an LGL file",
    "infomap-clu.txt": r"got a partition of Infomap \(.clu\)",
    "infomap-ftree.txt": "got a tree of Infomap",
    "infomap-states.net": r"line 10: expected one of \*Vertices, .*, got '\*States'",
    "infomap-tree.txt": "got a tree of Infomap",
    "infomap.clu": "got a partition of Infomap",
    "infomap.ftree": "got a tree of Infomap",
    "infomap.tree": "got a tree of Infomap",
    "networkit-graph-tool.gt": "got a file of graph-tool",
    "networkit-snap.txt": "got the SNAP format of networkit; EdgeListTabZero is read",
    "networkit.graphml": 'expected GraphML with xmlns="http://graphml.graphdrawing.org/xmlns',
    "networkx-adjlist.txt": "got an adjacency list of networkx",
    "networkx-dicts.edgelist": "line 1: expected 2 or 3 columns, got 4; networkx writes weights alone with",
    "networkx-graph6.txt": "got a graph6 or sparse6 file",
    "networkx-json.txt": "got JSON",
    "networkx.gexf": r"got GEXF; Graph.from_networkx\(networkx.read_gexf\(path\)\) takes it",
}


def need(name):
    """Skip the test where the library that a file is read through is missing."""
    if name.endswith(".zst"):
        if not any(map(has, ("compression", "backports.zstd"))):
            pytest.skip("no Zstandard here")
    elif re.search(r"parquet|feather|arrow$", name):
        pytest.importorskip("pyarrow")
    elif re.search(r"graphml|gml|xml", name):
        pytest.importorskip("networkx")


def has(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def weights_of(graph):
    """Return the weight of each edge by the names of its ends."""
    names = graph.node_names or range(graph.n_nodes)
    owners = np.repeat(np.arange(graph.n_nodes), np.diff(graph.indptr))
    rows = zip(owners.tolist(), graph.indices.tolist(), graph.weights.tolist(), strict=True)
    return {frozenset((names[u], names[v])): w for u, v, w in rows}


def expected_weights(names, weights):
    return {frozenset((names[u], names[v])): w for (u, v), w in zip(EDGES, weights, strict=True)}


def test_every_fixture_is_looked_at():
    assert {
        path.name for path in FOLDER.iterdir()
    } == READ.keys() | UNWEIGHTED.keys() | DIRECTED.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", READ)
def test_one_graph(name):
    need(name)
    options, names, directed = READ[name]
    graph = read_graph(FOLDER / name, **options)
    assert weights_of(graph) == expected_weights(names, WEIGHTS)
    assert graph.node_names == (None if names == FROM_0 else graph.node_names)
    said = read_edges(FOLDER / name, **options).directed
    assert said is directed or (directed is False and not said.any())


@pytest.mark.parametrize("name", UNWEIGHTED)
def test_unweighted(name):
    need(name)
    assert weights_of(read_graph(FOLDER / name)) == expected_weights(FROM_0, [1.0] * 7)
    assert read_edges(FOLDER / name).directed is UNWEIGHTED[name]


@pytest.mark.parametrize("name", DIRECTED)
def test_arcs(name):
    """What is directed has to be asked for, one way or the other."""
    need(name)
    with pytest.raises(GraphError, match="undirected|directed=True|symmetric"):
        read_graph(FOLDER / name)
    assert weights_of(read_graph(FOLDER / name, directed=False)) == expected_weights(DIRECTED[name], WEIGHTS)
    flow = weights_of(read_graph(FOLDER / name, directed=True))
    given = weights_of(Graph.from_directed(EDGES, WEIGHTS, node_names=DIRECTED[name]))
    assert flow == pytest.approx(given, rel=1e-12)


@pytest.mark.parametrize("name", [name for name, (_, _, directed) in READ.items() if directed is False])
def test_no_flow_without_arcs(name):
    need(name)
    with pytest.raises(GraphError, match="expected directed edges, the file says that they are undirected"):
        read_graph(FOLDER / name, directed=True)


@pytest.mark.parametrize("name", REFUSED)
def test_refused_by_name(name):
    need(name)
    with pytest.raises(GraphError, match=REFUSED[name]):
        read_graph(FOLDER / name)


@pytest.mark.parametrize("name", [name for name in READ if name.endswith((".gml", ".graphml", ".parquet", ".feather"))])
def test_missing_libraries_are_named(name, monkeypatch):
    for library in ("networkx", "pyarrow"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(GraphError, match=r"expected (networkx|pyarrow) to read \w+ files, got none: pip install"):
        read_graph(FOLDER / name)


def test_zstandard_is_named_where_it_is_missing(monkeypatch):
    for library in ("compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(GraphError, match="expected backports.zstd for a file in Zstandard, got none: pip install"):
        read_graph(FOLDER / "rows.txt.zst")


@pytest.mark.parametrize(
    "name", ["igraph.net", "scipy-mtx.txt", "networkit.graph", "networkx.gml", "networkx.graphml", "d-igraph.dimacs"]
)
def test_contents_are_believed_before_the_suffix(name, tmp_path):
    need(name)
    directed = name.startswith("d-") or None
    for suffix in (".csv", ".txt", "", ".edges", ".tsv") if name != "networkit.graph" else (".metis", ".graph"):
        other = tmp_path / f"edges{suffix}"
        other.write_bytes((FOLDER / name).read_bytes())
        assert read_graph(other, directed=directed) == read_graph(FOLDER / name, directed=directed)
