"""One row of the matrix of malformed inputs, and what its rows are made from."""

from collections.abc import Callable
from typing import Any, NamedTuple

import hint_se


class Case(NamedTuple):
    """A call that must fail: with exactly this class, and words that say what was expected and what arrived."""

    name: str
    call: Callable[[], Any]
    error: type[BaseException]
    message: str


EDGES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]
PARENT = [6, 6, 6, 7, 7, 7, 8, 8, -1]
VOLUME = [2, 2, 3, 3, 2, 2, 7, 7, 14]
CUT = [2, 2, 3, 3, 2, 2, 1, 1, 0]
GRAPH = hint_se.Graph.from_edges(EDGES)
TREE = hint_se.Tree.from_parent(GRAPH, PARENT)


def changed(values, place, value):
    """Return a copy of a list with one entry changed."""
    return [*values[:place], value, *values[place + 1 :]]
