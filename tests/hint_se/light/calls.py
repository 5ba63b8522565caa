"""Call everything public of hint_se once and print, as JSON, what each call came to. Runs where NumPy alone is installed."""

import inspect
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

import hint_se

EDGES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]
GRAPH = hint_se.Graph.from_edges(EDGES)
TREE = hint_se.build_tree(GRAPH, height=2)
MODEL = hint_se.StructuralEntropyClustering
PARENT = [6, 6, 6, 7, 7, 7, 8, 8, -1]


class OtherLibrary:
    """Stands for an object of a library that is not there."""


def read() -> None:
    """Read an edge file in each of its formats."""
    Path("edges.txt").write_text("0 1\n1 2\n")
    Path("edges.csv").write_text("source,target\n0,1\n1,2\n")
    Path("edges.mtx").write_text("%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n2 1\n3 2\n")
    np.savez("edges.npz", edges=np.array([[0, 1], [1, 2]]))
    for suffix in ("txt", "csv", "mtx", "npz"):
        hint_se.read_graph(f"edges.{suffix}")


CALLS: dict[str, Callable[[], object]] = {
    "build_tree": lambda: hint_se.build_tree(EDGES, effort="fast"),
    "compare": lambda: hint_se.compare(TREE, [0, 0, 0, 1, 1, 1]),
    "entropy_terms": lambda: hint_se.entropy_terms(TREE),
    "match": lambda: hint_se.match(TREE, [0, 0, 0, 1, 1, 1]),
    "one_dimensional_entropy": lambda: hint_se.one_dimensional_entropy(EDGES),
    "structural_entropy": lambda: hint_se.structural_entropy(EDGES, PARENT),
    "read_graph": read,
    "Graph.from_csr": lambda: hint_se.Graph.from_csr(GRAPH.indptr, GRAPH.indices, GRAPH.weights),
    "Graph.from_dataframe": lambda: hint_se.Graph.from_dataframe(OtherLibrary()),
    "Graph.from_dense": lambda: hint_se.Graph.from_dense(np.ones((3, 3)) - np.eye(3)),
    "Graph.from_directed": lambda: hint_se.Graph.from_directed(EDGES),
    "Graph.from_edges": lambda: hint_se.Graph.from_edges(EDGES),
    "Graph.from_igraph": lambda: hint_se.Graph.from_igraph(OtherLibrary()),
    "Graph.from_networkx": lambda: hint_se.Graph.from_networkx(OtherLibrary()),
    "Graph.from_scipy": lambda: hint_se.Graph.from_scipy(OtherLibrary()),
    "Graph.from_torch_geometric": lambda: hint_se.Graph.from_torch_geometric(OtherLibrary()),
    "StructuralEntropyClustering.fit": lambda: MODEL(n_neighbors=2).fit(np.arange(12.0).reshape(6, 2)),
    "StructuralEntropyClustering.fit_predict": lambda: MODEL().fit_predict(EDGES),
    "StructuralEntropyClustering.get_params": lambda: MODEL().get_params(),
    "StructuralEntropyClustering.set_params": lambda: MODEL().set_params(height=3),
    "Tree.children": lambda: TREE.children(TREE.root),
    "Tree.communities": lambda: TREE.communities(),
    "Tree.cut": lambda: TREE.cut(2),
    "Tree.from_labels": lambda: hint_se.Tree.from_labels(GRAPH, [0, 0, 0, 1, 1, 1]),
    "Tree.from_parent": lambda: hint_se.Tree.from_parent(GRAPH, PARENT),
    "Tree.labels": lambda: TREE.labels(1),
    "Tree.leaves": lambda: TREE.leaves(TREE.root),
    "Tree.load": lambda: (TREE.save("tree.npz"), hint_se.Tree.load("tree.npz")),
    "Tree.neighbours": lambda: TREE.neighbours([0, 1, 0, 1, 0, 1]),
    "Tree.null": lambda: TREE.null(),
    "Tree.place": lambda: TREE.place([(6, 0)]),
    "Tree.plot": lambda: TREE.plot("icicle"),
    "Tree.refine": lambda: TREE.refine(TREE.root),
    "Tree.report": lambda: TREE.report("tree.html"),
    "Tree.save": lambda: TREE.save("tree.npz"),
    "Tree.suggest_level": lambda: TREE.suggest_level(),
    "Tree.summary": lambda: (str(TREE.summary()), TREE._repr_html_()),
    "Tree.to_frame": lambda: TREE.to_frame(),
    "Tree.to_graphml": lambda: TREE.to_graphml(),
    "Tree.to_igraph": lambda: TREE.to_igraph(),
    "Tree.to_linkage": lambda: (TREE.to_linkage(), TREE.to_linkage(heights="level")),
    "Tree.to_networkx": lambda: TREE.to_networkx(),
    "Tree.to_newick": lambda: TREE.to_newick(),
    "Tree.update": lambda: TREE.update(GRAPH, [(0, 3)], height=2),
}


def public() -> Iterator[str]:
    """Yield the names of the public functions, and of the public methods of what users make themselves."""
    for name in hint_se.__all__:
        entry = getattr(hint_se, name)
        if inspect.isfunction(entry):
            yield name
        elif name in {"Graph", "StructuralEntropyClustering", "Tree"}:
            yield from (f"{name}.{part}" for part in dir(entry) if part[0] != "_" and callable(getattr(entry, part)))


def outcome(name: str) -> str:
    """Return "done", or the class and the words of the error."""
    try:
        CALLS[name]()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "done"


if __name__ == "__main__":
    sys.stdout.write(json.dumps({name: outcome(name) for name in public()}))
