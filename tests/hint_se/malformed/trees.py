"""Trees that are none, and questions that a tree cannot answer."""

import numpy as np

import hint_se
from hint_se import Graph, Tree, TreeError, build_tree, entropy_terms, structural_entropy
from malformed.case import CUT, EDGES, GRAPH, PARENT, TREE, VOLUME, Case, changed

NAN, INF = float("nan"), float("inf")
FLAT = "parent: expected a flat array of integers, got "

BAD_PARENTS = [
    ("empty", [], FLAT),
    ("floats", [2.0, 2.0, -1.0], FLAT + "float64"),
    ("booleans", [True, True], FLAT + "bool"),
    ("strings", ["2", "2", "-1"], FLAT + "<U2"),
    ("None", None, FLAT + "object"),
    ("a number", -1, FLAT + r"int64 of shape \(\)"),
    ("square", [[2, 2, -1]], FLAT + r"int64 of shape \(1, 3\)"),
    ("ragged", [[2], 2, -1], "parent: expected an array that NumPy can read, got list"),
    ("beyond int64", [2**70, 2, -1], FLAT + "object"),
    ("no root", [2, 2, 3], "the root last, with parent -1, got 3"),
    ("unsigned, so no root", np.array([2, 2, 255], np.uint8), "the root last, with parent -1, got 255"),
    ("two roots", [2, -1, -1], r"got parent\[1\] = -1"),
    ("own parent", [0, 2, -1], r"got parent\[0\] = 0"),
    ("a cycle", [3, 3, 4, 2, -1], r"got parent\[3\] = 2"),
    ("downwards", [3, 3, 0, -1], r"got parent\[2\] = 0"),
    ("out of range", [3, 9, 3, -1], r"below 4, got parent\[1\] = 9"),
    ("beyond int32", [2**40, 2, -1], r"below 3, got parent\[0\] = 1099511627776"),
    ("masked", np.ma.array([2, 2, -1], mask=[0, 1, 0]), "parent: expected no masked values, got 1"),
    ("childless inner node", [2, 4, 4, 4, -1], "leaves first and a child for every other node, got none for node 3"),
]
BAD_COLUMNS = [
    ("volume: too short", {"volume": VOLUME[:-1]}, r"volume: expected 9 real numbers, got int64 of shape \(8,\)"),
    ("volume: strings", {"volume": ["a"] * 9}, "volume: expected 9 real numbers, got <U1"),
    ("volume: ragged", {"volume": changed(VOLUME, 0, [2])}, "volume: expected an array that NumPy can read, got list"),
    ("volume: masked", {"volume": np.ma.array(VOLUME, mask=[1] + [0] * 8)}, "volume: expected no masked values"),
    ("volume: None", {"volume": None}, "volume: expected 9 real numbers, got object"),
    ("volume: NaN", {"volume": changed(VOLUME, 3, NAN)}, "volume: expected finite numbers >= 0, got nan for node 3"),
    ("volume: infinity", {"volume": [INF] * 9}, "volume: expected finite numbers >= 0, got inf for node 0"),
    ("volume: negative", {"volume": changed(VOLUME, 1, -2)}, r"finite numbers >= 0, got -2\.0 for node 1"),
    ("volume: wrong sum", {"volume": changed(VOLUME, 6, 8)}, r"sum of the children, got 8\.0 for node 6"),
    ("volume: wrong total", {"volume": changed(VOLUME, 8, 15)}, r"sum of the children, got 15\.0 for node 8"),
    ("cuts: too long", {"cuts": [*CUT, 0]}, r"cuts: expected 9 real numbers, got int64 of shape \(10,\)"),
    ("cuts: complex", {"cuts": [1j] * 9}, "cuts: expected 9 real numbers, got complex128"),
    ("cuts: NaN", {"cuts": changed(CUT, 7, NAN)}, "cuts: expected finite numbers >= 0, got nan for node 7"),
    ("cuts: negative", {"cuts": changed(CUT, 6, -1)}, r"finite numbers >= 0, got -1\.0 for node 6"),
    ("cuts: above the volume", {"cuts": changed(CUT, 6, 9)}, r"at most the volume, got 9\.0 for node 6"),
    (
        "cuts: above the children",
        {"cuts": [0, 0, 0, *CUT[3:]]},
        r"at most the sum of the children, got 1\.0 for node 6",
    ),
    ("cuts: of the root", {"cuts": changed(CUT, 8, 1)}, r"cuts: expected 0 for the root, got 1\.0"),
    ("names: too few", {"node_names": ["a"]}, "node_names: expected 6 names, one per leaf, got 1"),
    ("names: repeated", {"node_names": ["a"] * 6}, "distinct names, got 5 repeated"),
    ("names: unhashable", {"node_names": [*"abcde", {}]}, "node names: expected hashable values"),
    ("names: one string", {"node_names": "abcdef"}, "node names: expected a list of names, got str"),
    ("names: a number", {"node_names": 6}, "node names: expected a list of names, got int"),
]
WHOLE = r": expected an integer >= {low}(?: and < \d+)?, got "
BAD_INTEGERS = [("zero", 0), ("negative", -1), ("a float", 1.0), ("NaN", NAN), ("a string", "1"), ("a boolean", True)]


def bad_integers(what, call, low):
    """Return a case for each value that is no integer >= low."""
    values = [(name, value) for name, value in BAD_INTEGERS if not (low == 0 and name == "zero")]
    return [
        Case(f"{what}: {name}", lambda v=value: call(v), ValueError, what.split()[-1] + WHOLE.format(low=low))
        for name, value in [*values, ("None", None), ("a list", [1])]
        if not (value is None and what.split()[0] in ("build_tree", "neighbours") and what.split()[-1] != "seed")
    ]


CASES = [
    *(
        Case(f"{call.__name__}, parent: {name}", lambda c=call, p=parent: c(GRAPH, p), TreeError, message)
        for name, parent, message in BAD_PARENTS
        for call in (structural_entropy, Tree.from_parent)
    ),
    *(
        Case(f"Tree, parent: {name}", lambda p=parent: Tree(p, VOLUME, CUT), TreeError, message)
        for name, parent, message in BAD_PARENTS
    ),
    *(
        Case(
            f"Tree, {name}",
            lambda c=change: Tree(**{"parent": PARENT, "volume": VOLUME, "cuts": CUT, **c}),
            TreeError,
            message,
        )
        for name, change, message in BAD_COLUMNS
    ),
    *bad_integers("build_tree height", lambda v: build_tree(EDGES, height=v), 1),
    *bad_integers("build_tree n_threads", lambda v: build_tree(EDGES, n_threads=v), 1),
    *bad_integers("build_tree seed", lambda v: build_tree(EDGES, seed=v), 0),
    *bad_integers("labels level", lambda v: TREE.labels(0 if v is None else v), 1),
    *bad_integers("children node", TREE.children, 0),
    *bad_integers("leaves node", TREE.leaves, 0),
    *bad_integers("neighbours level", lambda v: TREE.neighbours([0] * 6, level=v), 1),
    *bad_integers("neighbours cap", lambda v: TREE.neighbours([0] * 6, cap=v), 1),
    *bad_integers("neighbours seed", lambda v: TREE.neighbours([0] * 6, seed=v), 0),
    Case("height: 2^31", lambda: build_tree(EDGES, height=2**31), ValueError, "height.* < 2147483648, got 2147483648"),
    Case("seed: 2^64", lambda: build_tree(EDGES, seed=2**64), ValueError, "seed.* < 18446744073709551616"),
    Case("n_threads: 2^20", lambda: build_tree(EDGES, n_threads=2**20), ValueError, "n_threads.* < 32768, got 1048576"),
    Case("algorithm: unknown", lambda: build_tree(EDGES, algorithm="leiden"), ValueError, "one of 'auto', .* 'leiden'"),
    Case("algorithm: None", lambda: build_tree(EDGES, algorithm=None), ValueError, "one of 'auto', .* got None"),
    Case("algorithm: array", lambda: build_tree(EDGES, algorithm=np.array(["auto"])), ValueError, "one of 'auto'"),
    Case("effort: unknown", lambda: build_tree(EDGES, effort="more"), ValueError, "one of 'fast', .* got 'more'"),
    Case("effort: a number", lambda: build_tree(EDGES, effort=2), ValueError, "one of 'fast', .* got 2"),
    Case("effort: a list", lambda: build_tree(EDGES, effort=["fast"]), ValueError, "one of 'fast'"),
    Case("progress: a string", lambda: build_tree(EDGES, progress="yes"), ValueError, "progress: expected a callable"),
    Case("options by position", lambda: build_tree(EDGES, None, 6), TypeError, "positional"),
    Case("unknown option", lambda: build_tree(EDGES, resolution=1.0), TypeError, "resolution"),
    Case("node: beyond the root", lambda: TREE.leaves(9), ValueError, "node: expected an integer >= 0 and < 9, got 9"),
    Case("node: 2^70", lambda: TREE.children(2**70), ValueError, "node: expected an integer >= 0 and < 9"),
    Case(
        "groups: too few", lambda: TREE.neighbours([0, 1]), ValueError, r"groups: expected shape \(6,\), got .*\(2,\)"
    ),
    Case("groups: a third", lambda: TREE.neighbours([0, 1, 2, 0, 1, 0]), ValueError, "groups: expected 0 or 1"),
    Case("groups: negative", lambda: TREE.neighbours([0, 1, -1, 0, 1, 0]), ValueError, "groups: expected 0 or 1"),
    Case("groups: floats", lambda: TREE.neighbours([0.0] * 6), ValueError, "groups: expected 0 or 1"),
    Case("groups: strings", lambda: TREE.neighbours(["a"] * 6), ValueError, "groups: expected 0 or 1"),
    Case("groups: None", lambda: TREE.neighbours(None), ValueError, r"groups: expected shape \(6,\)"),
    Case(
        "groups: ragged",
        lambda: TREE.neighbours([[0], 1, 0, 1, 0, 1]),
        ValueError,
        "groups: expected an array .* got list",
    ),
    Case(
        "groups: masked",
        lambda: TREE.neighbours(np.ma.array([0] * 6, mask=[1] + [0] * 5)),
        ValueError,
        "groups: expected no masked values, got 1",
    ),
    Case("entropy_terms: list", lambda: entropy_terms(PARENT), TypeError, "tree: expected a Tree, got list"),
    Case("entropy_terms: None", lambda: entropy_terms(None), TypeError, "tree: expected a Tree, got NoneType"),
    Case(
        "tree of fewer leaves",
        lambda: structural_entropy(Graph.from_edges(EDGES, n_nodes=9), TREE),
        TreeError,
        "graph: expected 6 nodes, one for each leaf of the tree, got 9",
    ),
    Case(
        "parents of fewer leaves",
        lambda: Tree.from_parent(Graph.from_edges(EDGES, n_nodes=9), PARENT),
        TreeError,
        "parent: expected 9 leaves, one per node, got 6",
    ),
    Case(
        "tree of other names",
        lambda: structural_entropy([("c", "b"), ("b", "d")], hint_se.build_tree([("a", "b"), ("b", "c")])),
        TreeError,
        "graph: expected leaves of the tree as nodes, got 'd'",
    ),
]
