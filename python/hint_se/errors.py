"""Exceptions and warnings of hint_se.

``GraphError`` and ``TreeError`` are also ``ValueError``, so that code which knows nothing of this
package still catches them by the class it expects.
"""

__all__ = ["GraphError", "HintError", "SelfLoopWarning", "TreeError"]


class HintError(Exception):
    """Base class of the errors that hint_se and hint_train raise on purpose."""


class GraphError(HintError, ValueError):
    """A graph, or what was given in place of one, breaks a graph invariant."""


class TreeError(HintError, ValueError):
    """A tree, a parent array or a saved tree breaks a tree invariant."""


class SelfLoopWarning(UserWarning):
    """Self-loops were dropped: an encoding tree has no use for them. The message counts them."""
