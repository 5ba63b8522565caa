"""Lists of rows, their similarities by loops, and when two partitions are one."""

import numpy as np
import torch

from hint_train.data.parts import Ragged
from hint_train.methods.vtm_uch.object_similarity import ObjectTable

CPU = torch.device("cpu")


def ragged(lists):
    ptr = np.concatenate([[0], np.cumsum([len(x) for x in lists])])
    return Ragged(np.concatenate([np.asarray(x, dtype=np.float32).reshape(len(x), -1) for x in lists if len(x)]), ptr)


def random_lists(seed, counts, width=5):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((count, width)) + 0.3 for count in counts]


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def population(a, b):
    """p of two images by loops."""
    from_a = [max(cosine(u, w) for w in b) for u in a]
    from_b = [max(cosine(u, w) for u in a) for w in b]
    return (sum(from_a) + sum(from_b)) / (len(a) + len(b))


def same_partition(a, b):
    return len({(int(x), int(y)) for x, y in zip(a, b, strict=True)}) == len(set(a)) == len(set(b))


def table(lists):
    return ObjectTable.from_ragged(ragged(lists), CPU)
