"""Types of other libraries that are no plain arrays: read as their library hands them out, or refused with a remedy."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from samples import EDGES, both_ways

import hint_se
from hint_se import Graph, GraphError


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


@pytest.fixture
def geometric():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("torch_geometric")


@pytest.fixture
def polars():
    return pytest.importorskip("polars")


@pytest.fixture
def pyarrow():
    return pytest.importorskip("pyarrow")


class Tensor:
    """A tensor whose memory DLPack hands out."""

    def __init__(self, array):
        self.array = array

    def __dlpack_device__(self):
        return 1, 0

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)


class Wrapper(Tensor):
    """A tensor around another one, which inherits an export of memory that is not the data."""

    def __init__(self, array):
        super().__init__(np.full_like(array, 7))
        self.inner = array

    def as_tensor(self):
        return Tensor(self.inner)


class Arrayed(Tensor):
    """The same, handing out an array of NumPy."""

    def __init__(self, array):
        super().__init__(np.full_like(array, 7))
        self.inner = array

    def __array__(self, dtype=None, copy=None):
        return self.inner


@pytest.mark.parametrize("kind", [Wrapper, Arrayed])
def test_of_a_subclass_its_own_words_are_read_and_not_the_memory_it_inherits(kind, expected):
    edges = np.array(EDGES)
    assert Graph.from_edges(kind(edges)) == expected
    assert Graph.from_edges((kind(edges[:, 0]), kind(edges[:, 1]))) == expected
    weights = kind(np.array([1.0, 2.0, 3.0, 4.0]))
    assert Graph.from_edges(edges, weights) == Graph.from_edges(EDGES, [1, 2, 3, 4])
    assert Graph.from_torch_geometric(SimpleNamespace(edge_index=kind(both_ways(EDGES)))) == expected
    tree = hint_se.build_tree(expected)
    marks = [0, 1, 0, 1]
    for one, two in zip(tree.neighbours(kind(np.array(marks))), tree.neighbours(marks), strict=True):
        np.testing.assert_array_equal(one, two)
    features = np.random.default_rng(0).normal(size=(12, 2))
    model = hint_se.StructuralEntropyClustering(n_neighbors=3)
    assert model.fit(kind(features)).tree_ == hint_se.StructuralEntropyClustering(n_neighbors=3).fit(features).tree_


def test_edge_index_and_index(geometric, torch):
    n = 10_000
    pairs = torch.stack([torch.arange(n), (torch.arange(n) + 1) % n])
    circle = Graph.from_edges(pairs.numpy())
    index = geometric.EdgeIndex(pairs, sparse_size=(n, n))
    assert Graph.from_edges(index) == circle
    assert Graph.from_edges((geometric.Index(pairs[0]), geometric.Index(pairs[1]))) == circle
    both = geometric.EdgeIndex(torch.cat([pairs, pairs.flip(0)], dim=1), sparse_size=(n, n))
    assert Graph.from_torch_geometric(geometric.data.Data(edge_index=both)) == circle


def test_a_graph_that_keeps_its_edges_in_adj_t(geometric, torch):
    data = geometric.data.Data(edge_index=torch.tensor(both_ways(EDGES)), num_nodes=4)
    expected = Graph.from_torch_geometric(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        moved = geometric.transforms.ToSparseTensor()(data)
    with pytest.raises(GraphError, match=r"got None; .*= torch_geometric\.utils\.to_edge_index\(data\.adj_t\)"):
        hint_se.build_tree(moved)
    moved.edge_index, moved.edge_weight = geometric.utils.to_edge_index(moved.adj_t)
    assert Graph.from_torch_geometric(moved) == expected


def test_heterogeneous_graphs_name_the_call(geometric, torch):
    data = geometric.data.HeteroData()
    data["a"].num_nodes = 4
    data["a", "to", "a"].edge_index = torch.tensor(both_ways(EDGES))
    with pytest.raises(GraphError, match=r"got HeteroData; call \.to_homogeneous\(\) first"):
        hint_se.build_tree(data)
    assert hint_se.build_tree(data.to_homogeneous(), weight=None).n_leaves == 4


def test_parallel_edges_of_torch_geometric_count_as_in_its_degrees(geometric, torch):
    index = torch.tensor(both_ways([(0, 1), (0, 1), (1, 2)]))
    data = geometric.data.Data(edge_index=index, num_nodes=3)
    degrees = geometric.utils.degree(index[0], 3).tolist()
    assert Graph.from_torch_geometric(data).degrees.tolist() == degrees == [2, 3, 1]


def test_masked_tensors(torch):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        masked = torch.masked.masked_tensor(torch.ones(4), torch.tensor([True, True, False, True]))
    with pytest.raises(GraphError, match="weights: .* got MaskedTensor: .*; give the plain array that it holds"):
        Graph.from_edges(EDGES, masked)


def test_bfloat16(torch):
    weights = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.bfloat16)
    with pytest.raises(GraphError, match=r"weights: .* got Tensor: .*; convert it first: \.float\(\)"):
        Graph.from_edges(EDGES, weights)
    assert Graph.from_edges(EDGES, weights.float()) == Graph.from_edges(EDGES, [1, 2, 3, 4])


def test_sparse_tensors(torch, expected):
    sparse = pytest.importorskip("scipy.sparse")
    matrix = torch.zeros(4, 4)
    matrix[tuple(torch.tensor(both_ways(EDGES)))] = 1.0
    tensor = matrix.to_sparse()
    with pytest.raises(GraphError, match=r"A = A\.to_sparse_coo\(\)\.coalesce\(\), then Graph\.from_scipy"):
        hint_se.build_tree(tensor)
    tensor = tensor.to_sparse_coo().coalesce()
    assert Graph.from_scipy(sparse.coo_array((tensor.values(), tensor.indices()), tensor.shape)) == expected


# Columns


def test_lazy_frames_name_the_call(polars, expected):
    source, target = map(list, zip(*EDGES, strict=True))
    lazy = polars.LazyFrame({"source": source, "target": target})
    for call in (Graph.from_edges, hint_se.build_tree):
        with pytest.raises(GraphError, match=r"got LazyFrame; call \.collect\(\) first"):
            call(lazy)
    assert Graph.from_dataframe(lazy.collect()) == expected


def test_integers_of_polars(polars, expected):
    source, target = map(list, zip(*EDGES, strict=True))
    for kind in (polars.Int128, polars.UInt8, polars.Int64):
        frame = polars.DataFrame({"source": source, "target": target}, schema={"source": kind, "target": kind})
        assert Graph.from_dataframe(frame) == expected
    wide = polars.DataFrame(
        {"source": [2**100], "target": [7]}, schema={"source": polars.Int128, "target": polars.Int128}
    )
    assert Graph.from_dataframe(wide, relabel=True).node_names == (2**100, 7)
    with pytest.raises(GraphError, match="does not fit int64"):
        Graph.from_dataframe(wide)
    missing = polars.DataFrame({"source": [0, None], "target": [1, 2]})
    with pytest.raises(GraphError, match="source column: expected no missing values, got one in row 1"):
        Graph.from_dataframe(missing)
    for column in (polars.Series([[0], [1]]), polars.Series([{"a": 0}, {"a": 1}])):
        with pytest.raises(
            GraphError, match="source column: expected integer node ids or strings, got dtype (List|Stru)"
        ):
            Graph.from_edges((column, polars.Series([1, 2])))


def test_columns_of_pyarrow_that_hold_no_nodes(pyarrow):
    other = pyarrow.array([1, 2])
    for values, kind in (
        (pyarrow.array([[0], [1]]), "list<"),
        (pyarrow.array([{"a": 0}, {"a": 1}]), "struct<"),
        (pyarrow.array([b"a", b"b"]), "binary"),
        (pyarrow.array([0.5, 1.5]), "double"),
    ):
        with pytest.raises(GraphError, match=f"source column: expected integer node ids or strings, got dtype {kind}"):
            Graph.from_edges((values, other))


@pytest.mark.parametrize("value", [[0], {"a": 0}, {0}])
def test_columns_of_pandas_that_hold_what_is_not_hashable(value):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"source": ["a", value], "target": ["b", "c"]})
    with pytest.raises(GraphError, match=f"hashable nodes, got {type(value).__name__} in row 1"):
        Graph.from_dataframe(frame)


@pytest.mark.parametrize("value", ["7", None, [7]])
def test_weights_in_columns_are_named_by_row_and_value(value):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"source": [0, 1], "target": [1, 2], "weight": pandas.Series([1.5, value], dtype=object)})
    with pytest.raises(GraphError, match="weights: expected real numbers, got .* in row 1"):
        Graph.from_dataframe(frame)
