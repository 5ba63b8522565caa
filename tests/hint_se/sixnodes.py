"""Two triangles and the edge between them: the graph that edge files of the tests hold."""

import numpy as np

EDGES = np.array([[0, 1], [1, 2], [2, 0], [3, 4], [4, 5], [5, 3], [2, 3]])
WEIGHTS = np.array([1.0, 2.5, 0.125, 3e-7, 1e20, 7.0, 0.1])
