"""Exceptions and warnings of hint_se.

``GraphError`` and ``TreeError`` are also ``ValueError``, so that code which knows nothing of this
package still catches them by the class it expects.
"""

import sys
import warnings
from pathlib import Path

__all__ = ["GraphError", "HintError", "InputWarning", "SelfLoopWarning", "TreeError", "warn_user"]

_PACKAGE = str(Path(__file__).parent)


class HintError(Exception):
    """Base class of the errors that hint_se and hint_train raise on purpose."""


class GraphError(HintError, ValueError):
    """A graph, or what was given in place of one, breaks a graph invariant."""


class TreeError(HintError, ValueError):
    """A tree, a parent array or a saved tree breaks a tree invariant."""


class InputWarning(UserWarning):
    """An input could be read in two ways, or something in it was left aside; the message says what, and how to choose."""


class SelfLoopWarning(InputWarning):
    """Self-loops were dropped: an encoding tree has no use for them. The message counts them."""


def warn_user(message: str, category: type[Warning]) -> None:
    """Warn at the line that called this package, however deep the call is."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
