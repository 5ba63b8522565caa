"""One rule for the weights of every input whose numbers have names: which is read, and what is said of the others."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from samples import EDGES, both_ways

import hint_se
from hint_se import Graph, GraphError, InputWarning

WEIGHTS = [1.0, 2.0, 3.0, 4.0]
NAMES = ["weight", "weights", "w", "edge_weight", "value", "count"]
SPELLINGS = [str.lower, str.upper, str.title]


def table(module, make):
    def of(**columns):
        source, target = map(list, zip(*EDGES, strict=True))
        return make(pytest.importorskip(module))({"source": source, "target": target, **columns})

    return of


def of_networkx(**columns):
    graph = pytest.importorskip("networkx").Graph()
    graph.add_nodes_from(range(4))
    for row, edge in enumerate(EDGES):
        graph.add_edge(*edge, **{name: values[row] for name, values in columns.items()})
    return graph


def of_igraph(**columns):
    graph = pytest.importorskip("igraph").Graph(n=4, edges=EDGES)
    for name, values in columns.items():
        graph.es[name] = values
    return graph


def of_torch_geometric(**columns):
    return SimpleNamespace(
        edge_index=both_ways(EDGES), num_nodes=4, **{name: np.array(values * 2) for name, values in columns.items()}
    )


ENTRANCES = {
    "pandas": table("pandas", lambda module: module.DataFrame),
    "polars": table("polars", lambda module: module.DataFrame),
    "pyarrow": table("pyarrow", lambda module: module.table),
    "networkx": of_networkx,
    "igraph": of_igraph,
    "torch_geometric": of_torch_geometric,
}
#: Other numbers beside the edges; torch_geometric's belong to edges only where they are called so.
OTHER = {entrance: "edge_time" if entrance == "torch_geometric" else "time" for entrance in ENTRANCES}
CONSTRUCTORS = {
    "networkx": Graph.from_networkx,
    "igraph": Graph.from_igraph,
    "torch_geometric": Graph.from_torch_geometric,
}


@pytest.fixture(params=ENTRANCES)
def entrance(request):
    return request.param


@pytest.fixture
def given(entrance):
    """The input with the named columns or attributes."""
    return ENTRANCES[entrance]


@pytest.fixture
def read(entrance):
    """The constructor of the graph, which takes ``weight``."""
    return CONSTRUCTORS.get(entrance, Graph.from_dataframe)


@pytest.fixture
def weighted():
    return Graph.from_edges(EDGES, WEIGHTS)


@pytest.mark.parametrize("spelling", SPELLINGS, ids=["lower", "upper", "title"])
@pytest.mark.parametrize("name", NAMES)
def test_known_names_are_weights(given, read, name, spelling, weighted):
    graph = given(**{spelling(name): WEIGHTS})
    assert read(graph) == weighted
    assert hint_se.build_tree(graph) == hint_se.build_tree(weighted)


@pytest.mark.parametrize("name", NAMES[1:])
def test_of_two_known_names_the_first_counts_and_the_other_is_named(given, read, name, weighted):
    with pytest.warns(InputWarning, match=f"weights are 'weight'; left aside: '{name}'") as caught:
        graph = read(given(**{name: [9.0] * 4, "weight": WEIGHTS}))
    assert graph == weighted
    assert [warning.filename for warning in caught] == [__file__]


def test_two_spellings_of_one_name_are_refused(given, read):
    with pytest.raises(GraphError, match="expected one 'Weight', got 'Weight' and 'WEIGHT'; choose: weight="):
        read(given(Weight=WEIGHTS, WEIGHT=[9.0] * 4))


def test_other_numbers_are_named_once(given, read, entrance, expected):
    name = OTHER[entrance]
    with pytest.warns(InputWarning, match=f"read without weights; left aside: '{name}'") as caught:
        assert read(given(**{name: WEIGHTS})) == expected
    assert len(caught) == 1


def test_words_beside_the_edges_are_no_numbers(given, read, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read(given(edge_kind=list("abcd"))) == expected


def test_any_name_can_be_asked_for(given, read, entrance, weighted):
    name = OTHER[entrance]
    graph = given(**{name: WEIGHTS, "weight": [9.0] * 4})
    assert read(graph, weight=name) == weighted
    assert hint_se.build_tree(graph, weight=name) == hint_se.build_tree(weighted)
    assert hint_se.one_dimensional_entropy(graph, weight=name) == hint_se.one_dimensional_entropy(weighted)
    flat = [4, 4, 4, 4, -1]
    assert hint_se.structural_entropy(graph, flat, weight=name) == hint_se.structural_entropy(weighted, flat)
    assert hint_se.Tree.from_parent(graph, flat, weight=name) == hint_se.Tree.from_parent(weighted, flat)


def test_weights_go_by_position_too(given, read, entrance, weighted):
    place = 0 if entrance in CONSTRUCTORS else 2
    assert read(given(edge_time=WEIGHTS), weight=place) == weighted


def test_a_name_that_is_not_there_is_an_error(given, read):
    for missing in ("capacity", 99, -1, True, 0.5):
        with pytest.raises(GraphError, match=f"expected {missing!r} as weights, got 0 of that name among"):
            read(given(weight=WEIGHTS), weight=missing)
    with pytest.raises(GraphError, match="weight: expected a name or a position, got list; numbers go in as weights="):
        read(given(weight=WEIGHTS), weight=WEIGHTS)


def test_no_weights_can_be_asked_for(given, read, expected):
    assert read(given(weight=WEIGHTS, count=WEIGHTS), weight=None) == expected


@pytest.mark.parametrize("library", ["networkx", "igraph"])
def test_directed_graphs_follow_the_rule(library):
    module = pytest.importorskip(library)
    if library == "networkx":
        directed = module.DiGraph()
        directed.add_nodes_from(range(4))
        directed.add_edges_from((u, v, {"Count": weight}) for (u, v), weight in zip(EDGES, WEIGHTS, strict=True))
    else:
        directed = module.Graph(n=4, edges=EDGES, directed=True)
        directed.es["Count"] = WEIGHTS
    assert Graph.from_directed(directed) == Graph.from_directed(EDGES, WEIGHTS)
    with pytest.raises(GraphError, match="expected 'time' as weights"):
        Graph.from_directed(directed, weight="time")


def test_what_has_no_names_refuses_one():
    sparse = pytest.importorskip("scipy.sparse")
    for graph in (EDGES, np.array(EDGES), Graph.from_edges(EDGES), sparse.csr_array((3, 3))):
        with pytest.raises(GraphError, match="weight: chooses a column or an attribute, and .* has none"):
            hint_se.build_tree(graph, weight="weight")


def test_ends_go_by_known_names():
    pandas = pytest.importorskip("pandas")
    source, target = map(list, zip(*EDGES, strict=True))
    for ends in (("From", "To"), ("src", "dst"), ("node1", "node2"), ("Source", "Target"), ("u", "v")):
        frame = pandas.DataFrame({"w": WEIGHTS, ends[0]: source, ends[1]: target})
        assert Graph.from_dataframe(frame) == Graph.from_edges(EDGES, WEIGHTS)


@pytest.mark.parametrize("form", [list, tuple])
@pytest.mark.parametrize("pairs", [EDGES, [("b", "a"), ("a", "c"), ("b", "d"), ("c", "d")]])
def test_triples_bring_their_weights(form, pairs):
    triples = form((u, v, weight) for (u, v), weight in zip(pairs, WEIGHTS, strict=True))
    expected = Graph.from_edges(pairs, WEIGHTS)
    assert Graph.from_edges(triples) == expected
    assert hint_se.build_tree(triples) == hint_se.build_tree(expected)
    assert Graph.from_directed(triples) == Graph.from_directed(pairs, WEIGHTS)
    assert hint_se.StructuralEntropyClustering().fit(triples).graph_ == expected
    with pytest.raises(GraphError, match="weights: given twice, in the table or the triples and as an argument"):
        Graph.from_edges(triples, WEIGHTS)
    with pytest.raises(GraphError, match="weights: given twice"):
        hint_se.build_tree((triples, WEIGHTS))


def test_two_and_three_triples_are_edges():
    for n in (1, 2, 3):
        triples = [(i, i + 1, 2) for i in range(n)]
        assert Graph.from_edges(triples) == Graph.from_edges([(i, i + 1) for i in range(n)], [2.0] * n)
        assert hint_se.StructuralEntropyClustering().fit(triples).graph_.n_edges == n


@pytest.mark.parametrize("weight", ["source", "target", 0, 1])
@pytest.mark.parametrize("entrance", ["pandas", "polars", "pyarrow"])
def test_an_end_is_no_weight(entrance, weight):
    with pytest.raises(GraphError, match="table: expected weights beside the ends of the edges, got '(source|target)'"):
        Graph.from_dataframe(ENTRANCES[entrance](time=WEIGHTS), weight=weight)
