"""Two triangles that one edge joins, a tree over them, and a forest of odd shape."""

import hint_se

EDGES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]
PARENT = [6, 6, 6, 7, 7, 7, 8, 8, -1]
# Two components and two isolated nodes under one root, and a chain of nodes with one child.
APART = hint_se.Tree.from_parent(
    hint_se.Graph.from_edges([(0, 1), (2, 3), (3, 4)], n_nodes=7), [7, 7, 8, 8, 8, 11, 11, 9, 11, 10, 11, -1]
)
