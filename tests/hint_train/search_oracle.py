"""The right answers, bit by bit in plain Python: no code is shared with what they check. And inputs."""

import numpy as np


def bits_of(code, bits):
    return [(int(code[j // 8]) >> (j % 8)) & 1 for j in range(bits)]


def ranked(codes, query, bits, rows=None, radius=None):
    """(distance, row) of all codes, or those of `rows`, nearest first, the earlier row first where they are as near."""
    asked = bits_of(query, bits)
    rows = range(len(codes)) if rows is None else rows
    pairs = sorted((sum(a != b for a, b in zip(asked, bits_of(codes[row], bits), strict=True)), row) for row in rows)
    return [pair for pair in pairs if radius is None or pair[0] <= radius]


def padded(pairs, k):
    """Distances and rows of k columns, -1 where there is nothing."""
    pairs = [*pairs[:k], *[(-1, -1)] * (k - len(pairs))]
    return [d for d, _ in pairs], [row for _, row in pairs]


def score(code, output):
    """Sum of the outputs, with the sign of each bit."""
    return sum(o if bit else -o for o, bit in zip(map(float, output), bits_of(code, len(output)), strict=True))


def small(n=200, bits=20, seed=0):
    """Random codes."""
    return np.packbits(np.random.default_rng(seed).integers(2, size=(n, bits)), axis=1, bitorder="little")


def named(n):
    """Ids of all the types that a file holds."""
    return [("shop", i, None, 2.5, True) if i % 3 else f"é {i}\n" for i in range(n)]
