"""Labels for the unlabelled training pairs: predicted from features, refined by inherited codes, made definite.

Stages 1 and 2 of LPIH, whose abstract names them and whose equations are not public; these are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from scipy.sparse import diags_array, eye_array
from scipy.sparse.linalg import cg

from hint_train.errors import DataError
from hint_train.training.ridge import Ridge

if TYPE_CHECKING:
    from torch import Tensor

    from hint_train.methods.supervised.closed_form import Kernels
    from hint_train.structure.pair_graph import PairGraph

_TOLERANCE = 1e-8
"""Relative residual at which the conjugate gradient stops."""


def predicted(kernels: Kernels, labelled: Kernels, labels: Tensor, ridge: float) -> Tensor:
    """Scores F1 = K P + mean label of all rows by the label functions of the labelled ones.

    P minimises ||Y - mean - [K_v K_t] P||^2 + ridge ||P||^2 over the labelled rows.

    Parameters
    ----------
    kernels, labelled
        K of all rows, and of the labelled ones.
    labels
        Y (m, c) of the labelled rows.

    Returns
    -------
    scores
        (n, c) float64. Cost O(m a^2 + a^3 + n a c) for a anchors of both modalities together.
    """
    image, text = labelled["image"], labelled["text"]
    mean = labels.mean(0)
    between = image.cross(text)
    top, bottom = torch.cat([image.gram(), between], dim=1), torch.cat([between.T, text.gram()], dim=1)
    right = torch.cat([kernel.transposed(labels - mean) for kernel in labelled.values()])
    maps = Ridge(torch.cat([top, bottom]), ridge).solve(right)
    return kernels["image"].times(maps[: image.width]) + kernels["text"].times(maps[image.width :]) + mean


def from_codes(
    codes: Tensor, seen_codes: Tensor, labels: Tensor, how: Literal["regress", "propagate"], ridge: float
) -> Tensor:
    """Scores F2 of rows from their codes.

    regress: B Q, where Q minimises ||Y - B_l Q||^2 + ridge ||Q||^2 over the labelled rows. propagate: the mean of the labelled
    rows' labels, each weighted by the share of its bits that agree: ( B (B_l'Y) / L + 1 1'Y ) / 2, rows divided by their sums
    and multiplied by the mean number of labels. No n x m matrix is formed.

    Parameters
    ----------
    codes, seen_codes
        B (n, L) and B_l (m, L) of +-1.
    labels
        Y (m, c).
    """
    if how == "regress":
        return codes @ Ridge(seen_codes.T @ seen_codes, ridge).solve(seen_codes.T @ labels)
    agreement = (codes @ (seen_codes.T @ labels) / codes.shape[1] + labels.sum(0)) / 2
    total = agreement.sum(1, keepdim=True).clamp_(min=torch.finfo(torch.float64).tiny)
    return agreement / total * labels.sum(1).mean()


def refined(first: Tensor, second: Tensor, inherit: float, smooth: float, graph: PairGraph | None) -> Tensor:
    """F that minimises ||F - F1||^2 + inherit ||F - F2||^2 + smooth tr(F'(D - A) F), all over the same rows (n, c).

    Without smoothing the weighted mean; with it the solution of ((1 + inherit) I + smooth (D - A)) F = F1 + inherit F2 by
    conjugate gradients over the sparse A of `graph`.

    Raises
    ------
    DataError
        The iteration did not converge.
    """
    right = first + inherit * second
    if not smooth or graph is None:
        return right / (1 + inherit)
    joined = graph.adjacency()
    laplacian = diags_array(joined.sum(axis=1)) - joined
    system = (1 + inherit) * eye_array(graph.n_nodes, format="csr") + smooth * laplacian
    columns = right.cpu().numpy()
    scale = diags_array(1 / system.diagonal())
    solved = [cg(system, column, x0=column / (1 + inherit), rtol=_TOLERANCE, M=scale) for column in columns.T]
    if any(failed for _, failed in solved):
        raise DataError(f"scores smoothed with a weight of {smooth:g} did not converge; a smaller --lpih-smooth does")
    return torch.from_numpy(np.stack([scores for scores, _ in solved], axis=1)).to(right)


def confidence(first: Tensor, second: Tensor, refined_scores: Tensor) -> Tensor:
    """Weight in [0, 1] of each row (n,) by how surely and how unanimously its best label was predicted.

    Where both predictions name the same best label, the margin of the refined scores between the best two labels; elsewhere the
    best refined score times one less the gap between the two labels named. The rule of agreement is that of the pseudo-labels of
    PSCA, by the authors of LPIH; its application here is ours.
    """
    a, b = first.argmax(1), second.argmax(1)
    best = refined_scores.topk(min(2, refined_scores.shape[1]), dim=1).values
    margin = best[:, 0] - best[:, 1] if best.shape[1] == 2 else best[:, 0]
    named = refined_scores.gather(1, torch.stack([a, b], dim=1))
    torn = best[:, 0] * (1 - (named[:, 0] - named[:, 1]).abs())
    return torch.where(a == b, margin, torn).clamp(0, 1)


def definite(scores: Tensor, labels: Tensor, how: Literal["cardinality", "topk", "soft"]) -> Tensor:
    """Pseudo-labels (n, c) from `scores`, as many as the labelled rows' `labels` (m, c) lead to expect.

    cardinality: every score above one threshold, which is crossed as often as the labelled rows' mean number of labels says, and
    the best label of each row. topk: the best labels of each row, that mean rounded and at least 1. soft: the scores cut to [0, 1].
    Ties go to the smaller label.
    """
    if how == "soft":
        return scores.clamp(0, 1)
    per_row = float(labels.sum(1).mean())
    count = max(1, round(per_row)) if how == "topk" else 1
    order = scores.argsort(dim=1, descending=True, stable=True)[:, :count]
    chosen = torch.zeros_like(scores).scatter_(1, order, 1.0)
    wanted = round(per_row * len(scores))
    if how == "cardinality" and wanted:
        threshold = scores.flatten().sort(descending=True).values[min(wanted, scores.numel()) - 1]
        chosen[scores >= threshold] = 1.0
    return chosen
