"""The answers that every engine has to give, from the definitions alone."""

import json
from pathlib import Path

import numpy as np

import hint_train.export

PUBLISHED = json.loads((Path(hint_train.export.__file__).parent / "vectors.json").read_text())


def packed(codes):
    """Codes of zeros and ones as text, as bytes with the first bit least significant."""
    rows = [[int(code[i : i + 8][::-1], 2) for i in range(0, len(code), 8)] for code in codes]
    return np.array(rows, dtype=np.uint8)


def hamming(queries, codes):
    """Hamming distances (q, n) of packed codes."""
    return np.array(
        [[(int.from_bytes(a) ^ int.from_bytes(b)).bit_count() for b in map(bytes, codes)] for a in map(bytes, queries)]
    )


def nearest(queries, codes, k):
    """(q, k) rows and distances of the nearest codes: by distance, then by row."""
    distances = hamming(queries, codes)
    rows = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return rows, np.take_along_axis(distances, rows, axis=1)
