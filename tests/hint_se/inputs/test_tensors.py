"""Tensors, whatever speaks an array protocol, and graphs of torch_geometric."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from samples import EDGES, both_ways, symmetric

import hint_se
from hint_se import Graph, GraphError, InputWarning, SelfLoopWarning


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_torch_geometric(library, expected):
    module = pytest.importorskip(library)
    index = module.asarray(both_ways(EDGES))
    data = SimpleNamespace(edge_index=index, num_nodes=4)
    assert Graph.from_torch_geometric(data) == expected
    assert hint_se.build_tree(data) == hint_se.build_tree(expected)
    assert Graph.from_torch_geometric(SimpleNamespace(edge_index=index)) == expected
    assert Graph.from_torch_geometric(SimpleNamespace(edge_index=index, num_nodes=7)).n_nodes == 7
    # The index alone is an edge list: both directions of an edge without weights count once.
    assert Graph.from_edges(index) == expected

    weights = [1.0, 2.0, 3.0, 4.0]
    data.edge_weight = module.asarray(np.array(weights * 2))
    weighted = Graph.from_edges(EDGES, weights)
    assert Graph.from_torch_geometric(data) == weighted
    assert hint_se.build_tree((index, data.edge_weight)).parent.tolist() == hint_se.build_tree(weighted).parent.tolist()
    # Features of the edges, or distances, are no weights.
    data.edge_weight, data.edge_attr = None, module.asarray(np.zeros(8))
    with pytest.warns(InputWarning, match="left aside: 'edge_attr'"):
        assert Graph.from_torch_geometric(data) == expected
    assert Graph.from_torch_geometric(data, weight=None) == expected
    data.edge_attr = module.asarray(np.array(weights * 2)[:, None])
    assert Graph.from_torch_geometric(data, weight="edge_attr") == weighted
    data.edge_attr = None
    with pytest.raises(GraphError, match="SimpleNamespace brings its own"):
        hint_se.build_tree(data, weights * 2)


def test_torch_geometric_of_two_columns():
    # As an edge list (2, 2) would be read by rows.
    data = SimpleNamespace(edge_index=np.array([[0, 2], [2, 0]]), num_nodes=3)
    assert Graph.from_torch_geometric(data) == Graph.from_edges([(0, 2)])
    with pytest.raises(GraphError, match="got a directed graph"):
        Graph.from_torch_geometric(SimpleNamespace(edge_index=np.array([[0, 1], [0, 2]]), num_nodes=3))


def test_bad_torch_geometric():
    def refused(message, index, weights=None, n_nodes=4):
        with pytest.raises(GraphError, match=message):
            hint_se.build_tree(SimpleNamespace(edge_index=index, edge_weight=weights, num_nodes=n_nodes))

    index = both_ways(EDGES)
    refused("both directions of each edge.*ToUndirected", np.array(EDGES).T)
    refused("both directions of each edge", index, np.arange(1.0, 9.0))
    refused("both directions of each edge", index[:, :-1])
    refused(r"edge_index: expected shape \(2, m\), got shape \(8, 2\)", index.T)
    refused("integer node ids, got dtype float64", index.astype(float))
    refused("edge 3 holds 3", index, n_nodes=3)
    refused("at least 1, got 0", index, n_nodes=0)
    refused("weight of edge 5 is NaN", index, np.array([1.0] * 5 + [np.nan] + [1.0] * 2))
    refused(r"expected shape \(8,\), one per edge, got shape \(8, 3\)", index, np.ones((8, 3)))
    looped = np.concatenate([index, [[1], [1]]], axis=1)
    with pytest.warns(SelfLoopWarning, match="dropped 1 self-loop"):
        graph = Graph.from_torch_geometric(SimpleNamespace(edge_index=looped, num_nodes=4))
    assert graph == Graph.from_edges(EDGES)


def test_torch_geometric_that_guesses_its_nodes():
    class Guessing:
        edge_index = np.array([[0, 2**29], [2**29, 0]])

        @property
        def num_nodes(self):
            warnings.warn("Unable to accurately infer 'num_nodes'", stacklevel=1)
            return 2**29 + 1

    with pytest.raises(GraphError, match="only 2 distinct ids"):
        Graph.from_torch_geometric(Guessing())


def test_torch_geometric_itself(expected):
    torch = pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = pytest.importorskip("torch_geometric.data")
    index = torch.tensor(both_ways(EDGES))
    assert hint_se.build_tree(data.Data(edge_index=index)) == hint_se.build_tree(expected)
    assert Graph.from_torch_geometric(data.Data(x=torch.zeros(9, 2), edge_index=index)).n_nodes == 9
    with pytest.raises(GraphError, match="got HeteroData"):
        hint_se.build_tree(data.HeteroData())


class Tensor:
    """What CuPy and JAX look like from outside."""

    def __init__(self, array, device=(1, 0)):
        self.array, self.device = array, device

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, **options):
        assert self.device[0] in (1, 3, 11)
        return self.array.__dlpack__(**options)


class Array:
    """What an old library looks like from outside."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array


@pytest.mark.parametrize("kind", [Tensor, Array])
def test_array_protocols(kind, expected):
    edges, weights = np.array(EDGES), np.array([1.0, 2.0, 3.0, 4.0])
    for form in (kind(edges), kind(np.ascontiguousarray(edges.T)), (kind(edges[:, 0]), kind(edges[:, 1]))):
        assert Graph.from_edges(form) == expected
        assert hint_se.build_tree(form) == hint_se.build_tree(expected)
    weighted = Graph.from_edges(EDGES, [1, 2, 3, 4])
    assert Graph.from_edges(kind(edges), kind(weights)) == weighted
    assert hint_se.build_tree((kind(edges), kind(weights))) == hint_se.build_tree(weighted)
    assert Graph.from_csr(kind(weighted.indptr), kind(weighted.indices), kind(weighted.weights)) == weighted
    assert Graph.from_dense(kind(symmetric(EDGES))) == expected


@pytest.mark.parametrize(("device", "name"), [(2, "CUDA"), (8, "Metal"), (10, "ROCm"), (14, "DLPack device type 14")])
def test_memory_of_other_devices(device, name):
    message = rf"CPU's memory, got Tensor on {name}; copy it first: \.cpu\(\) in torch, \.get\(\) in CuPy"
    edges, weights = Tensor(np.array(EDGES), (device, 0)), Tensor(np.ones(4), (device, 0))
    for call in (Graph.from_edges, hint_se.build_tree, hint_se.one_dimensional_entropy):
        with pytest.raises(GraphError, match="edges: .*" + message):
            call(edges)
    with pytest.raises(GraphError, match="weights: .*" + message):
        hint_se.build_tree(EDGES, weights)
    with pytest.raises(GraphError, match="edges: .*" + message):
        hint_se.build_tree((weights, weights))
    assert Graph.from_edges(Tensor(np.array(EDGES), (3, 0))) == Graph.from_edges(EDGES)


def test_torch_tensors(expected):
    torch = pytest.importorskip("torch")
    rows = torch.tensor(EDGES)
    for edges in (rows, rows.T, rows.T.contiguous(), rows.int(), (rows[:, 0], rows[:, 1]), rows.to(torch.uint8)):
        assert Graph.from_edges(edges) == expected
    weights = torch.tensor([1.0, 2.0, 3.0, 4.0])
    weighted = Graph.from_edges(EDGES, [1, 2, 3, 4])
    assert Graph.from_edges(rows, weights) == weighted
    assert hint_se.build_tree((rows.T, weights.half())) == hint_se.build_tree(weighted)

    def refused(message, *arguments):
        with pytest.raises(GraphError, match=message):
            hint_se.build_tree(*arguments)

    refused("that NumPy can read, got Tensor: .*detach", rows, weights.requires_grad_())
    refused("that NumPy can read, got Tensor: .*dtype", rows, torch.ones(4, dtype=torch.bfloat16))
    refused("integer node ids, got dtype float32", rows.float())
    refused("integer node ids, got dtype bool", rows.bool())
    refused("edges: expected an array that NumPy can read, got Tensor: .*strided", torch.eye(3).to_sparse())
    refused("edges: expected an array that NumPy can read, got Tensor: .*meta", rows.to("meta"))
