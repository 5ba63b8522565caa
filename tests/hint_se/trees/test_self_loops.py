"""Self-loops that count: twice in the degree of their node, in no cut. Everything against the oracle, which counts them so."""

import json
import warnings
from itertools import pairwise

import numpy as np
import oracle
import pytest
from drawn import ALGORITHMS, HEIGHTS, trees
from hypothesis import given
from hypothesis import strategies as st

import hint_se
from hint_se import Graph, GraphError, SelfLoopWarning, Tree, TreeError, build_tree, cli
from hint_se.trees.entropy import one_dimensional_entropy, structural_entropy

EFFORTS = st.sampled_from(["fast", "default"])
EDGES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3), (1, 1), (4, 4), (4, 4)]


@st.composite
def looped(draw, max_nodes=10):
    """Return (edges, weights or None, n) with loops, duplicates, isolated nodes, and isolated nodes with a loop."""
    n = draw(st.integers(1, max_nodes))
    node = st.integers(0, n - 1)
    pairs = draw(st.lists(st.tuples(node, node), min_size=1, max_size=3 * n))
    pairs += [(v, v) for v in draw(st.lists(node, max_size=n))]
    weight = st.floats(0.01, 100.0) | st.floats(100.0, 1e6)
    weights = draw(st.none() | st.lists(weight, min_size=len(pairs), max_size=len(pairs)))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2), weights, n


def kept(drawn):
    edges, weights, n = drawn
    return Graph.from_edges(edges, weights, n_nodes=n, self_loops="keep"), oracle.weighted(
        edges.tolist(), weights, "keep"
    )


def check(tree, graph, known):
    """Every column and every form of the entropy against sets."""
    volumes, cuts, entropy = oracle.columns(known, tree.parent.tolist(), graph.n_nodes)
    total = max(volumes[-1], 1e-300)
    np.testing.assert_allclose(tree.volume, volumes, rtol=1e-12, atol=1e-12 * total)
    np.testing.assert_allclose(tree.cut, cuts, rtol=1e-12, atol=1e-12 * total)
    nested = oracle.nested(tree.parent)
    for found in (tree.entropy, structural_entropy(graph, tree), hint_se.entropy_terms(tree).sum()):
        assert found == pytest.approx(entropy, rel=1e-9, abs=1e-12)
    assert oracle.entropy(known, nested) == pytest.approx(entropy, rel=1e-9, abs=1e-12)
    assert oracle.entropy_by_edges(known, nested) == pytest.approx(entropy, rel=1e-9, abs=1e-9)
    flat = oracle.one_dimensional(known, graph.n_nodes)
    assert one_dimensional_entropy(graph) == pytest.approx(flat, rel=1e-9, abs=1e-12)
    assert tree.summary().one_dimensional_entropy == pytest.approx(flat, rel=1e-9, abs=1e-12)
    assert entropy <= flat + 1e-9


@given(looped(), HEIGHTS, ALGORITHMS, EFFORTS)
def test_a_built_tree_agrees_with_the_oracle(drawn, height, algorithm, effort):
    graph, known = kept(drawn)
    tree = build_tree(graph, height=height, algorithm=algorithm, effort=effort)
    assert height is None or tree.height <= height
    check(tree, graph, known)
    # Nodes without edges to others hang under the root, whatever their loops.
    alone = [v for v in range(graph.n_nodes) if graph.indptr[v] == graph.indptr[v + 1]]
    assert graph.n_nodes == 1 or all(tree.parent[v] == tree.root for v in alone)
    # What the checks of trees from outside say of it.
    assert Tree(tree.parent, tree.volume, np.asarray(tree.cut)).entropy == tree.entropy


@given(st.data())
def test_any_tree_agrees_with_the_oracle(data):
    drawn = data.draw(looped())
    graph, known = kept(drawn)
    nested = data.draw(trees(graph.n_nodes)) if graph.n_nodes > 1 else [0]
    parent = oracle.parents(nested) if graph.n_nodes > 1 else [-1]
    check(Tree.from_parent(graph, parent), graph, known)


@given(looped(max_nodes=6), ALGORITHMS)
def test_no_tree_beats_the_exhaustive_optimum(drawn, algorithm):
    graph, known = kept(drawn)
    best = oracle.best_entropy(known, graph.n_nodes)
    assert build_tree(graph, algorithm=algorithm).entropy >= best - 1e-9
    if graph.n_nodes > 1:
        assert build_tree(graph, height=2).entropy >= oracle.best_partition_entropy(known, graph.n_nodes) - 1e-9


def random_looped(seed, n=7):
    """A connected graph of few nodes with distinct weights, and a heavy loop at about half of them."""
    rng = np.random.default_rng(seed)
    pairs = [*pairwise(range(n)), *map(tuple, rng.integers(0, n, (n, 2)).tolist()), *((v, v) for v in range(n))]
    weights = rng.uniform(0.5, 2.0, len(pairs))
    weights[-n:] *= rng.integers(0, 2, n) * 20.0 + 0.1
    return np.array(pairs), weights.tolist(), n


def best_partition(known, n):
    return min((oracle.entropy(known, parts), parts) for parts in partitions(list(range(n))))


def partitions(nodes):
    if not nodes:
        yield []
        return
    first, *rest = nodes
    for parts in partitions(rest):
        yield [[first], *parts]
        for i in range(len(parts)):
            yield [*parts[:i], [first, *parts[i]], *parts[i + 1 :]]


def test_the_best_partition_is_another_where_loops_count():
    """By trying all partitions: so to say of dropped loops that they do not change the tree would be wrong."""
    other = 0
    for seed in range(20):
        edges, weights, n = random_looped(seed)
        with_loops, without = (oracle.weighted(edges.tolist(), weights, how) for how in ("keep", "drop"))
        least, _ = best_partition(with_loops, n)
        _, plain = best_partition(without, n)
        other += oracle.entropy(with_loops, plain) > least + 1e-6
        tree = build_tree(edges, weights, self_loops="keep", height=2, effort="best")
        assert tree.entropy == pytest.approx(least, abs=1e-9)
    assert other >= 12


@given(looped(), HEIGHTS)
def test_loops_of_no_weight_at_all_change_nothing(drawn, height):
    edges, weights, n = drawn
    plain = edges[:, 0] != edges[:, 1]
    edges, weights = edges[plain], None if weights is None else np.array(weights)[plain]
    graph = Graph.from_edges(edges, weights, n_nodes=n, self_loops="keep")
    assert not graph.extra_volume.any()
    tree, other = (build_tree(g, height=height) for g in (graph, Graph.from_edges(edges, weights, n_nodes=n)))
    assert np.array_equal(tree.parent, other.parent)
    assert tree.entropy == other.entropy


@given(looped(), HEIGHTS, st.integers(-40, 40))
def test_scaling_by_a_power_of_two_changes_no_bit(drawn, height, power):
    edges, weights, n = drawn
    weights = np.ones(len(edges)) if weights is None else np.array(weights)
    tree, scaled = (
        build_tree(Graph.from_edges(edges, w, n_nodes=n, self_loops="keep"), height=height)
        for w in (weights, weights * 2.0**power)
    )
    assert np.array_equal(tree.parent, scaled.parent)


@given(st.data(), HEIGHTS)
def test_updates_follow_edits_of_loops_and_edges(data, height):
    drawn = data.draw(looped())
    graph, known = kept(drawn)
    tree = build_tree(graph, height=height, effort="fast")
    for _ in range(3):
        n = graph.n_nodes + data.draw(st.integers(0, 2))
        pairs = data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=4))
        weights = data.draw(st.lists(st.floats(0.01, 100.0), min_size=len(pairs), max_size=len(pairs)))
        gone = data.draw(st.lists(st.sampled_from(sorted(known)), max_size=3)) if known else []
        tree, graph = tree.update(graph, pairs or None, gone or None, weights=weights or None, n_nodes=n, height=height)
        for pair in set(gone):
            del known[pair]
        for (u, v), weight in zip(pairs, weights, strict=True):
            pair = (min(u, v), max(u, v))
            known[pair] = known.get(pair, 0.0) + weight
        volumes, cuts, entropy = oracle.columns(known, tree.parent.tolist(), n)
        np.testing.assert_allclose(tree.volume, volumes, rtol=1e-9, atol=1e-9 * max(volumes[-1], 1e-300))
        np.testing.assert_allclose(tree.cut, cuts, rtol=1e-9, atol=1e-9 * max(volumes[-1], 1e-300))
        assert tree.entropy == pytest.approx(entropy, rel=1e-6, abs=1e-9)
        assert height is None or tree.height <= height
        assert structural_entropy(graph, tree) == pytest.approx(entropy, rel=1e-9, abs=1e-12)


def test_a_tree_of_dropped_loops_is_none_of_a_graph_that_keeps_them():
    with pytest.warns(SelfLoopWarning):
        tree = build_tree(EDGES)
    graph = Graph.from_edges(EDGES, self_loops="keep")
    with pytest.raises(TreeError, match=r"tree node 1 has the volume 4\.0 and not 2\.0"):
        tree.update(graph, [(0, 4)])
    with pytest.raises(GraphError, match="a removed|removed edges must be edges of the graph"):
        build_tree(graph).update(graph, removed_edges=[(0, 0)])


def test_every_entrance_counts_them_alike(tmp_path):
    pandas, scipy_sparse = pytest.importorskip("pandas"), pytest.importorskip("scipy.sparse")
    networkx, igraph = pytest.importorskip("networkx"), pytest.importorskip("igraph")
    pairs, weights = [(0, 1), (1, 2), (1, 1), (2, 2)], [1.0, 2.0, 0.5, 3.0]
    graph = Graph.from_edges(pairs, weights, self_loops="keep")
    assert graph.degrees.tolist() == [1.0, 4.0, 8.0]
    assert graph.volume == 13.0
    assert graph.extra_volume.tolist() == [0.0, 1.0, 6.0]
    nx_graph = networkx.Graph()
    nx_graph.add_weighted_edges_from((u, v, w) for (u, v), w in zip(pairs, weights, strict=True))
    assert dict(nx_graph.degree(weight="weight")) == dict(enumerate(graph.degrees))
    ig_graph = igraph.Graph(edges=pairs)
    ig_graph.es["weight"] = weights
    assert ig_graph.strength(weights="weight") == graph.degrees.tolist()
    matrix = np.array([[0.0, 1.0, 0.0], [1.0, 0.5, 2.0], [0.0, 2.0, 3.0]])
    frame = pandas.DataFrame({"source": [0, 1, 1, 2], "target": [1, 2, 1, 2], "weight": weights})
    sparse = scipy_sparse.csr_array(matrix)
    both = np.array([*pairs[:2], (1, 0), (2, 1), *pairs[2:]]).T

    class Data:
        edge_index, num_nodes = both, 3
        edge_weight = np.array([1.0, 2.0, 1.0, 2.0, 0.5, 3.0])

    for other in (
        Graph.from_networkx(nx_graph, self_loops="keep"),
        Graph.from_igraph(ig_graph, self_loops="keep"),
        Graph.from_scipy(sparse, self_loops="keep"),
        Graph.from_scipy(sparse.tocoo(), self_loops="keep"),
        Graph.from_dense(matrix, self_loops="keep"),
        Graph.from_dataframe(frame, self_loops="keep"),
        Graph.from_torch_geometric(Data(), self_loops="keep"),
        Graph.from_csr(graph.indptr, graph.indices, graph.weights, extra_volume=graph.extra_volume),
        Graph(graph.indptr, graph.indices, graph.weights, extra_volume=graph.extra_volume),
    ):
        assert other == graph
    (tmp_path / "edges.txt").write_text("0 1 1\n1 2 2\n1 1 .5\n2 2 3\n")
    scipy_sparse.save_npz(tmp_path / "matrix.npz", sparse)
    np.savez(tmp_path / "edges.npz", edges=np.array(pairs), weights=weights)
    (tmp_path / "edges.mtx").write_text(
        "%%MatrixMarket matrix coordinate real symmetric\n3 3 4\n2 1 1\n3 2 2\n2 2 .5\n3 3 3\n"
    )
    for path in tmp_path.iterdir():
        read = hint_se.read_graph(path, self_loops="keep")
        # Matrix Market counts from 1, which become names.
        assert Graph(read.indptr, read.indices, read.weights, extra_volume=read.extra_volume) == graph
        with pytest.warns(SelfLoopWarning, match="dropped 2"):
            assert hint_se.read_graph(path).extra_volume is None
    for source in ((pairs, weights), nx_graph, ig_graph, sparse, Data()):
        tree = build_tree(source, self_loops="keep")
        assert tree.volume.tolist()[:3] == [1.0, 4.0, 8.0]
        assert structural_entropy(source, tree, self_loops="keep") == pytest.approx(tree.entropy, abs=1e-12)
        assert one_dimensional_entropy(source, self_loops="keep") == one_dimensional_entropy(graph)
        assert Tree.from_parent(source, tree.parent, self_loops="keep").entropy == pytest.approx(tree.entropy)
        assert tree.update(source, [(0, 2)], self_loops="keep").graph.degrees.tolist() == [2.0, 4.0, 9.0]


def test_repeats_add_up_with_weights_and_count_once_without():
    assert Graph.from_edges(EDGES, self_loops="keep").extra_volume.tolist() == [0, 2, 0, 0, 2, 0]
    weighted = Graph.from_edges(EDGES, [1.0] * len(EDGES), self_loops="keep")
    assert weighted.extra_volume.tolist() == [0, 2, 0, 0, 4, 0]


def test_equality_pickles_and_saved_trees(tmp_path):
    import pickle

    graph = Graph.from_edges(EDGES, self_loops="keep")
    with pytest.warns(SelfLoopWarning):
        assert graph != Graph.from_edges(EDGES)
    again = pickle.loads(pickle.dumps(graph))
    assert again == graph
    assert not again.extra_volume.flags.writeable
    tree = build_tree(graph)
    tree.save(tmp_path / "tree.npz")
    loaded = Tree.load(tmp_path / "tree.npz")
    assert loaded == tree
    assert loaded.update(graph, [(0, 5)]).graph.n_edges == 8
    assert loaded.to_newick() == tree.to_newick()


def test_exports_add_up_to_code_lengths():
    networkx = pytest.importorskip("networkx")
    graph = Graph.from_edges(EDGES, self_loops="keep")
    tree = build_tree(graph)
    linkage = tree.to_linkage()
    assert linkage.shape == (5, 4)
    assert (np.diff(linkage[:, 2]) >= 0).all()
    assert tree.cut(2).tolist() == tree.labels(1).tolist() == [0, 0, 0, 1, 1, 1]
    exported = tree.to_networkx()
    assert networkx.is_tree(exported.to_undirected() if exported.is_directed() else exported)
    code = {}
    for node in range(tree.root, -1, -1):
        up = tree.parent[node]
        code[node] = 0.0 if up < 0 else code[up] + np.log2(tree.volume[up] / tree.volume[node])
    assert [code[v] for v in range(6)] == pytest.approx(-np.log2(graph.degrees / graph.volume))


def test_the_command_keeps_them(tmp_path, capsys):
    (tmp_path / "edges.txt").write_text("".join(f"{u} {v}\n" for u, v in EDGES))
    out = str(tmp_path / "tree.npz")

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main(list(map(str, arguments)))
        return ended.value.code, *capsys.readouterr()

    code, text, err = run("build", tmp_path / "edges.txt", "-o", out, "--self-loops", "keep", "--json", "--quiet")
    assert (code, err) == (0, "")
    graph = Graph.from_edges(EDGES, self_loops="keep")
    assert json.loads(text)["entropy"] == pytest.approx(build_tree(graph).entropy)
    code, text, err = run("entropy", tmp_path / "edges.txt", out, "--self-loops", "keep", "--quiet")
    assert (code, err) == (0, "")
    assert float(text) == pytest.approx(build_tree(graph).entropy)
    assert run("build", tmp_path / "edges.txt", "-o", out, "--self-loops", "maybe")[0] == 2


PATH = [6, 6, 6, 7, 7, 7, 8, 8, -1]


@pytest.mark.parametrize(
    "call",
    [
        lambda: Graph.from_edges(EDGES),
        lambda: Graph.from_directed(EDGES),
        lambda: Graph.from_dense(np.eye(6) + np.roll(np.eye(6), 1, 0) + np.roll(np.eye(6), 1, 1)),
        lambda: build_tree(EDGES),
        lambda: build_tree((EDGES, [1.0] * len(EDGES))),
        lambda: Tree.from_parent(EDGES, PATH),
        lambda: structural_entropy(EDGES, PATH),
        lambda: one_dimensional_entropy(EDGES),
        lambda: build_tree(EDGES[:7]).update(EDGES[:7], [(0, 0), (0, 4)]),
    ],
)
def test_one_warning_at_the_line_that_calls(call):
    with pytest.warns(SelfLoopWarning, match="the best tree may be another") as caught:
        call()
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_kept_loops_are_not_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        graph = Graph.from_edges(EDGES, self_loops="keep")
        build_tree(graph).update(graph, [(0, 0)])


@pytest.mark.parametrize("call", [Graph.from_edges, Graph.from_directed, build_tree, one_dimensional_entropy])
def test_another_word_is_refused(call):
    with pytest.raises(GraphError, match="self_loops: expected 'drop' or 'keep', got 'Keep'"):
        call(EDGES, self_loops="Keep")


def test_a_graph_that_dropped_them_cannot_keep_them():
    with pytest.warns(SelfLoopWarning):
        graph = Graph.from_edges(EDGES)
    with pytest.raises(GraphError, match="self_loops: expected a Graph made with self_loops='keep'"):
        build_tree(graph, self_loops="keep")


@pytest.mark.parametrize("bad", [[1.0, -1.0, 0.0], [1.0, np.nan, 0.0], [1.0, np.inf, 0.0], [1.0], "abc", [[1, 2, 3]]])
def test_bad_extra_volumes_are_refused(bad):
    with pytest.raises(GraphError, match="extra"):
        Graph.from_csr([0, 1, 3, 4], [1, 0, 2, 1], extra_volume=bad)


@pytest.mark.parametrize("loop", [1e-300, 1e-10, 1e10, 1e300])
@pytest.mark.parametrize("height", [None, 2])
def test_loops_of_any_size(loop, height):
    edges, weights = [*EDGES[:7], (0, 0)], [1.0] * 7 + [loop]
    graph = Graph.from_edges(edges, weights, self_loops="keep")
    tree = build_tree(graph, height=height)
    assert np.isfinite(tree.entropy)
    assert structural_entropy(graph, tree) == pytest.approx(tree.entropy, rel=1e-9, abs=1e-300)
    assert "inf" not in tree.to_newick()
    assert "nan" not in tree.to_newick()


def test_nodes_in_another_order_take_their_loops_along():
    networkx = pytest.importorskip("networkx")
    named = networkx.Graph([("c", "a"), ("a", "b"), ("b", "b"), ("d", "c")])
    tree = build_tree(named, self_loops="keep")
    other = networkx.Graph([("b", "b"), ("a", "b"), ("d", "c"), ("c", "a")])
    assert structural_entropy(other, tree, self_loops="keep") == pytest.approx(tree.entropy, abs=1e-12)
    assert tree.update(other, [("b", "d")], self_loops="keep").graph.volume == 10.0
