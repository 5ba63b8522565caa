"""Features as the nearest-neighbour search sees them, chosen by how well the two modalities agree; no label is involved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from hint_train.structure.knn import nearest

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from hint_train.config.sections import GraphConfig

GraphFeatures = Literal["plain", "centred", "sqrt"]

_PROBE_ROWS = 3000
_MEAN_ROWS = 16_384
_MARGIN = 1.02
"""The square root has to raise the agreement by this factor, for each modality that takes it."""


class GraphView:
    """Rows of `features` (n, d) as the search sees them, made when they are asked for by a slice.

    `plain` leaves them as they are, `centred` takes off their mean, `sqrt` makes rows sign(x) sqrt(|x|) of unit length, less
    their mean. The square root evens out counts and histograms, in which a few large entries would decide every cosine.
    """

    def __init__(self, features: NDArray[np.float32], how: GraphFeatures) -> None:
        self._features, self._how = features, how
        self._mean = None if how == "plain" else _mean(features, how)

    def __len__(self) -> int:
        return len(self._features)

    def __getitem__(self, rows: slice) -> NDArray[np.float32]:
        """The rows of a slice, (r, d)."""
        found = _rooted(self._features[rows], self._how)
        return found if self._mean is None else found - self._mean


def _mean(features: NDArray[np.float32], how: GraphFeatures) -> NDArray[np.float32]:
    """Mean row, by blocks: one of float32 where there is only one, their sums in float64 otherwise."""
    starts = range(0, len(features), _MEAN_ROWS)
    with np.errstate(over="ignore"):
        sums = np.stack([_rooted(features[i : i + _MEAN_ROWS], how).sum(axis=0) for i in starts])
    if not np.isfinite(sums).all():  # features near the end of float32
        sums = np.stack([_rooted(features[i : i + _MEAN_ROWS], how).sum(axis=0, dtype=np.float64) for i in starts])
    total = sums[0] if len(sums) == 1 else sums.sum(axis=0, dtype=np.float64)
    return np.asarray(total / np.float32(len(features)), dtype=np.float32)


def _rooted(features: NDArray[np.float32], how: GraphFeatures) -> NDArray[np.float32]:
    if how != "sqrt":
        return features
    features = np.sign(features) * np.sqrt(np.abs(features))
    # Less a power of two, which rounds nothing, so that no square is too great or too small for float32.
    features = features * np.ldexp(np.float32(1), -np.frexp(np.abs(features).max(axis=1, keepdims=True))[1])
    unit: NDArray[np.float32] = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    return unit


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
    lists = [{how: _lists(GraphView(x[rows], how), wide, config, device) for how in options} for x in (image, text)]
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


def _lists(features: GraphView, k: int, config: GraphConfig, device: torch.device) -> NDArray[np.int32]:
    return nearest(features, k, config.similarity, device)[0].cpu().numpy()


def confirmed(arcs: NDArray[np.int32], lists: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether row i of `lists` (r, a) holds `arcs[i, j]`: (r, k), by one binary search per arc."""
    span = 1 + max(int(arcs.max(initial=0)), int(lists.max(initial=0)))
    rows = np.arange(len(lists), dtype=np.int64)[:, None] * span
    listed = (np.sort(lists, axis=1) + rows).ravel()
    keys = arcs + rows
    at = np.minimum(np.searchsorted(listed, keys), len(listed) - 1)
    return np.asarray(listed[at] == keys)
