"""Graphs of networkx and igraph."""

from types import SimpleNamespace

import pytest
from samples import EDGES, both_ways

import hint_se
from hint_se import Graph, GraphError, InputWarning


def test_networkx(expected):
    networkx = pytest.importorskip("networkx")
    plain = networkx.Graph()
    plain.add_nodes_from(range(4))
    plain.add_edges_from(EDGES)
    assert Graph.from_networkx(plain) == expected
    assert hint_se.build_tree(plain) == hint_se.build_tree(expected)

    named = networkx.Graph([("x", "y"), ("y", "z")])
    named["x"]["y"]["weight"] = 2.5
    named.add_node("alone")
    with pytest.warns(InputWarning, match="graph: 1 of 2 edges have no 'weight' and weigh 1, as in networkx") as caught:
        graph = Graph.from_networkx(named)
    assert [warning.filename for warning in caught] == [__file__]
    assert graph.node_names == ("x", "y", "z", "alone")
    assert graph.degrees.tolist() == [2.5, 3.5, 1.0, 0.0]
    assert Graph.from_networkx(named, weight=None).degrees.tolist() == [1, 2, 1, 0]
    with pytest.raises(GraphError, match="graph: expected 'capacity' as weights, got 0 of that name among 'weight'"):
        Graph.from_networkx(named, weight="capacity")
    with pytest.warns(InputWarning, match="1 of 2 edges have no 'weight'"):
        assert Graph.from_networkx(named, weight="weight") == graph
    named["y"]["z"]["weight"] = 1
    assert Graph.from_networkx(named) == graph
    view = named.subgraph(["z", "y", "x"])
    assert Graph.from_networkx(view).node_names == ("x", "y", "z")

    multi = networkx.MultiGraph([(0, 1), (0, 1), (1, 2)])
    assert Graph.from_networkx(multi).degrees.tolist() == [2, 3, 1] == [degree for _, degree in multi.degree]
    assert Graph.from_networkx(multi, weight=None) == Graph.from_networkx(multi)
    networkx.set_edge_attributes(multi, 2.0, "weight")
    assert Graph.from_networkx(multi).degrees.tolist() == [4, 6, 2]

    with pytest.raises(GraphError, match="undirected"):
        Graph.from_networkx(networkx.DiGraph([(0, 1)]))
    with pytest.raises(GraphError, match="empty graph"):
        Graph.from_networkx(networkx.Graph())
    with pytest.raises(GraphError, match=r"got 0\.5"):
        Graph.from_networkx(networkx.Graph([(0.5, 1)]))
    named["x"]["y"]["weight"] = "heavy"
    with pytest.raises(GraphError, match="weights: expected real numbers, got 'heavy' in row 0"):
        Graph.from_networkx(named)
    named["x"]["y"]["weight"] = float("nan")
    with pytest.raises(GraphError, match="edge 0 is NaN"):
        Graph.from_networkx(named)
    with pytest.raises(GraphError, match="brings its own"):
        hint_se.build_tree(plain, n_nodes=9)
    with pytest.raises(GraphError, match="EdgeView; make it a list"):
        hint_se.build_tree(plain.edges)
    named["x"]["y"]["weight"] = None
    with pytest.raises(GraphError, match="weights: expected real numbers, got None in row 0"):
        Graph.from_networkx(named)


@pytest.mark.parametrize("directed", [False, True])
def test_keys_of_parallel_edges_are_no_weights(directed):
    networkx = pytest.importorskip("networkx")
    multi = (networkx.MultiDiGraph if directed else networkx.MultiGraph)([(0, 1), (0, 1), (1, 2)])
    taken = r"Graph\.from_networkx takes the graph itself; list\(G\.edges\(keys=False\)\) are its edges alone"
    for view in (multi.edges, multi.edges(keys=True), multi.edges([0], keys=True), multi.edges()):
        with pytest.raises(GraphError, match=f"View; {taken}"):
            hint_se.build_tree(view)
    for edges in (list(multi.edges), list(multi.edges(keys=True)), tuple(multi.edges(keys=True))):
        with pytest.raises(
            GraphError, match=f"edges: the weight of edge 0 is 0; third entries number parallel edges, .*{taken}"
        ):
            hint_se.build_tree(edges)
    assert hint_se.build_tree(list(multi.edges(keys=False))).volume[-1] == 4


def test_networkx_nodes_out_of_order_are_names():
    networkx = pytest.importorskip("networkx")
    graph = Graph.from_networkx(networkx.Graph([(3, 1), (1, 0), (0, 2)]))
    assert graph.node_names == (3, 1, 0, 2)
    assert graph.degrees.tolist() == [1, 2, 2, 1]


def test_grid_nodes_that_are_tuples():
    networkx = pytest.importorskip("networkx")
    grid = networkx.grid_graph((2, 3))
    from_list = Graph.from_edges(list(grid.edges))
    assert set(from_list.node_names) == set(grid.nodes)
    assert from_list.n_edges == Graph.from_networkx(grid).n_edges == 7


def test_igraph(expected):
    igraph = pytest.importorskip("igraph")
    assert Graph.from_igraph(igraph.Graph(n=4, edges=EDGES)) == expected
    assert hint_se.build_tree(igraph.Graph(n=4, edges=EDGES)) == hint_se.build_tree(expected)
    assert Graph.from_igraph(igraph.Graph(n=6, edges=EDGES)).n_nodes == 6

    named = igraph.Graph.TupleList([("x", "y", 2.5), ("y", "z", 1.0)], weights=True)
    graph = Graph.from_igraph(named)
    assert graph.node_names == ("x", "y", "z")
    assert graph.degrees.tolist() == [2.5, 3.5, 1.0]
    assert Graph.from_igraph(named, weight=None).degrees.tolist() == [1, 2, 1]
    with pytest.raises(GraphError, match="graph: expected 'capacity' as weights, got 0 of that name among 'weight'"):
        Graph.from_igraph(named, weight="capacity")
    multi = igraph.Graph(n=3, edges=[(0, 1), (1, 0), (1, 2)])
    assert Graph.from_igraph(multi).degrees.tolist() == multi.degree() == [2, 3, 1]

    with pytest.raises(GraphError, match=r"undirected graph, got a directed one; call as_undirected"):
        hint_se.build_tree(igraph.Graph(n=2, edges=[(0, 1)], directed=True))
    with pytest.raises(GraphError, match="at least 1, got 0|empty graph"):
        Graph.from_igraph(igraph.Graph())
    named.es["weight"] = [1.0, None]
    with pytest.raises(GraphError, match="attribute 'weight', got None for edge 1"):
        Graph.from_igraph(named)
    named.es["weight"] = [1.0, -1.0]
    with pytest.raises(GraphError, match="edge 1 is -1"):
        Graph.from_igraph(named)
    named.vs["name"] = ["x", "x", "y"]
    with pytest.raises(GraphError, match="1 repeated"):
        Graph.from_igraph(named, weight=None)


def test_graphs_of_other_libraries_are_no_edge_lists():
    networkx, sparse = pytest.importorskip("networkx"), pytest.importorskip("scipy.sparse")
    for graph, name in (
        (networkx.path_graph(3), "networkx"),
        (sparse.csr_array((3, 3)), "scipy"),
        (SimpleNamespace(edge_index=both_ways(EDGES)), "torch_geometric"),
    ):
        with pytest.raises(GraphError, match=rf"expected an edge list, got a graph; Graph\.from_{name} takes it"):
            Graph.from_edges(graph)
        with pytest.raises(GraphError, match="brings its own weights"):
            hint_se.build_tree((graph, [1.0, 2.0]))
    with pytest.raises(GraphError, match="a Graph brings its own weights"):
        hint_se.build_tree((Graph.from_edges(EDGES), [1.0] * 4))
    with pytest.raises(GraphError, match="a list of pairs, a table or a graph, got Graph"):
        Graph.from_edges(Graph.from_edges(EDGES))
