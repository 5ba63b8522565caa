"""Names of nodes: where they come from, and how they are numbered."""

import numpy as np
import pytest
from samples import EDGES

import hint_se
from hint_se import Graph, GraphError


@pytest.mark.parametrize("dtype", ["U", "T", "O"])
def test_arrays_of_strings_bring_names(dtype):
    pairs = [("b", "a"), ("a", "c"), ("b", "long name"), ("", "ünïcödé")]
    array = np.array(pairs, dtype=np.dtypes.StringDType() if dtype == "T" else dtype)
    for edges in (array, array.T, (array[:, 0], array[:, 1]), np.asfortranarray(array)):
        assert Graph.from_edges(edges) == Graph.from_edges(pairs)
    if dtype == "U":
        assert Graph.from_edges(array.astype(array.dtype.newbyteorder(">"))) == Graph.from_edges(pairs)
    weighted = Graph.from_edges(array, [1.0, 2.0, 3.0, 4.0])
    assert weighted.node_names == ("b", "a", "c", "long name", "", "ünïcödé")
    assert weighted.degrees.tolist() == [4, 3, 2, 3, 4, 4]


def test_many_names_are_told_apart(monkeypatch):
    rng = np.random.default_rng(5)
    ids = rng.integers(0, 9_000, (30_000, 2))
    ids = ids[ids[:, 0] != ids[:, 1]]
    names = np.char.add("node ", ids.astype("U"))
    by_name = Graph.from_edges(names)
    assert by_name == Graph.from_edges(list(map(tuple, names.tolist())))
    assert by_name.node_names[:2] == tuple(names[0].tolist())
    assert by_name.n_edges == Graph.from_edges(ids).n_edges
    # Strings of one hash still are two nodes.
    monkeypatch.setattr("hint_se.inputs.labels._hashes", lambda strings: np.zeros(strings.size, np.uint64))
    assert Graph.from_edges(names[:1000]) == Graph.from_edges(list(map(tuple, names[:1000].tolist())))


def test_objects_that_are_all_integers_are_ids(expected):
    assert Graph.from_edges(np.array(EDGES, dtype=object)) == expected
    mixed = (np.array([1, 2]), np.array(["a", "b"]))
    assert Graph.from_edges(mixed).node_names == (1, "a", 2, "b")
    assert Graph.from_edges([(1, "a"), (2, "b")]) == Graph.from_edges(mixed)


def test_tensors_are_no_names():
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(EDGES)
    with pytest.raises(GraphError, match=r"got tensor\(0\) in row 0"):
        Graph.from_edges([(u, v) for u, v in tensor])


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_relabel_takes_ids_of_64_bits(dtype):
    top = np.iinfo(dtype).max
    edges = np.array([[top, 5], [5, 9], [9, top - 1]], dtype=dtype)
    names = (top, 5, 9, top - 1)
    objects = edges.astype(object)
    for form in (edges, (edges[:, 0], edges[:, 1]), edges.tolist(), objects, (objects[:, 0], objects[:, 1])):
        graph = Graph.from_edges(form, relabel=True)
        assert graph.node_names == names
        assert all(type(name) is int for name in graph.node_names)
        assert graph.n_edges == 3
    assert Graph.from_edges([(-5, 3)], relabel=True).node_names == (-5, 3)
    assert Graph.from_edges([("a", "b")], relabel=True).node_names == ("a", "b")
    signed = Graph.from_edges((np.array([-1]), np.array([2**64 - 1], dtype=np.uint64)), relabel=True)
    assert signed.node_names == (-1, 2**64 - 1)
    with pytest.raises(GraphError, match="4 nodes themselves"):
        Graph.from_edges(edges, relabel=True, n_nodes=7)


def test_string_pairs_bring_names_in_order_of_appearance():
    tree = hint_se.build_tree([("b", "a"), ("a", "c")])
    assert tree.node_names == ("b", "a", "c")
    assert Graph.from_edges([("b", 1), (1, ("x", 2))]).node_names == ("b", 1, ("x", 2))
    assert Graph.from_edges([("b", "a")], n_nodes=2).node_names == ("b", "a")
    assert hint_se.structural_entropy([("b", "a"), ("a", "c")], tree) == pytest.approx(tree.entropy)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "b"], "4 names"),
        (["a", "b", "c", "a"], "1 repeated"),
        (["a", "b", "c", []], "hashable"),
        (["a", "b", "c", None], "got None"),
        (["a", "b", "c", 1.5], "got 1.5"),
    ],
)
def test_bad_node_names(names, message):
    with pytest.raises(GraphError, match=message):
        Graph.from_edges(EDGES, node_names=names)


def test_names_given_twice():
    with pytest.raises(GraphError, match="2 nodes themselves"):
        Graph.from_edges([("a", "b")], node_names=["a", "b"])
    with pytest.raises(GraphError, match="2 nodes themselves"):
        Graph.from_edges([("a", "b")], n_nodes=3)
    with pytest.raises(GraphError, match="given twice"):
        hint_se.build_tree((EDGES, [1] * 4), [1] * 4)
    with pytest.raises(GraphError, match="brings its own"):
        hint_se.build_tree(Graph.from_edges(EDGES), [1] * 4)
