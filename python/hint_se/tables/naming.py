"""Numbers for what the tables hold: nodes of the tree by one leaf and a level, weights by whole numbers, ties by a mixed number.

Everything here is arithmetic of 64-bit integers that no engine rounds and none overflows, so every engine counts the same.
"""

from __future__ import annotations

import math

import narwhals as nw

__all__ = ["LARGEST_ID", "LEVEL", "exponent_for", "mixed", "node_name", "partner", "quanta", "ranked", "scaled"]

#: Leaves are 0 ... LEVEL - 1. A node formed at level k > 0 is k * LEVEL + one of its leaves, and larger than what lies below it.
LEVEL = 2**40
LARGEST_ID = LEVEL - 1
#: The volume of the graph stays below 2^61 quanta: sums and their doubles fit 64 bits.
_BITS = 60
# Primes below 2^22, so that products stay below 2^45 and a mixed number beside an id below 2^62.
_P, _Q = 4_194_301, 4_194_287
_A, _B, _C, _D = 2_654_435, 1_779_033, 3_144_134, 1_013_904


def node_name(level: int, leaf: nw.Expr) -> nw.Expr:
    """Return the name of a node that is formed at a level and holds a leaf."""
    return leaf + level * LEVEL


def mixed(u: str, v: str) -> nw.Expr:
    """Return a number in [0, 2^22) that two ids decide, order ignored, and that follows no order of theirs."""
    low, high = nw.min_horizontal(u, v), nw.max_horizontal(u, v)
    once = ((low % _P) * _A + (high % _P) * _B + (low % _Q) * _C + (high % _Q) * _D) % _P
    return (once * once + once * _A) % _P


def ranked(u: str, v: str) -> nw.Expr:
    """Return the order among the equally good partners v of u: the mixed number of the pair, then the id. `partner` takes v out."""
    return mixed(u, v) * LEVEL + nw.col(v)


def partner(rank: nw.Expr) -> nw.Expr:
    """Return the id that stands in a number of `ranked`."""
    return rank % LEVEL


def exponent_for(largest: float, rows: int) -> int:
    """Return k such that rows of weights of at most ``largest``, in quanta of 2^-k, sum to less than 2^60."""
    return _BITS - math.frexp(largest)[1] - rows.bit_length()


def quanta(weight: nw.Expr, exponent: int) -> nw.Expr:
    """Return weights as whole numbers of quanta of 2^-exponent, rounded to the nearest, halves upwards, at least one."""
    return (scaled(weight, exponent) + 0.5).floor().clip(1.0).cast(nw.Int64)


def scaled(value: nw.Expr, exponent: int) -> nw.Expr:
    """Return values times 2^exponent."""
    half = exponent // 2  # 2^exponent may lie beyond a double
    return value * 2.0**half * 2.0 ** (exponent - half)
