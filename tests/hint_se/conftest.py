"""Graphs and trees that more than one test file builds on."""

import logging

import numpy as np
import pytest
from samples import PARENT, TRIANGLES

import hint_se


@pytest.fixture
def random_graph():
    """Return a function of (seed, n, m, weighted) that draws an edge list with loops and duplicates."""

    def draw(seed, n, m, weighted=True):
        rng = np.random.default_rng(seed)
        edges = rng.integers(0, n, size=(m, 2))
        edges = edges[edges[:, 0] != edges[:, 1]]
        weights = rng.uniform(0.1, 3.0, size=len(edges)) if weighted else None
        return edges, weights

    return draw


@pytest.fixture
def tree():
    """Return the tree of two triangles, one community each."""
    return hint_se.Tree.from_parent(TRIANGLES, PARENT)


@pytest.fixture
def said(capfd):
    """Return a function that runs `hint-se` inside this process and returns its code, stdout and stderr."""
    from hint_se import cli

    handlers = logging.root.handlers[:]

    def go(*arguments):
        with pytest.raises(SystemExit) as end:
            cli.main([str(a) for a in arguments])
        return end.value.code, *capfd.readouterr()

    yield go
    logging.root.handlers[:] = handlers
