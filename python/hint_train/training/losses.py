"""Loss terms as pure functions of tensors and floats, one equation each.

Shapes: `outputs` and `targets` are (B, L); logarithms are natural; every loss is a mean over the batch.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import torch
from torch.nn.functional import cross_entropy, normalize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

_BANDWIDTH_ROWS = 128
_NEVER = -1e4
"""A logarithm whose exponential is 0 beside that of any cosine at a temperature above 2e-4."""

LogitScale = Literal["by_L", "cosine", "none"]


def scaled_products(a: Tensor, b: Tensor, scale: LogitScale) -> Tensor:
    """Inner products (n_a, n_b) divided by L, by the norms, or by nothing."""
    if scale == "cosine":
        return normalize(a) @ normalize(b).T
    products = a @ b.T
    return products / a.shape[1] if scale == "by_L" else products


def hash_loss(outputs: Tensor, targets: Tensor, tau: float, scale: LogitScale = "by_L") -> Tensor:
    """L_hash: contrast of each output with its own target against the targets of the batch (paper Eq. 7).

    mean_i of -log( exp(<f_i, b_i> / tau) / sum_j exp(<f_i, b_j> / tau) ), products scaled as `scale` says. The printed sum
    over N is a batch mean here. All targets equal, or tau to infinity: log B. B = 1: 0. As tau falls to 0, tau times the
    loss tends to the mean of max_j <f_i, b_j - b_i> (the corrected limit of Lemma 4.1).
    """
    logits = scaled_products(outputs, targets, scale) / tau
    return cross_entropy(logits, torch.arange(len(outputs), device=outputs.device))


def pair_loss(image: Tensor, text: Tensor, tau: float, weight: Tensor | None = None) -> Tensor:
    """Symmetric InfoNCE on cosines: the two directions of `hash_loss` between the outputs of a pair, added.

    Where `weight` (B,) is given the means over the pairs are weighted; candidates all count alike.
    """
    logits = scaled_products(image, text, "cosine") / tau
    own = torch.arange(len(image), device=image.device)
    if weight is None:
        return cross_entropy(logits, own) + cross_entropy(logits.T, own)
    each = cross_entropy(logits, own, reduction="none") + cross_entropy(logits.T, own, reduction="none")
    return each @ weight / weight.sum()


def bank_loss(outputs: Tensor, targets: Tensor, often: Tensor, own: Tensor, tau: float) -> Tensor:
    """Contrast of each output with the targets of all communities, on cosines.

    mean_i of -log( exp(c(f_i, b_o) / tau) / (exp(c(f_i, b_o) / tau) + sum over j != o of n_j exp(c(f_i, b_j) / tau)) ), o the
    community of i: Eq. 7 over the whole training set, whose members of a community of size n_j share one target. The own
    community counts once, so that nothing pushes a row away from those it belongs with.

    Parameters
    ----------
    targets
        (C, L) unit vectors, mixture b of each community.
    often
        (B, C), see `how_often`.
    own
        (B,) int64, the row's own community; or (B, C), its share p in each: then the mean over i of
        -sum_k p_k log( exp(c(f_i, b_k) / tau) (p_k + (1 - p_k) n_k) / sum_j exp(c(f_i, b_j) / tau) (p_j + (1 - p_j) n_j) ).
    """
    products = normalize(outputs) @ (targets / tau).T
    return cross_entropy(products.add_(often), own)  # in place: the table is large


def how_often(sizes: Tensor, own: Tensor) -> Tensor:
    """Logarithm (B, C) of how often each community counts against a row: sizes (C,), and once for the row's own (B,).

    One of size 0 is no candidate.
    """
    return sizes.log().expand(len(own), -1).scatter(1, own[:, None], 0.0)


def how_often_shared(sizes: Tensor, shares: Tensor, named: Tensor) -> Tensor:
    """Logarithm (B, C) of how often each community counts against a row: once for its share p (B, C), n for the rest, sizes n (C,).

    That of a community of size 0 in which a row has no share is so low that it is no candidate, but finite: times its share it is 0.

    Parameters
    ----------
    named
        (B, m) int64, communities among which are all that a row has a share in: few logarithms of many are its own.
    """
    share = shares.gather(1, named)
    own = (share + (1 - share) * sizes[named]).log_().clamp_(min=_NEVER)
    return sizes.log().clamp_(min=_NEVER).expand(len(shares), -1).scatter(1, named, own)


def sampled_bank_loss(outputs: Tensor, own: Tensor, targets: Tensor, often: Tensor, tau: float) -> Tensor:
    """`bank_loss` with the sum over communities estimated from those of M rows drawn from all N.

    mean_i of -log( exp(c(f_i, b_o) / tau) / (exp(c(f_i, b_o) / tau) + weight sum over draws s outside o of exp(c(f_i, b_s) / tau)) )
    with weight N / M: drawn by rows, a community of size n_j comes up n_j times as often, so the sum is unbiased.

    Parameters
    ----------
    own
        (B, L) unit vectors, mixture b of each row's own community.
    targets
        (M, L) unit vectors, those of the communities of the drawn rows.
    often
        (B, M), see `how_often_drawn`.
    """
    f = normalize(outputs)
    positive = (f * own).sum(1, keepdim=True) / tau
    others = (f @ (targets / tau).T).add_(often)
    return cross_entropy(torch.cat([positive, others], dim=1), torch.zeros(len(f), dtype=torch.long, device=f.device))


def how_often_drawn(same: Tensor, weight: float) -> Tensor:
    """Logarithm (B, M) of how often each draw counts against a row: `weight`, but never where it is of the row's own community."""
    return torch.where(same, -math.inf, math.log(weight))


def consistency_loss(
    outputs: Tensor,
    proxies: Tensor,
    opposite: Tensor,
    tau: float,
    *,
    norm: Literal["softmax", "shift"] = "softmax",
    kl: Literal["fm", "mf", "js"] = "fm",
    exclude_own_pair: bool = False,
) -> Tensor:
    """L_con: divergence between the batch profiles of an output and of its cross proxy (paper Eq. 9-10).

    p(x) = [cosine(x, o_j)]_j over the outputs `opposite` (B, L) of the other modality. Cosines can be negative, so they become
    probabilities by softmax(. / tau) or by shifting by 1 and dividing by the sum. `fm` is KL(p(f) || p(m)) as printed.
    """
    others = normalize(opposite)
    f, m = normalize(outputs) @ others.T, normalize(proxies) @ others.T
    if exclude_own_pair:
        f, m = _without_diagonal(f), _without_diagonal(m)
    p, q = (_log_profile(x, tau, norm) for x in (f, m))
    if kl == "fm":
        return _divergence(p, q)
    if kl == "mf":
        return _divergence(q, p)
    middle = torch.logaddexp(p, q) - math.log(2)
    return (_divergence(p, middle) + _divergence(q, middle)) / 2


def _without_diagonal(x: Tensor) -> Tensor:
    """(n, n - 1); by shapes alone, because picking with a mask would wait for the device."""
    n = len(x)
    return x.flatten()[1:].view(n - 1, n + 1)[:, :-1].reshape(n, n - 1)


def _log_profile(cosines: Tensor, tau: float, norm: Literal["softmax", "shift"]) -> Tensor:
    if norm == "softmax":
        return torch.log_softmax(cosines / tau, dim=1)
    shifted = (cosines + 1).clamp(min=1e-6)
    return torch.log(shifted / shifted.sum(dim=1, keepdim=True))


def _divergence(log_p: Tensor, log_q: Tensor) -> Tensor:
    return (log_p.exp() * (log_p - log_q)).sum(dim=1).mean()


def profiles(proxies: Tensor, batch: Tensor) -> Tensor:
    """rho(m, B): cosines (B, B) of each proxy with each output of the batch (inside paper Eq. 6)."""
    return normalize(proxies) @ normalize(batch).T


def base_bandwidth(x: Tensor, y: Tensor, rule: Literal["median", "mean"]) -> Tensor:
    """sigma: root of the median or mean squared distance between distinct rows of both sets pooled; 1 where that is 0.

    The first 128 rows of each set suffice: rows of a batch come in random order, and a median over all costs more than the
    rest of the discrepancy.
    """
    pooled = torch.cat([x[:_BANDWIDTH_ROWS], y[:_BANDWIDTH_ROWS]])
    n = len(pooled)
    low, high = torch.triu_indices(n, n, 1, device=x.device)
    squared = _squared_distances(pooled, pooled)[low, high]
    value = squared.median() if rule == "median" else squared.mean()
    return torch.where(value > 0, value, torch.ones_like(value)).sqrt()


def squared_mmd(
    x: Tensor,
    y: Tensor,
    sigmas: Sequence[float | Tensor] = (1.0,),
    *,
    unbiased: bool = False,
) -> Tensor:
    """Squared maximum mean discrepancy of two sets of rows under a sum of Gaussian kernels.

    MMD^2 = mean k(x, x') + mean k(y, y') - 2 mean k(x, y) with k(a, b) = sum over sigma of exp(-|a - b|^2 / (2 sigma^2))
    (Gretton et al. 2012; sums over several sigma: Long et al. 2015). The biased V-statistic is never negative and exactly 0 on
    equal sets; the unbiased one leaves out the diagonals and may be negative. At most 2 per kernel.
    """
    centre = (x.mean(0) + y.mean(0)) / 2  # shifts change nothing but the rounding of the products
    x, y = x - centre, y - centre
    xx, yy, xy = (_squared_distances(a, b) for a, b in ((x, x), (y, y), (x, y)))
    total = torch.zeros((), dtype=x.dtype, device=x.device)
    for sigma in sigmas:
        scale = -1 / (2 * sigma**2)
        k_xx, k_yy, k_xy = (torch.exp(d * scale) for d in (xx, yy, xy))
        if unbiased:
            total = total + _off_diagonal_mean(k_xx) + _off_diagonal_mean(k_yy) - 2 * k_xy.mean()
        else:
            total = total + k_xx.mean() + k_yy.mean() - 2 * k_xy.mean()
    return total if unbiased else total.clamp(min=0)


def _squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """Squared distances by one product."""
    return (a.square().sum(1, keepdim=True) + b.square().sum(1) - 2 * a @ b.T).clamp(min=0)


def _off_diagonal_mean(kernel: Tensor) -> Tensor:
    n = len(kernel)
    return (kernel.sum() - kernel.diagonal().sum()) / (n * (n - 1))


def mixture(same: Tensor, cross: Tensor, weight: Tensor | float) -> Tensor:
    """lambda / (1 + lambda) * same + 1 / (1 + lambda) * cross, before the sign (paper Eq. 6).

    0 gives the cross proxy, infinity the same-modality one, 1 their mean.
    """
    share = 1 / (1 + weight)
    return (1 - share) * same + share * cross
