"""DCH: codes that a linear classifier tells the labels from, set bit by bit, and kernel hash functions; supervised.

X. Xu, F. Shen, Y. Yang, H. T. Shen, X. Li, Learning discriminative binary codes for large-scale cross-modal retrieval, IEEE TIP
2017; the step over bits is the discrete cyclic coordinate descent of F. Shen, C. Shen, W. Liu, H. T. Shen, Supervised discrete
hashing, CVPR 2015, whose weights nu are taken. Written from the equations: the one public program has that step commented out.

Deviations. Hash functions have a small ridge, which the text does not state and the public program has. Kernel features are
centred, their width is the mean squared distance. The database is encoded by the hash functions, not by the learned codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hint_train.methods.supervised.closed_form import Learned, labelled_only, random_signs, signs
from hint_train.training.ridge import Ridge

if TYPE_CHECKING:
    from torch import Tensor

    from hint_train.methods.config import Config
    from hint_train.methods.supervised.closed_form import Kernels

_CYCLES = 10
"""Rounds over all bits in one step, fewer where a round changes nothing."""


def learn(kernels: Kernels, labels: Tensor, config: Config, bits: int, seed: int) -> Learned:
    """Codes and hash functions by alternation.

    B in {-1, 1}^(n x L), one bit at a time, C and the W_m exactly lower

        ||Y - B C||^2 + lambda ||C||^2 + sum_m nu_m ( ||B - K_m W_m||^2 + ridge ||W_m||^2 )

    The objective never rises.

    Parameters
    ----------
    kernels
        K_m of the n rows.
    labels
        Y (n, c) of 0 and 1.
    """
    options = config.dch
    weight = {"image": options.dch_image, "text": options.dch_text}
    systems = {m: Ridge(kernel.gram(), options.dch_ridge) for m, kernel in kernels.items()}
    codes = random_signs(len(labels), bits, seed, labels.device)
    maps = {m: systems[m].solve(kernel.transposed(codes)) for m, kernel in kernels.items()}
    for _ in range(options.dch_iterations):
        classifier = Ridge(codes.T @ codes, options.dch_label_ridge).solve(codes.T @ labels)
        wanted = labels @ classifier.T
        for m, kernel in kernels.items():
            wanted += weight[m] * kernel.times(maps[m])
        codes = bit_by_bit(codes, wanted, classifier)
        maps = {m: systems[m].solve(kernel.transposed(codes)) for m, kernel in kernels.items()}
    return Learned(codes, maps)


def bit_by_bit(codes: Tensor, wanted: Tensor, classifier: Tensor) -> Tensor:
    """Lower ||Y - B C||^2 - 2 tr(B'(Q - Y C')) over B, each bit k at its best for the others: b_k = sign(q_k - B_k* C_k* c_k).

    Parameters
    ----------
    codes
        B (n, L) to start from.
    wanted
        Q = Y C' + sum_m nu_m K_m W_m (n, L).
    classifier
        C (L, c).
    """
    codes, products = codes.clone(), classifier @ classifier.T
    for _ in range(_CYCLES):
        before = codes.clone()
        for k in range(codes.shape[1]):
            others = codes @ products[:, k] - codes[:, k] * products[k, k]
            codes[:, k] = signs(wanted[:, k] - others)
        if torch.equal(before, codes):
            break
    return codes


ENTRY = labelled_only(learn)
