"""Self-loops that count, at every way in and out: constructors, files, exports, the command, warnings, what is refused."""

import json
import warnings

import numpy as np
import pytest

import hint_se
from hint_se import Graph, GraphError, SelfLoopWarning, Tree, build_tree, cli
from hint_se.trees.entropy import one_dimensional_entropy, structural_entropy

EDGES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3), (1, 1), (4, 4), (4, 4)]


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
