"""Structure or noise: what a tree saves on random graphs with the degrees of the one it was built on."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.checks import integer
from hint_se.hierarchy.nullmodel import NullModel
from hint_se.inputs.csr import listed
from hint_se.inputs.graph import Graph
from hint_se.inputs.inputs import GraphLike
from hint_se.trees.builton import BuiltOn

__all__ = ["TreeNull"]

# Rounds in which every edge is offered another end; more rounds change no figure (benchmarks/results/noise.md).
_ROUNDS = 12
_MOST_SAMPLES = 1000
# Where the random graphs do not differ, z says no more than this.
_MOST_Z = 1e6
# Edges up to which a summary asks by itself: a second, at most.
_QUICK = 10_000

Ends = NDArray[np.int64]


class TreeNull(BuiltOn):
    """The method of `Tree` that measures its saving against chance."""

    def null(self, graph: GraphLike | None = None, *, samples: int = 20, seed: int = 0) -> NullModel:
        """Return what trees save on random graphs with the same degrees, and how far the graph itself is above that.

        Trees save bits on any graph, on one without structure too: of G(150, 0.05) a third. So a saving says little by itself. The
        random graphs have the same number of neighbours at every node: edges exchange their ends, many times over, without
        loops and repeats. Weights are dealt out anew over the edges. Where nodes differ in what their edges weigh, and nothing else is there
        to be found, z is far below 0: the test errs towards chance then.

        All trees, that on the graph itself included, are built with effort "fast" and at most as tall as this one: like
        is compared with like. So the answer is about the graph at this height, not about how well this tree was searched for.

        Parameters
        ----------
        graph : Graph or anything `build_tree` accepts, optional
            Where the tree has lost the one that it was built on.
        samples : int
            In [2, 1000]: how many random graphs.
        seed : int
            In [0, 2^32).

        Returns
        -------
        NullModel
            O((m log m + the time of a fast build) samples).

        Raises
        ------
        ValueError
            If a number is out of range.
        TreeError
            If there is no graph, or another one is given.

        Examples
        --------
        >>> import hint_se, networkx
        >>> club = networkx.karate_club_graph()
        >>> hint_se.build_tree(club).null().structure
        True
        >>> noise = networkx.gnp_random_graph(150, 0.05, seed=1)
        >>> hint_se.build_tree(noise).null().structure
        False
        """
        known = self._graph_or(graph, "null")
        count = integer("samples", samples, 2, _MOST_SAMPLES + 1)
        start = integer("seed", seed, 0, 2**32)
        height = max(1, int(_core.depths(self.parent).max()))
        drawn = [_saved(_random_like(known, np.random.default_rng([start, k])), height) for k in range(count)]
        saved, mean, std = _saved(known, height), float(np.mean(drawn)), float(np.std(drawn, ddof=1))
        above, spread = saved - mean, std * math.sqrt(1 + 1 / count)
        # Graphs that have no other of their degrees come back as they are, up to rounding.
        z = 0.0 if abs(above) < 1e-9 else above / max(spread, abs(above) / _MOST_Z)
        return NullModel(saved, mean, std, tuple(drawn), z)

    def _chance(self, wanted: bool | None) -> NullModel | None:
        """Return what `null` does, worked out once; None where it is not wanted, or left open and not to be had in a second."""
        quick = self.graph is not None and 0 < self.graph.n_edges <= _QUICK
        if wanted is False or (wanted is None and not quick):
            return None
        known: NullModel | None = vars(self).get("_null")
        if known is None:
            known = self.null()
            object.__setattr__(self, "_null", known)
        return known


def _saved(graph: Graph, height: int) -> float:
    """Return the share of the one-dimensional entropy that a fast tree saves; 0 for a graph without edges."""
    flat = float(_core.one_dimensional_entropy(*graph._columns))
    if flat <= 0:
        return 0.0
    tree = _core.build_tree(*graph._columns, height, "auto", "fast", 0, 1, None)
    return 1 - float(_core.entropy_terms(*tree).sum()) / flat


def _random_like(graph: Graph, rng: np.random.Generator) -> Graph:
    """Return a random graph with the degrees of another, and its weights in another order."""
    ends, weights = listed((*graph._columns[:3], None))
    ends = _exchanged(ends, graph.n_nodes, rng)
    if weights.size and weights.min() != weights.max():
        weights = rng.permutation(weights)
    made = _core.graph_from_edges(ends, weights, graph.n_nodes, "drop")
    return Graph._of(*made[:3], graph.extra_volume, None)


def _exchanged(ends: Ends, n_nodes: int, rng: np.random.Generator) -> Ends:
    """Return edges after many exchanges of ends: u-v and x-y become u-y and x-v where both are new and no loops.

    Maslov and Sneppen (2002), many pairs at a time: of exchanges that want the same edge one is made.
    """
    count = len(ends)
    for _ in range(_ROUNDS if count > 1 else 0):
        order = rng.permutation(count)[: count // 2 * 2].reshape(2, -1)
        ends = np.where(rng.random(count)[:, None] < 0.5, ends, ends[:, ::-1])
        one, two = ends[order[0]], ends[order[1]]
        new = np.stack([np.stack([one[:, 0], two[:, 1]], axis=1), np.stack([two[:, 0], one[:, 1]], axis=1)])
        keys = new.min(axis=2) * n_nodes + new.max(axis=2)
        there = ends.min(axis=1) * n_nodes + ends.max(axis=1)
        # A key that is there, or wanted before in this round, is refused.
        _, first = np.unique(np.concatenate([there, keys.ravel()]), return_index=True)
        fresh = np.zeros(count + keys.size, dtype=np.bool_)
        fresh[first] = True
        fine = fresh[count:].reshape(keys.shape).all(axis=0) & (new[:, :, 0] != new[:, :, 1]).all(axis=0)
        ends[order[0][fine]], ends[order[1][fine]] = new[0][fine], new[1][fine]
    return ends
