"""Structural entropy straight from the equation: sets and loops, slow, and nothing shared with the package.

Trees are nested lists whose innermost items are node numbers: ``[[0, 1], [2, 3]]``. Graphs are
dictionaries from a pair (u, v) with u <= v to a weight; (u, u) is a loop that counts.
"""

import itertools
from math import log2

import numpy as np


def weighted(edges, weights=None, self_loops="drop"):
    """Return {(u, v): weight} by the rules of the package: loops go or stay, weights add up, or count once."""
    graph = {}
    for position, (u, v) in enumerate(edges):
        if u == v and self_loops == "drop":
            continue
        pair = (min(u, v), max(u, v))
        if weights is None:
            graph[pair] = 1.0
        else:
            graph[pair] = graph.get(pair, 0.0) + weights[position]
    return graph


def degree(graph, node):
    return sum(weight * pair.count(node) for pair, weight in graph.items())


def volume(graph, nodes):
    return sum(degree(graph, node) for node in nodes)


def cut(graph, nodes):
    return sum(weight for (u, v), weight in graph.items() if (u in nodes) != (v in nodes))


def leaf_set(tree):
    if not isinstance(tree, list):
        return {tree}
    return set().union(*(leaf_set(child) for child in tree))


def entropy(graph, tree):
    """Eq. 4, a term for every node but the root."""
    total = volume(graph, leaf_set(tree))

    def below(node):
        if not isinstance(node, list):
            return 0.0
        own = volume(graph, leaf_set(node))
        result = 0.0
        for child in node:
            members = leaf_set(child)
            leaving = cut(graph, members)
            if leaving > 0:
                result -= leaving / total * log2(volume(graph, members) / own)
            result += below(child)
        return result

    return below(tree) if total > 0 else 0.0


def entropy_by_edges(graph, tree):
    """The edge form: log of the volume of the lowest common ancestor, edge by edge."""
    nodes = leaf_set(tree)
    total = volume(graph, nodes)
    if total == 0:
        return 0.0

    def meeting(node, u, v):
        for child in node:
            if isinstance(child, list) and {u, v} <= leaf_set(child):
                return meeting(child, u, v)
        return leaf_set(node)

    result = sum(2 * weight * log2(volume(graph, meeting(tree, u, v))) for (u, v), weight in graph.items() if u != v)
    for node in nodes:
        leaving = cut(graph, {node})
        result -= leaving * log2(degree(graph, node)) if leaving > 0 else 0.0
    return result / total


def membership(parent, n_nodes):
    """Return which leaves each tree node holds: one row of booleans a node, found by climbing from every leaf."""
    nodes, leaves = [], []
    for leaf in range(n_nodes):
        node = leaf
        while node != -1:
            nodes.append(node)
            leaves.append(leaf)
            node = parent[node]
    table = np.zeros((len(parent), n_nodes), dtype=bool)
    table[nodes, leaves] = True
    return table


def columns(graph, parent, n_nodes):
    """Return (volumes, cuts, entropy by Eq. 4) of a parent array: the sets above as rows of booleans, for many trees."""
    table = membership(parent, n_nodes)
    ends = np.array(list(graph), dtype=int).reshape(-1, 2)
    weights = np.array(list(graph.values()))
    inside_u, inside_v = table[:, ends[:, 0]], table[:, ends[:, 1]]
    volumes = (inside_u.astype(float) + inside_v) @ weights
    cuts = (inside_u != inside_v) @ weights
    total, result = 2 * float(weights.sum()), 0.0
    for node, up in enumerate(parent):
        if up != -1 and cuts[node] > 0:
            result -= cuts[node] / total * log2(volumes[node] / volumes[up])
    return volumes, cuts, result


def one_dimensional(graph, n_nodes):
    """Eq. 3, of what leaves each node: its degree unless it has a loop."""
    total = volume(graph, range(n_nodes))
    result = 0.0
    for node in range(n_nodes):
        leaving = cut(graph, {node})
        if leaving > 0:
            result -= leaving / total * log2(degree(graph, node) / total)
    return result


def best_entropy(graph, n_nodes):
    """The least entropy of any tree over n <= 10 nodes: f(S) = min over S = A + B of f(A)+f(B)+2 w(A,B) log V_S."""
    total = volume(graph, range(n_nodes))
    if total == 0:
        return 0.0
    best = {frozenset([node]): 0.0 for node in range(n_nodes)}
    for size in range(2, n_nodes + 1):
        for members in itertools.combinations(range(n_nodes), size):
            first, *others = members
            log_volume = log2(max(volume(graph, members), 1e-300))
            options = []
            # One half always holds the first node, so that no split is seen twice.
            for count in range(len(others)):
                for chosen in itertools.combinations(others, count):
                    left = frozenset([first, *chosen])
                    right = frozenset(members) - left
                    between = sum(
                        weight
                        for (u, v), weight in graph.items()
                        if (u in left and v in right) or (u in right and v in left)
                    )
                    cost = 2 * between * log_volume if between else 0.0
                    options.append(best[left] + best[right] + cost)
            best[frozenset(members)] = min(options)
    leaves = sum(cut(graph, {node}) * log2(degree(graph, node)) for node in range(n_nodes) if cut(graph, {node}) > 0)
    return (best[frozenset(range(n_nodes))] - leaves) / total


def best_partition_entropy(graph, n_nodes):
    """The least entropy of any tree of height <= 2: every partition of the nodes, by Eq. 4."""

    def partitions(nodes):
        if not nodes:
            yield []
            return
        first, *rest = nodes
        for parts in partitions(rest):
            yield [[first], *parts]
            for i in range(len(parts)):
                yield [*parts[:i], [first, *parts[i]], *parts[i + 1 :]]

    return min(entropy(graph, parts) for parts in partitions(list(range(n_nodes))))


def nested(parent):
    """Return a parent array as nested lists; a single leaf as [0]."""
    children = {}
    for node, up in enumerate(parent):
        children.setdefault(int(up), []).append(node)

    def build(node):
        return [build(child) for child in children[node]] if node in children else node

    tree = build(len(parent) - 1)
    return tree if isinstance(tree, list) else [tree]


def parents(tree):
    """Return nested lists as a parent array: leaves first, then inner nodes bottom-up, the root last."""
    n = len(leaf_set(tree))
    parent = {}
    counter = itertools.count(n)

    def visit(node):
        if not isinstance(node, list):
            return node
        below = [visit(child) for child in node]
        own = next(counter)
        for child in below:
            parent[child] = own
        return own

    root = visit(tree)
    parent[root] = -1
    return [parent[node] for node in range(root + 1)]
