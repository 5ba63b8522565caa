"""Options of the methods that see labels of a part of the training pairs, one frozen section each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hint_train.config.ranges import Count, Positive, SomeShare, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hint_train.methods.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelConfig:
    """What a supervised method (srlch, batch, dch, lpih) sees and is measured on; others see no label at all."""

    labelled: tuple[SomeShare, ...] = (0.1,)
    """Share of the training pairs whose labels are seen, drawn by seed without regard to the labels. Several shares are
    a grid of runs, each in a folder of its own."""
    database_codes: Literal["hash-functions", "learned-with-labels"] = "hash-functions"
    """Codes of the database: from the hash functions as for any new row; or, for the pairs a method learned from, the codes
    that it learned with their labels, which flatters mAP: the labels of the database are then part of its codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorConfig:
    """Kernel features of the supervised methods: similarities exp(-d^2 / 2 sigma^2) to random training rows."""

    image_anchors: Count = 500
    """Anchors of the images, at most one per training pair."""
    text_anchors: Count = 1000
    """Anchors of the texts."""
    anchor_width: Positive = 1.0
    """sigma^2 as a multiple of the mean squared distance between rows and anchors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SrlchConfig:
    """`--method srlch`, and LPIH on it: the authors' demonstration settings."""

    srlch_iterations: Count = 10
    """Rounds of its updates."""
    srlch_label_ridge: Positive = 0.1
    """lambda, of the map from labels to codes."""
    srlch_image: Positive = 0.1
    """mu_v, weight of the images' hash functions."""
    srlch_text: Positive = 1e-5
    """mu_t, weight of the texts'."""
    srlch_image_ridge: Positive = 0.01
    """alpha_v, of the images' hash functions."""
    srlch_text_ridge: Positive = 0.1
    """alpha_t, of the texts'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchConfig:
    """`--method batch`, and LPIH on it: the authors' demonstration settings."""

    batch_iterations: Count = 6
    """Rounds of its updates."""
    batch_omega: Positive = 0.01
    """Weight of the distance between codes and their continuous twins."""
    batch_image: Positive = 0.05
    """eta_v, weight of reconstructing the images' kernel features."""
    batch_text: Positive = 0.05
    """eta_t, of the texts'."""
    batch_labels: Positive = 0.9
    """eta_0, of the labels."""
    batch_ridge: Positive = 0.01
    """xi, of the hash functions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DchConfig:
    """`--method dch`, and LPIH on it."""

    dch_iterations: Count = 5
    """Rounds of its updates."""
    dch_label_ridge: Positive = 1.0
    """lambda, of the classifier of codes."""
    dch_image: Positive = 1e-5
    """nu_v, weight of the images' hash functions."""
    dch_text: Positive = 1e-5
    """nu_t, of the texts'."""
    dch_ridge: Positive = 0.01
    """Ridge of the hash functions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LpihConfig:
    """`--method lpih` alone."""

    base: str = "batch"
    """Where codes and hash functions are inherited from: srlch, batch or dch, fitted to the labelled part; or the output folder
    of any finished run on the same features."""
    lpih_label_ridge: Positive = 1.0
    """lambda_P, of the label functions."""
    lpih_code_labels: Literal["regress", "propagate"] = "regress"
    """Labels from inherited codes: a ridge map from codes to labels, or the mean of the labelled pairs' labels weighted by
    the agreement of their codes."""
    lpih_code_ridge: Positive = 1.0
    """lambda_Q, of the map from codes to labels."""
    lpih_inherit: Weight = 0.5
    """alpha, weight of what the inherited codes say beside 1 for the label functions."""
    lpih_smooth: Weight = 0.0
    """beta, weight of smoothness of the scores over the kNN graph of the training pairs; 0 builds no graph."""
    lpih_pseudo: Literal["cardinality", "topk", "soft"] = "soft"
    """Pseudo-labels from scores: those above one threshold that gives the labelled part's mean number of labels, and at least
    one per pair; the rounded mean number of best ones for each pair; or the scores themselves, clipped to [0, 1]. Mean mAP on
    held-out training pairs: .584 by cardinality, .593 soft (2 sets, 5 and 20 % labelled)."""
    lpih_confidence: bool = True
    """Weight pseudo-labels by how surely and how unanimously they were predicted, instead of all by 1."""
    lpih_target: Literal["labels", "similarity"] = "labels"
    """New codes regress on the labels, or reproduce the similarity of the labels as BATCH does."""
    lpih_sweeps: Count = 5
    """Rounds of its updates."""
    lpih_regression_ridge: Positive = 0.01
    """lambda, of the map from labels to codes."""
    lpih_fit: Positive = 0.1
    """mu, weight of the hash functions' fit to the codes, each modality."""
    lpih_stay: Weight = 1e-4
    """eta, weight of staying near the inherited hash functions, which few labelled pairs overfit: the mean mAP on held-out
    training pairs was .540 at 0.1, .580 at 0.001 and .584 at 0 (2 sets, 5 and 20 % labelled)."""
    lpih_ridge: Positive = 1e-3
    """delta, of the new hash functions: .565 at 0.01, .584 at 0.001."""


_BASES = ("srlch", "batch", "dch")


def faults(config: Config) -> Iterator[str]:
    """What these options may not be beside their ranges, in words."""
    shares, base = config.labels.labelled, config.lpih.base
    if not shares:
        yield "--labelled needs at least one share"
    if len(set(shares)) != len(shares):
        yield f"--labelled must not repeat a share, got {' '.join(f'{x:g}' for x in shares)}"
    if base not in _BASES and not Path(base).is_dir():
        yield f"--base must be {', '.join(_BASES)} or the output folder of a finished run, got {base!r}"
