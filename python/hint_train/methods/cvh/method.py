"""CVH as canonical correlation analysis and sign, with an optional rotation: linear, closed form.

S. Kumar, R. Udupa, Learning hash functions for cross-view similarity search, IJCAI 2011, which with one view each reduces to
CCA (H. Hotelling, Relations between two sets of variates, 1936); rotation by Y. Gong, S. Lazebnik, Iterative quantization,
CVPR 2011.

Deviations. Components are scaled to unit variance, which no sign sees and the rotation needs. Where a code is longer than there
are components, the components are spread over its bits by a seeded matrix with orthonormal columns, or by ITQ's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.linalg import cholesky, solve_triangular, svd

from hint_train.data.pairs import MODALITIES, Modality
from hint_train.training.final import Final
from hint_train.training.method import MethodEntry, TrainingSet, derived_seed, generator
from hint_train.training.networks import HashNetwork

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from hint_train.data.pairs import TrainingPairs
    from hint_train.methods.config import Config

_ROTATION = 1  # purpose of a random draw


@dataclass(frozen=True, slots=True)
class View:
    """One modality's part of the solution: `(x - mean) @ maps` (n, c) are its canonical components, strongest first."""

    mean: NDArray[np.float64]
    maps: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Canonical:
    """Canonical components of both modalities, and their correlations, which fall."""

    views: dict[Modality, View]
    correlations: NDArray[np.float64]

    def summary(self) -> dict[str, float]:
        """Number of components and the strongest correlations."""
        first = self.correlations[:16]
        return {
            "components": len(self.correlations),
            "correlation": float(first[0]),
            "correlation_16": float(first[-1]),
        }

    def notes(self) -> tuple[str, ...]:
        """No notes."""
        return ()

    def save(self, folder: Path) -> None:
        """Nothing is written: the maps go into the model."""


def canonical(image: NDArray[np.float64], text: NDArray[np.float64], ridge: float) -> Canonical:
    """Canonical correlation analysis of rows that belong together.

    max over w, u of w' C_vt u with w' C_v w = u' C_t u = 1, each next pair uncorrelated with the former ones: the singular
    vectors of L_v^-1 C_vt L_t^-T, where L L' = C + ridge * mean(diag C) * I.

    Parameters
    ----------
    image, text
        (n, d) features.
    ridge
        Share of the mean variance added to all variances, > 0: features may be collinear.

    Returns
    -------
    canonical
        min(d_image, d_text) components, fewer where there are fewer rows. Cost O(n d^2 + d^3).
    """
    means = [x.mean(axis=0) for x in (image, text)]
    centred = [x - mean for x, mean in zip((image, text), means, strict=True)]
    n = len(image)
    factors = []
    for x in centred:
        covariance = x.T @ x / n
        level = np.trace(covariance) / len(covariance)
        # A modality that is constant has no variance to take a share of.
        factors.append(cholesky(covariance + (ridge * level or 1.0) * np.eye(len(covariance)), lower=True))
    between = solve_triangular(factors[0], centred[0].T @ centred[1] / n, lower=True)
    between = solve_triangular(factors[1], between.T, lower=True).T
    left, correlations, right = svd(between, full_matrices=False)
    count = max(1, min(len(correlations), n - 1))
    directions = (left[:, :count], right[:count].T)
    maps = [solve_triangular(f, v, lower=True, trans="T") for f, v in zip(factors, directions, strict=True)]
    views = {m: View(mean, w) for m, mean, w in zip(MODALITIES, means, maps, strict=True)}
    return Canonical(views, correlations[:count])


def seeded_rotation(bits: int, components: int, seed: int) -> NDArray[np.float64]:
    """(bits, components) with orthonormal columns, or orthonormal rows where there are fewer bits than components."""
    size = max(bits, components)
    draws = np.random.default_rng(derived_seed(seed, _ROTATION)).standard_normal((size, size))
    orthogonal, upper = np.linalg.qr(draws)
    # Signs as if the diagonal of R were positive: then the distribution is uniform and the platform does not matter.
    return np.asarray((orthogonal * np.sign(np.diag(upper)))[:bits, :components])


def iterative_quantisation(
    points: NDArray[np.float64], start: NDArray[np.float64], iterations: int
) -> NDArray[np.float64]:
    """Rotation Q (L, c) with orthonormal columns that lowers ||B - Z Q'||^2, B = sign(Z Q') (Gong and Lazebnik, Eq. 2).

    B and Q are the best for each other in turn, so the error never rises; Q = U V' from the singular vectors of B' Z.

    Parameters
    ----------
    points
        Z (n, c).
    start
        (L, c), L >= c.
    """
    rotation = start
    for _ in range(iterations):
        codes = np.where(points @ rotation.T >= 0, 1.0, -1.0)
        left, _, right = svd(codes.T @ points, full_matrices=False)
        rotation = left @ right
    return rotation


class Cvh(Final):
    """Two linear networks of the canonical components, rotated."""

    def __init__(self, solution: Canonical, train: TrainingSet, config: Config, bits: int, seed: int) -> None:
        options = config.cvh
        asked = bits if options.cvh_components is None else options.cvh_components
        if options.cvh_rotation != "random":
            asked = min(asked, bits)
        count = min(asked, len(solution.correlations))
        rotation = np.eye(bits) if bits == count else seeded_rotation(bits, count, seed)
        features = {"image": train.image, "text": train.text}
        rows = {m: _scaled(x.cpu().numpy(), config) for m, x in features.items()}
        if options.cvh_rotation != "none":
            rotation = seeded_rotation(bits, count, seed)
        if options.cvh_rotation == "itq":
            parts = [(rows[m] - view.mean) @ view.maps[:, :count] for m, view in solution.views.items()]
            rotation = iterative_quantisation(np.concatenate(parts), rotation, options.cvh_iterations)
        linear = replace(config.network, layers=1, features="l2" if config.network.features == "l2" else "raw")
        networks: dict[Modality, HashNetwork] = {}
        for m, view in solution.views.items():
            network = HashNetwork(
                train.image.shape[1] if m == "image" else train.text.shape[1], bits, linear, generator(seed)
            )
            weight = rotation @ view.maps[:, :count].T
            maps = {"layers.0.weight": weight, "layers.0.bias": -weight @ view.mean}
            network.load_state_dict(network.state_dict() | {k: torch.from_numpy(x) for k, x in maps.items()})
            networks[m] = network.requires_grad_(False).to(train.device)
        super().__init__(networks)


def _scaled(rows: NDArray[np.float32], config: Config) -> NDArray[np.float64]:
    """Rows as the networks will see them: CCA undoes any scaling of columns, but not of rows."""
    x = rows.astype(np.float64)
    if config.network.features != "l2":
        return x
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12))


def _prepare(pairs: TrainingPairs, config: Config, _: torch.device) -> Canonical:
    return canonical(_scaled(pairs.image, config), _scaled(pairs.text, config), config.cvh.cvh_ridge)


ENTRY = MethodEntry(_prepare, Cvh, trains=False)
