"""merge-compress against the paper's Section 4.2 word by word: all pairs are scored before every merge, cuts are sums over all edges."""

import math
from itertools import chain, combinations

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hint_se

SWEEPS = 10


def merged(graph, n):
    """Return the tree of the greedy merge; clusters with more neighbours keep their id, the smaller of equal ones."""
    volume = {v: oracle.degree(graph, v) for v in range(n)}
    total, tree, near = sum(volume.values()), {v: v for v in volume}, {v: {} for v in volume}
    for (u, v), w in graph.items():
        near[u][v] = near[v][u] = w
    while pairs := [(u, v) for u in near for v in near[u] if u < v]:
        gain = {(u, v): near[u][v] / total * math.log2(total / (volume[u] + volume[v])) for u, v in pairs}
        kept, gone = min(pairs, key=lambda pair: (-gain[pair], pair))
        if len(near[kept]) < len(near[gone]):
            kept, gone = gone, kept
        for other, w in near.pop(gone).items():
            del near[other][gone]
            if other != kept:
                near[kept][other] = near[other][kept] = near[kept].get(other, 0.0) + w
        volume[kept] += volume[gone]
        tree[kept] = [tree[kept], tree.pop(gone)]
    return list(tree.values()) if len(tree) > 1 else next(iter(tree.values()))


def height(tree):
    return 1 + max(map(height, tree)) if isinstance(tree, list) else 0


def swept(tree, graph):
    """Return the tree after one sweep of moves to the grandparent, and whether there was any. Nodes are known by their leaves."""
    children, parent, order = {}, {}, {}

    def visit(node, above, depth):
        inside = frozenset(oracle.leaf_set(node))
        parent[inside], order[inside] = above, (depth, height(node), min(inside))
        parts = node if isinstance(node, list) else []
        children[inside] = [visit(part, inside, depth + 1) for part in parts]
        return inside

    def cost(parts, above):
        cuts = [(oracle.cut(graph, part), oracle.volume(graph, part)) for part in parts]
        return sum(g * math.log2(oracle.volume(graph, above) / volume) for g, volume in cuts if g > 0)

    root = visit(tree, None, 0)
    home, touched = dict(parent), set()
    for a in sorted(order, key=order.get):
        b = parent[a]
        p = parent.get(b)
        if not p or b in touched or p in touched or oracle.volume(graph, a) == 0:
            continue
        before = cost([b], p) + cost(children[b], b)
        after = cost([a, b - a], p) + cost([part for part in children[b] if part != a], b - a)
        if after - before < -1e-12 * sum(2 * w for w in graph.values()):
            home[a] = p
            touched |= {a, b, p}

    def rebuilt(node):
        parts = [rebuilt(part) for part, above in home.items() if above == node]
        return parts if len(parts) > 1 else parts[0] if parts else min(node)

    return rebuilt(root), bool(touched)


def pieces(tree, graph):
    """Return the parts of a node that hang together by edges, what is below them divided likewise."""
    if not isinstance(tree, list):
        return [tree]
    groups = []
    for part in chain.from_iterable(pieces(child, graph) for child in tree):
        inside = oracle.leaf_set(part)
        near = {u + v - w for u, v in graph for w in inside & {u, v}}
        met = [group for group in groups if oracle.leaf_set(group) & near]
        groups = [group for group in groups if group not in met] + [[*chain.from_iterable(met), part]]
    return [group if len(group) > 1 else group[0] for group in groups]


def communities(tree):
    """Return the leaf sets of all inner nodes."""
    if not isinstance(tree, list):
        return set()
    return {frozenset(oracle.leaf_set(tree))}.union(*map(communities, tree))


def expected(edges, weights, n):
    graph = oracle.weighted(edges, weights)
    tree, moved, sweeps = merged(graph, n), True, 0
    while moved and sweeps < SWEEPS:
        tree, moved = swept(tree, graph)
        sweeps += 1
    return communities([*chain.from_iterable(pieces(child, graph) for child in tree)])


def found(edges, weights, n):
    graph = hint_se.Graph.from_edges(np.array(edges), np.array(weights), n_nodes=n)
    parent = hint_se.build_tree(graph, algorithm="merge-compress").parent
    inside = {node: set() for node in range(n, len(parent))}
    for leaf in range(n):
        node = parent[leaf]
        while node >= 0:
            inside[node].add(leaf)
            node = parent[node]
    return set(map(frozenset, inside.values()))


def hubs(n_hubs, n):
    return [(hub, v) for hub in range(n_hubs) for v in range(n_hubs, n)]


WEIGHTS = {
    "unit": st.just(1.0),
    "few": st.sampled_from([1.0, 2.0, 3.0]),
    "close": st.integers(0, 40).map(lambda k: 1.0 + k * 1e-4),
    "any": st.floats(0.1, 10.0),
}


@st.composite
def drawn(draw):
    n, kind = draw(st.integers(3, 24)), draw(st.sampled_from(["random", "star", "biclique", "hubs"]))
    if kind == "random":
        pairs = list(combinations(range(n), 2))
        edges = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=3 * n, unique=True))
    else:
        edges = hubs({"star": 1, "biclique": 2}.get(kind) or min(n - 1, 4), n)
        if kind == "hubs":
            edges = [edges[i] for i in sorted(draw(st.sets(st.integers(0, len(edges) - 1), min_size=1)))]
    number = draw(st.permutations(range(n)))
    weight = WEIGHTS[draw(st.sampled_from(sorted(WEIGHTS)))]
    weights = draw(st.lists(weight, min_size=len(edges), max_size=len(edges)))
    return [(number[u], number[v]) for u, v in edges], weights, n


@settings(max_examples=150)
@given(drawn())
def test_the_tree_is_that_of_the_definition(graph):
    assert found(*graph) == expected(*graph)


@pytest.mark.parametrize("kind", ["ties", "classes", "close", "far"])
@pytest.mark.parametrize("n_hubs", [1, 2, 3])
def test_hubs_with_more_links_than_are_compared_one_by_one(n_hubs, kind):
    edges = hubs(n_hubs, n_hubs + 45)
    scrambled = [(37 * i) % 101 for i in range(len(edges))]
    step = {"ties": 0.0, "classes": 0.0, "close": 1e-7, "far": 0.03}[kind]
    weights = [1.0 + (k % 3 if kind == "classes" else k * step) for k in scrambled]
    assert found(edges, weights, n_hubs + 45) == expected(edges, weights, n_hubs + 45)
