"""Directed graphs by their flow: the walk against PageRank of networkx, the communities against an argument and Infomap."""

import warnings
from fractions import Fraction

import numpy as np
import oracle
import pytest
from drawn import graphs
from hypothesis import given
from hypothesis import strategies as st

import hint_se
from hint_se import Graph, GraphError, SelfLoopWarning

TELEPORTATIONS = st.sampled_from([0.05, 0.15, 0.5, 1.0])
#: Two circles of three nodes, and three sources, each with edges of twice the weight to a node of either circle.
CIRCLES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)]
SOURCES = [(6, 0), (6, 3), (7, 1), (7, 4), (8, 2), (8, 5)]
WEIGHTS = [1.0] * 6 + [2.0] * 6


def dense(graph):
    """Return the matrix of a graph."""
    matrix = np.zeros((graph.n_nodes, graph.n_nodes))
    matrix[np.repeat(np.arange(graph.n_nodes), np.diff(graph.indptr)), graph.indices] = graph.weights
    return matrix


def digraph(edges, weights, n):
    """Return a networkx graph by the rules of the package: loops go, repeats add up or count once."""
    networkx = pytest.importorskip("networkx")
    result = networkx.DiGraph()
    result.add_nodes_from(range(n))
    for position, (u, v) in enumerate(edges):
        if u != v:
            before = result.get_edge_data(u, v, {"weight": 0.0})["weight"]
            result.add_edge(u, v, weight=1.0 if weights is None else before + weights[position])
    return result


def flow_by_pagerank(result, teleportation):
    """Return the matrix of the flow both ways, from the PageRank of networkx with jumps to the starts of edges."""
    networkx = pytest.importorskip("networkx")
    strength = dict(result.out_degree(weight="weight"))
    visits = networkx.pagerank(
        result, alpha=1 - teleportation, personalization=strength, weight="weight", tol=1e-13, max_iter=1_000
    )
    flow = np.zeros((len(result), len(result)))
    for u, v, weight in result.edges(data="weight"):
        flow[u, v] = visits[u] * weight / strength[u]
    return flow + flow.T


@given(graphs(), TELEPORTATIONS)
def test_the_flow_is_that_of_pagerank(drawn, teleportation):
    """Dead ends, nodes without edges and repeated edges occur among what is drawn."""
    edges, weights, n = drawn
    graph = Graph.from_directed(edges, weights, n_nodes=n, teleportation=teleportation)
    expected = flow_by_pagerank(digraph(edges.tolist(), weights, n), teleportation)
    assert dense(graph) == pytest.approx(expected, abs=1e-10)


def flow_by_algebra(edges, weights, n, teleportation):
    """Return the matrix of the flow both ways from the linear equations; edges are distinct."""
    rates = np.zeros((n, n))
    rates[tuple(np.transpose(edges))] = weights
    strength = rates.sum(axis=1)
    starts = strength / strength.sum()
    steps = np.divide(rates, strength[:, None], where=strength[:, None] > 0, out=np.tile(starts, (n, 1)))
    walk = (1 - teleportation) * steps + teleportation * starts
    visits = np.linalg.lstsq(np.vstack([walk.T - np.eye(n), np.ones(n)]), [0.0] * n + [1.0], rcond=None)[0]
    flow = visits[:, None] * np.where(rates > 0, steps, 0.0)
    return flow + flow.T


def test_the_visits_solve_the_equation():
    """With a dead end (2), a node that nothing leads to (3) and an isolated one (5)."""
    edges, weights = [(0, 1), (1, 0), (1, 2), (3, 0), (3, 4), (4, 3)], [1.0, 3, 1, 2, 2, 5]
    graph = Graph.from_directed(edges, weights, n_nodes=6, teleportation=0.2)
    assert dense(graph) == pytest.approx(flow_by_algebra(edges, weights, 6, 0.2), abs=1e-13)


@given(graphs(), TELEPORTATIONS)
def test_edges_in_both_directions_flow_as_they_weigh(drawn, teleportation):
    """Then the walk is reversible, jumps to edges keep its distribution, and the tree is the undirected one."""
    edges, weights, n = drawn
    plain = Graph.from_edges(edges, weights, n_nodes=n)
    ends = np.repeat(np.arange(n), np.diff(plain.indptr))
    both = np.stack([ends, plain.indices], axis=1)
    graph = Graph.from_directed(both, plain.weights, n_nodes=n, teleportation=teleportation)
    assert np.array_equal(graph.indptr, plain.indptr)
    assert np.array_equal(graph.indices, plain.indices)
    assert graph.weights / graph.volume == pytest.approx(plain.weights / plain.volume, rel=1e-9)


@given(graphs(), st.randoms(use_true_random=False))
def test_order_changes_no_bit(drawn, random):
    edges, weights, n = drawn
    order = np.array(random.sample(range(len(edges)), len(edges)))
    shuffled = None if weights is None else np.array(weights)[order]
    assert Graph.from_directed(edges[order], shuffled, n_nodes=n) == Graph.from_directed(edges, weights, n_nodes=n)


def test_scaling_by_a_power_of_two_changes_no_bit():
    assert Graph.from_directed(CIRCLES + SOURCES, np.ldexp(WEIGHTS, 900)) == Graph.from_directed(
        CIRCLES + SOURCES, np.ldexp(WEIGHTS, -900)
    )


def test_with_jumps_alone_directions_do_not_count():
    graph = Graph.from_directed(CIRCLES + SOURCES, WEIGHTS, teleportation=1)
    assert dense(graph) * sum(WEIGHTS) == pytest.approx(dense(Graph.from_edges(CIRCLES + SOURCES, WEIGHTS)), rel=1e-12)


def test_the_walker_stays_in_its_circle():
    """No edge leads out of a circle, so the walker leaves it by jumps alone, and these are no part of the flow.

    To the sources nothing leads but jumps: their edges, heavier than those of the circles, carry less. So the
    circles are the communities of the flow, and by weight alone they are what each source joins.
    """
    edges = CIRCLES + SOURCES
    flow, plain = Graph.from_directed(edges, WEIGHTS), Graph.from_edges(edges, WEIGHTS)
    carried = dense(flow)
    assert min(carried[u, v] for u, v in CIRCLES) > 4 * max(carried[u, v] for u, v in SOURCES)
    by_flow = hint_se.build_tree(flow, height=2)
    by_weight = hint_se.build_tree(plain, height=2)
    assert by_flow.labels(1).tolist() == [0, 0, 0, 1, 1, 1, 2, 3, 4]
    assert by_weight.labels(1).tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 2]
    for graph, better, worse in ((flow, by_flow, by_weight), (plain, by_weight, by_flow)):
        weighed = {(u, v): dense(graph)[u, v] for u in range(9) for v in range(u + 1, 9) if dense(graph)[u, v]}
        assert oracle.entropy(weighed, oracle.nested(better.parent)) < oracle.entropy(
            weighed, oracle.nested(worse.parent)
        )
        assert better.entropy == pytest.approx(oracle.entropy(weighed, oracle.nested(better.parent)), abs=1e-12)


# Its second version calls the ways of its first one outdated.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_infomap_finds_the_same_circles():
    infomap = pytest.importorskip("infomap")
    search = infomap.Infomap("--directed --two-level --silent --seed 1")
    for (u, v), weight in zip(CIRCLES + SOURCES, WEIGHTS, strict=True):
        search.add_link(u, v, weight)
    search.run()
    modules = search.get_modules()
    assert len({modules[node] for node in (0, 1, 2)}) == len({modules[node] for node in (3, 4, 5)}) == 1
    assert modules[0] != modules[3]


def test_a_long_circle_with_few_jumps():
    """Periodic, so that the walk without jumps has no limit at all: power iteration takes long, and arrives."""
    edges = [(u, (u + 1) % 50) for u in range(50)] + [(0, 2)]
    graph = Graph.from_directed(edges, teleportation=1e-3)
    assert dense(graph) == pytest.approx(flow_by_algebra(edges, 1.0, 50, 1e-3), abs=1e-10)


def test_directed_graphs_of_other_libraries():
    networkx, sparse = pytest.importorskip("networkx"), pytest.importorskip("scipy.sparse")
    edges, weights = np.array(CIRCLES + SOURCES), np.array(WEIGHTS)
    expected = Graph.from_directed(edges, weights)
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(9))
    graph.add_weighted_edges_from([(u, v, w) for (u, v), w in zip(edges.tolist(), WEIGHTS, strict=True)])
    assert Graph.from_directed(graph) == expected
    matrix = sparse.coo_array((weights, tuple(edges.T)), shape=(9, 9))
    assert Graph.from_directed(matrix) == Graph.from_directed(matrix.tocsr()) == expected
    assert Graph.from_directed(matrix.astype(bool)) == Graph.from_directed(edges)
    assert Graph.from_directed(edges.T, weights) == expected
    assert Graph.from_directed((edges[:, 0], edges[:, 1]), weights) == expected
    named = Graph.from_directed([("a", "b"), ("b", "a"), ("c", "a")])
    assert named.node_names == ("a", "b", "c")
    assert Graph.from_directed(networkx.DiGraph([("a", "b"), ("b", "a"), ("c", "a")])) == named
    multi = networkx.MultiDiGraph([(0, 1), (0, 1), (1, 0), (1, 2)])
    assert Graph.from_directed(multi) == Graph.from_directed([(0, 1), (1, 0), (1, 2)], [2, 1, 1])


def test_a_directed_igraph():
    igraph = pytest.importorskip("igraph")
    graph = igraph.Graph(n=9, edges=CIRCLES + SOURCES, directed=True)
    graph.es["weight"] = WEIGHTS
    assert Graph.from_directed(graph) == Graph.from_directed(CIRCLES + SOURCES, WEIGHTS)
    with pytest.raises(GraphError, match="expected a directed graph, got an undirected one; Graph.from_igraph"):
        Graph.from_directed(graph.as_undirected())


def test_loops_are_dropped_before_the_walk():
    with pytest.warns(SelfLoopWarning, match="dropped 2 self-loops: the walk leaves them out") as caught:
        graph = Graph.from_directed([*CIRCLES, (0, 0), (3, 3)])
    assert caught[0].filename == __file__
    assert graph == Graph.from_directed(CIRCLES)


def by_fractions(edges, weights, n, teleportation, self_loops):
    """Return the flow both ways, by Gauss in fractions: exact, whatever the teleportation."""
    jump = 1 - Fraction(1.0 - teleportation)
    weight = [[Fraction(0)] * n for _ in range(n)]
    for (u, v), w in zip(edges, weights, strict=True):
        if u != v or self_loops == "keep":
            weight[u][v] += Fraction(w)
    strength = [sum(row) for row in weight]
    start = [s / sum(strength) for s in strength]
    # Visits less what arrives: x_v - sum_u x_u (step from u to v, or the jump that leads to v) = 0, all of them sum to 1.
    rows = [
        [
            (u == v) - (((1 - jump) * weight[u][v] / strength[u] + jump * start[v]) if strength[u] else start[v])
            for u in range(n)
        ]
        + [Fraction(0)]
        for v in range(n)
    ]
    rows[0] = [Fraction(1)] * (n + 1)
    for column in range(n):
        pivot = next(row for row in range(column, n) if rows[row][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column][column]
        rows[column] = [x / head for x in rows[column]]
        for row in range(n):
            if row != column and rows[row][column]:
                factor = rows[row][column]
                rows[row] = [x - factor * y for x, y in zip(rows[row], rows[column], strict=True)]
    flow = np.zeros((n, n))
    for u in range(n):
        for v in range(n):
            if weight[u][v]:
                flow[u, v] = rows[u][n] * weight[u][v] / strength[u]
    return flow + flow.T


@pytest.mark.parametrize("self_loops", ["drop", "keep"])
@pytest.mark.parametrize("teleportation", [0.15, 1e-3, 9e-4, 1e-8, 1e-12, 1e-15])
def test_the_flow_solves_its_equation_exactly_for_any_teleportation(teleportation, self_loops):
    for seed in range(6):
        rng = np.random.default_rng(seed)
        # Two parts that one edge joins, and a dead end: for rare jumps the matrix is next to singular.
        edges = [*map(tuple, rng.integers(0, 5, (12, 2)).tolist()), (0, 5), (5, 6), (6, 7), (7, 5), (6, 6), (2, 8)]
        weights = rng.integers(1, 9, len(edges)).tolist()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SelfLoopWarning)
            graph = Graph.from_directed(edges, weights, teleportation=teleportation, n_nodes=9, self_loops=self_loops)
        expected = by_fractions(edges, weights, 9, teleportation, self_loops)
        between = expected - np.diag(np.diag(expected))
        np.testing.assert_allclose(
            dense(graph), between, rtol=1e-12 if teleportation < 1e-3 else 0, atol=1e-11 * between.max()
        )
        if self_loops == "keep":
            np.testing.assert_allclose(graph.extra_volume, np.diag(expected), rtol=1e-10, atol=1e-12)
        else:
            assert graph.extra_volume is None


def test_a_large_graph_whose_walker_hardly_ever_jumps():
    """A circle of 100,000 nodes with chords back: iteration would take some 10^10 passes."""
    n = 100_000
    here = np.arange(n)
    edges = np.concatenate([np.stack([here, (here + 1) % n], 1), np.stack([here[::10], here[::10] - 5], 1) % n])
    graph = Graph.from_directed(edges, teleportation=1e-8)
    assert graph.volume == pytest.approx(2.0, abs=1e-9)


def test_rare_jumps_on_a_graph_too_dense_for_a_direct_solution_are_refused():
    rng = np.random.default_rng(0)
    edges = rng.integers(0, 5_000, (160_000, 2))
    edges = edges[edges[:, 0] != edges[:, 1]]
    assert Graph.from_directed(edges, teleportation=0.1).volume == pytest.approx(2.0)
    with pytest.raises(GraphError, match="a teleportation below 0.001.* is solved directly.* take a teleportation"):
        Graph.from_directed(edges, teleportation=1e-8)


def test_no_edge_at_all():
    assert Graph.from_directed([], n_nodes=3) == Graph.from_edges([], n_nodes=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SelfLoopWarning)
        assert Graph.from_directed([(1, 1)]) == Graph.from_edges([], n_nodes=2)


@pytest.mark.parametrize("teleportation", [0, -0.1, 1e-16, 1.5, float("nan"), "0.15", None, True])
def test_a_teleportation_out_of_range(teleportation):
    with pytest.raises(GraphError, match=r"teleportation: expected a number in \[1e-15, 1\], got"):
        Graph.from_directed(CIRCLES, teleportation=teleportation)


def test_bad_edges_are_named():
    with pytest.raises(GraphError, match="weight of edge 2 is -1"):
        Graph.from_directed(CIRCLES, [1, 1, -1, 1, 1, 1])
    with pytest.raises(GraphError, match="total of the weights must be finite"):
        Graph.from_directed(CIRCLES, [1e308] * 6)
    with pytest.raises(GraphError, match=r"ids must be in \[0, 4\), but edge 3 holds 4"):
        Graph.from_directed(np.array(CIRCLES)[[0, 1, 2, 3]], n_nodes=4)
    with pytest.raises(GraphError, match="empty graph"):
        Graph.from_directed([])
    with pytest.raises(GraphError, match="expected shape"):
        Graph.from_directed(CIRCLES, [1.0])
    networkx = pytest.importorskip("networkx")
    with pytest.raises(GraphError, match="expected a directed graph, got an undirected one; Graph.from_networkx"):
        Graph.from_directed(networkx.path_graph(3))
    with pytest.raises(GraphError, match="a DiGraph brings its own"):
        Graph.from_directed(networkx.DiGraph([(0, 1)]), n_nodes=5)
    with pytest.raises(GraphError, match=r"Graph\.from_directed\(graph\)"):
        Graph.from_networkx(networkx.DiGraph([(0, 1)]))
