"""Features as the nearest-neighbour search sees them, chosen by how well the two modalities agree; no label is involved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from hint_train.knn import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hint_train.config import GraphConfig

GraphFeatures = Literal["plain", "centred", "sqrt"]

_PROBE_ROWS = 3000
_MARGIN = 1.02
"""The square root has to raise the agreement by this factor, for each modality that takes it."""


def transformed(features: NDArray[np.float32], how: GraphFeatures) -> NDArray[np.float32]:
    """`features` (n, d) as they are, less their mean, or as rows sign(x) sqrt(|x|) of unit length, less their mean.

    The square root evens out counts and histograms, in which a few large entries would decide every cosine.
    """
    if how == "plain":
        return features
    if how == "sqrt":
        features = np.sign(features) * np.sqrt(np.abs(features))
        features = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    centred: NDArray[np.float32] = features - features.mean(axis=0)
    return centred


def choose(
    image: NDArray[np.float32], text: NDArray[np.float32], config: GraphConfig, seed: int, device: torch.device
) -> tuple[GraphFeatures, GraphFeatures]:
    """What `graph_features` says, or for `auto` the pair of transforms under which the two modalities agree most.

    Agreement is the mean share of a row's first `k` neighbours that are among its first `agreement_k` in the other modality,
    both ways, on up to 3,000 rows drawn by `seed`. Each square root counts only if it raises the agreement by 2 %.
    """
    if config.graph_features != "auto":
        return config.graph_features, config.graph_features
    rows = np.sort(np.random.default_rng(seed).permutation(len(image))[:_PROBE_ROWS])
    wide = min(max(config.k, config.agreement_k), len(rows) - 1)
    options: tuple[GraphFeatures, GraphFeatures] = ("centred", "sqrt")
    lists = [{how: _lists(transformed(x[rows], how), wide, config, device) for how in options} for x in (image, text)]
    best: tuple[GraphFeatures, GraphFeatures] = ("centred", "centred")
    greatest = -1.0
    for first in options:
        for second in options:
            a, b = lists[0][first], lists[1][second]
            value = sum(
                float(confirmed(x[:, : config.k], y[:, : config.agreement_k]).mean()) for x, y in ((a, b), (b, a))
            )
            value /= _MARGIN ** (first, second).count("sqrt")
            if value > greatest:
                best, greatest = (first, second), value
    return best


def _lists(features: NDArray[np.float32], k: int, config: GraphConfig, device: torch.device) -> NDArray[np.int64]:
    return nearest(torch.from_numpy(features).to(device), k, config.similarity)[0].cpu().numpy()


def confirmed(arcs: NDArray[np.int64], lists: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether row i of `lists` (n, a) holds `arcs[i, j]`: (n, k), by one binary search per arc."""
    n = len(lists)
    rows = np.arange(n, dtype=np.int64)[:, None] * n
    listed = (np.sort(lists, axis=1) + rows).ravel()
    keys = arcs + rows
    at = np.minimum(np.searchsorted(listed, keys), len(listed) - 1)
    return np.asarray(listed[at] == keys)
