"""Small graphs, and a tree, that several test files share."""

import numpy as np

EDGES = [(0, 1), (1, 2), (2, 0), (2, 3)]
TRIANGLES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]
#: The parents of a tree over the two triangles, one community each.
PARENT = [6, 6, 6, 7, 7, 7, 8, 8, -1]
NAMED = [("b", "a"), ("a", "c"), ("b", "d")]


def symmetric(edges, weights=None):
    """Return the dense adjacency matrix of an edge list."""
    size = np.max(edges) + 1
    dense = np.zeros((size, size))
    for (u, v), weight in zip(edges, weights or [1] * len(edges), strict=True):
        dense[u, v] = dense[v, u] = weight
    return dense


def both_ways(edges):
    """Return an edge index, shape (2, 2m), with both directions of each edge."""
    return np.concatenate([np.array(edges), np.array(edges)[:, ::-1]]).T
