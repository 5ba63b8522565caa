"""Encoding trees of least structural entropy.

>>> import hint_se
>>> tree = hint_se.build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)])
>>> tree.labels(1)
array([0, 0, 0, 1, 1, 1], dtype=int32)
"""

from .cluster import StructuralEntropyClustering
from .cutcolumn import CutWeights
from .edgefile import read_graph
from .entropy import entropy_terms, one_dimensional_entropy, structural_entropy
from .errors import GraphError, HintError, SelfLoopWarning, TreeError
from .graph import Graph
from .summary import LevelSummary, TreeSummary
from .tree import Neighbours, Tree, build_tree
from .update import Update

__all__ = [
    "CutWeights",
    "Graph",
    "GraphError",
    "HintError",
    "LevelSummary",
    "Neighbours",
    "SelfLoopWarning",
    "StructuralEntropyClustering",
    "Tree",
    "TreeError",
    "TreeSummary",
    "Update",
    "build_tree",
    "entropy_terms",
    "one_dimensional_entropy",
    "read_graph",
    "structural_entropy",
]

__version__ = "0.1.0"
