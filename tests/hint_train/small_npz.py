"""The arrays of a small file of paired data."""

import numpy as np


def arrays(**changes):
    rng = np.random.default_rng(0)
    base = {
        "image": rng.standard_normal((10, 3)).astype(np.float16),
        "text": rng.integers(0, 2, size=(10, 4), dtype=np.uint8),
        "labels": np.eye(2, dtype=np.uint8)[np.arange(10) % 2],
        "query": np.arange(2, dtype=np.int32),
        "retrieval": np.arange(2, 10, dtype=np.int32),
        "train": np.arange(2, 8, dtype=np.int32),
    }
    return {key: value for key, value in (base | changes).items() if value is not None}


def lists(counts, width=2):
    """Rows 0, 1, ... and the pointer of lists of these lengths."""
    ptr = np.concatenate([[0], np.cumsum(counts)])
    return np.arange(ptr[-1] * width, dtype=np.float64).reshape(-1, width), ptr
