"""LPIH: label prediction inherited hashing. What a hasher learned from few labelled pairs, carried over to the unlabelled ones.

K. Jiang, W. K. Wong, J. Qin, X. Fang, J. Wen, B. Chen, H. Gao, Label prediction inherited hashing for cross-modal retrieval, ACM
Multimedia 2025. The abstract states three stages: label functions learned from the labelled data by supervised methods;
existing hash codes inherited to refine the pseudo-labels; refined pseudo-labels combined with the existing hash functions to learn
new ones. Its equations are not public: every equation here is ours, `pseudolabels` for the first two stages, `relearn` for the
third.

The base is srlch, batch or dch fitted to the labelled pairs, or the codes of any finished run. Without unlabelled pairs there is
nothing to predict, and the base is returned as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from hint_train.methods.supervised import batch, dch, srlch
from hint_train.methods.supervised.closed_form import (
    ClosedForm,
    Kernels,
    Labelled,
    Learn,
    Learned,
    kernels_of,
    signs,
)
from hint_train.methods.supervised.inherited import InheritedRun
from hint_train.methods.supervised.pseudolabels import confidence, definite, from_codes, predicted, refined
from hint_train.structure.neighbour_lists import neighbour_lists
from hint_train.structure.pair_graph import pair_graph
from hint_train.training.method import SupervisedEntry
from hint_train.training.ridge import Ridge

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from hint_train.data.pairs import LabelledPart, Modality, TrainingPairs
    from hint_train.methods.config import Config
    from hint_train.methods.supervised.options import LpihConfig
    from hint_train.structure.pair_graph import PairGraph
    from hint_train.training.method import TrainingSet

BASES: dict[str, Learn] = {"srlch": srlch.learn, "batch": batch.learn, "dch": dch.learn}
"""Hashers that are fitted to the labelled pairs on the spot."""


@dataclass(frozen=True, slots=True)
class Material:
    """Artefacts for all code lengths of one seed.

    Attributes
    ----------
    labelled, kernels
        Kernels and labels of the labelled rows; kernels of all n training rows.
    scores
        F1 (n, c): what the label functions predict, and the true labels of the labelled rows.
    graph
        kNN graph of the training pairs, where scores are smoothed over it.
    run
        Whose codes are inherited, where it is no hasher fitted here.
    """

    labelled: Labelled
    kernels: Kernels
    scores: Tensor
    graph: PairGraph | None
    run: InheritedRun | None

    @classmethod
    def prepare(cls, pairs: TrainingPairs, part: LabelledPart, config: Config, device: torch.device) -> Material:
        """Kernels, and the label functions (stage 1)."""
        options = config.lpih
        run = None if options.base in BASES else InheritedRun.read(options.base, config.bits, pairs)
        kernels = kernels_of(pairs, config, device)
        labelled = Labelled.of(kernels, part, config)
        scores = predicted(kernels, labelled.kernels, labelled.labels, options.lpih_label_ridge)
        scores[labelled.rows] = labelled.labels
        graph = None
        if options.lpih_smooth:
            image, text = (neighbour_lists(x, config.graph, device) for x in (pairs.image, pairs.text))
            graph = pair_graph(image, text, replace(config.graph, pairs="contract"))
        return cls(labelled, kernels, scores, graph, run)

    def summary(self) -> dict[str, float]:
        """Labelled pairs and numbers of anchors."""
        return self.labelled.summary()

    def notes(self) -> tuple[str, ...]:
        """Labels seen here, and by the run that codes are inherited from."""
        return self.labelled.notes() + (() if self.run is None else self.run.notes())

    def save(self, folder: Path) -> None:
        """Nothing is written: the maps go into the model."""


def inherited(material: Material, train: TrainingSet, config: Config, bits: int, seed: int) -> Learned:
    """The existing codes of all training rows and the existing hash functions W0, from the base.

    Codes are those that the base learned for labelled rows, and sign(mean of both modalities' outputs) elsewhere. The hash
    functions of a finished run are not of kernel features: W0 is then their ridge fit to the run's codes.
    """
    labelled, kernels = material.labelled, material.kernels
    if material.run is not None:
        codes = signs(material.run.outputs(train, bits, seed))
        return Learned(codes, _fitted(kernels, codes, config.lpih.lpih_ridge))
    base = BASES[config.lpih.base](labelled.kernels, labelled.labels, config, bits, seed)
    outputs = kernels["image"].times(base.maps["image"]) + kernels["text"].times(base.maps["text"])
    codes = signs(outputs)
    codes[labelled.rows] = base.codes
    return Learned(codes, base.maps)


def pseudo_labels(material: Material, codes: Tensor, options: LpihConfig) -> tuple[Tensor, Tensor]:
    """Stage 2: labels (n, c) and weights (n,) of all rows, the labelled ones with their true labels and weight 1.

    `codes` (n, L) are the inherited ones.
    """
    rows, labels = material.labelled.rows, material.labelled.labels
    second = from_codes(codes, codes[rows], labels, options.lpih_code_labels, options.lpih_code_ridge)
    second[rows] = labels
    scores = refined(material.scores, second, options.lpih_inherit, options.lpih_smooth, material.graph)
    targets = definite(scores, labels, options.lpih_pseudo)
    weights = torch.ones_like(scores[:, 0])
    if options.lpih_confidence:
        weights = confidence(material.scores, second, scores)
    targets[rows], weights[rows] = labels, 1.0
    return targets, weights


class Regression:
    """Stage 3: new hash functions from labels and inherited ones.

    B in {-1, 1}^(n x L), R and the W_m lower

        sum_i w_i |b_i - R'y_i|^2 + lambda ||R||^2
        + sum_m ( mu ||B - K_m W_m||^2 + eta ||W_m - W0_m||^2 + delta ||W_m||^2 )

    each at its best for the others, so the objective never rises:

        R = (Y' w Y + lambda I)^-1 Y' w B,   W_m = (mu K'K + (eta + delta) I)^-1 (mu K'B + eta W0_m),
        B = sign(w Y R + mu sum_m K_m W_m).

    Parameters
    ----------
    kernels
        K_m of all n rows.
    targets, weights
        Y (n, c) and w (n,), both at least 0.
    start
        B to start from, and W0.
    """

    def __init__(self, kernels: Kernels, targets: Tensor, weights: Tensor, start: Learned, options: LpihConfig) -> None:
        self._kernels, self._targets, self._start, self._options = kernels, targets, start, options
        self._weights = weights[:, None]
        self._weighted = self._weights * targets
        self._labels = Ridge(targets.T @ self._weighted, options.lpih_regression_ridge)
        mu, rest = options.lpih_fit, options.lpih_stay + options.lpih_ridge
        self._functions = {m: Ridge(mu * kernel.gram(), rest) for m, kernel in kernels.items()}
        self.codes, self.maps = start.codes, start.maps
        self.regression = torch.zeros(targets.shape[1], start.codes.shape[1]).to(targets)
        self._products = {m: kernel.transposed(self.codes) for m, kernel in kernels.items()}

    def update_regression(self) -> None:
        """R, the best for the codes."""
        self.regression = self._labels.solve(self._weighted.T @ self.codes)

    def update_maps(self) -> None:
        """W, the best for the codes."""
        mu, eta = self._options.lpih_fit, self._options.lpih_stay
        self.maps = {
            m: system.solve(mu * self._products[m] + eta * self._start.maps[m]) for m, system in self._functions.items()
        }

    def update_codes(self) -> None:
        """B, the best for R and W."""
        wanted = self._weighted @ self.regression
        for m, kernel in self._kernels.items():
            wanted += self._options.lpih_fit * kernel.times(self.maps[m])
        self.codes = signs(wanted)
        self._products = {m: kernel.transposed(self.codes) for m, kernel in self._kernels.items()}

    def objective(self) -> float:
        """The value that the updates lower, from sums that they need anyway: no pass over the features."""
        options = self._options
        apart = self.codes - self._targets @ self.regression
        total = (self._weights * apart.square()).sum() + options.lpih_regression_ridge * self.regression.square().sum()
        for m, kernel in self._kernels.items():
            w = self.maps[m]
            # ||B - K W||^2 opened up: a squared code is 1.
            fit = self.codes.numel() - 2 * (w * self._products[m]).sum() + (w * (kernel.gram() @ w)).sum()
            stay = (w - self._start.maps[m]).square().sum()
            total = total + options.lpih_fit * fit + options.lpih_stay * stay + options.lpih_ridge * w.square().sum()
        return float(total)

    def learned(self) -> Learned:
        """Sweeps over the three updates, and W once more for the final codes."""
        for _ in range(self._options.lpih_sweeps):
            self.update_regression()
            self.update_maps()
            before = self.codes
            self.update_codes()
            if torch.equal(before, self.codes):
                break
        self.update_maps()
        return Learned(self.codes, self.maps)


def relearn(kernels: Kernels, targets: Tensor, weights: Tensor, start: Learned, config: Config, seed: int) -> Learned:
    """New codes and hash functions by `Regression`, or with codes that reproduce the similarity of the targets as BATCH's do."""
    if config.lpih.lpih_target == "labels":
        return Regression(kernels, targets, weights, start, config.lpih).learned()
    codes = batch.discrete_codes(kernels, targets, config.batch, start.codes, start.codes, seed)
    functions = Regression(kernels, targets, weights, replace(start, codes=codes), config.lpih)
    functions.update_maps()
    return Learned(codes, functions.maps)


def _fitted(kernels: Kernels, codes: Tensor, ridge: float) -> dict[Modality, Tensor]:
    return {m: Ridge(kernel.gram(), ridge).solve(kernel.transposed(codes)) for m, kernel in kernels.items()}


def _build(material: Material, train: TrainingSet, config: Config, bits: int, seed: int) -> ClosedForm:
    found = inherited(material, train, config, bits, seed)
    if len(material.labelled.rows) < len(train):
        targets, weights = pseudo_labels(material, found.codes, config.lpih)
        found = relearn(material.kernels, targets, weights, found, config, seed)
    return ClosedForm(found, torch.arange(len(train)), material.kernels)


ENTRY = SupervisedEntry(Material.prepare, _build, trains=False)
