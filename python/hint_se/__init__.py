"""Encoding trees of least structural entropy.

>>> import hint_se
>>> tree = hint_se.build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)])
>>> tree.labels(1)
array([0, 0, 0, 1, 1, 1], dtype=int32)

Names are fetched, and NumPy with them, when they are first used.
"""

import importlib as _importlib
import typing as _typing

from hint_se.errors import GraphError, HintError, InputWarning, SelfLoopWarning, TreeError

if _typing.TYPE_CHECKING:
    from hint_se.cluster import StructuralEntropyClustering
    from hint_se.edgefile import read_graph
    from hint_se.hierarchy.nullmodel import NullModel
    from hint_se.hierarchy.suggest import Suggestion
    from hint_se.hierarchy.summary import LevelSummary, TreeSummary
    from hint_se.inputs.graph import Graph
    from hint_se.trees.build import build_tree
    from hint_se.trees.comparing import Comparison, compare
    from hint_se.trees.entropy import entropy_terms, one_dimensional_entropy, structural_entropy
    from hint_se.trees.matching import Matching, match
    from hint_se.trees.neighbours import Neighbours
    from hint_se.trees.tree import Tree
    from hint_se.trees.update import Update

__all__ = [
    "Comparison",
    "Graph",
    "GraphError",
    "HintError",
    "InputWarning",
    "LevelSummary",
    "Matching",
    "Neighbours",
    "NullModel",
    "SelfLoopWarning",
    "StructuralEntropyClustering",
    "Suggestion",
    "Tree",
    "TreeError",
    "TreeSummary",
    "Update",
    "build_tree",
    "compare",
    "entropy_terms",
    "match",
    "one_dimensional_entropy",
    "read_graph",
    "structural_entropy",
]

__version__ = "0.1.0"

_LAZY = {
    "Comparison": "hint_se.trees.comparing",
    "Graph": "hint_se.inputs.graph",
    "LevelSummary": "hint_se.hierarchy.summary",
    "Matching": "hint_se.trees.matching",
    "Neighbours": "hint_se.trees.neighbours",
    "NullModel": "hint_se.hierarchy.nullmodel",
    "StructuralEntropyClustering": "hint_se.cluster",
    "Suggestion": "hint_se.hierarchy.suggest",
    "Tree": "hint_se.trees.tree",
    "TreeSummary": "hint_se.hierarchy.summary",
    "Update": "hint_se.trees.update",
    "build_tree": "hint_se.trees.build",
    "compare": "hint_se.trees.comparing",
    "entropy_terms": "hint_se.trees.entropy",
    "match": "hint_se.trees.matching",
    "one_dimensional_entropy": "hint_se.trees.entropy",
    "read_graph": "hint_se.edgefile",
    "structural_entropy": "hint_se.trees.entropy",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(_importlib.import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return what a user may want to complete: the public names, without the rooms they come from."""
    return [*__all__, "__version__", "__doc__"]
