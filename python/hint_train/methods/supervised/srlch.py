"""SRLCH: codes from labels by regression, and kernel hash functions fitted to them in the same alternation; supervised.

H. T. Shen, L. Liu, Y. Yang, X. Xu, Z. Huang, F. Shen, R. Hong, Exploiting subspace relation in semantic labels for cross-modal
hashing, IEEE TKDE 2021; constants as in the authors' public demonstration. Written from the equations.

Deviations. Kernel features are centred and their width is the mean squared distance, as for every supervised method here; the
public program takes a fixed width and appends a constant. Hash functions are fitted once more to the final codes. The database is
encoded by the hash functions, not by the learned codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hint_train.methods.supervised.closed_form import Learned, labelled_only, random_signs, signs
from hint_train.training.ridge import Ridge

if TYPE_CHECKING:
    from torch import Tensor

    from hint_train.methods.config import Config
    from hint_train.methods.supervised.closed_form import Kernels


def learn(kernels: Kernels, labels: Tensor, config: Config, bits: int, seed: int) -> Learned:
    """Codes and hash functions by alternation.

    B in {-1, 1}^(n x L), R and the W_m, each exactly in turn, lower

        ||B - Y R||^2 + lambda ||R||^2 + sum_m mu_m ( ||B - K_m W_m||^2 + alpha_m ||W_m||^2 )

    so R and W_m are ridge solutions and B = sign(Y R + sum_m mu_m K_m W_m). The objective never rises.

    Parameters
    ----------
    kernels
        K_m of the n rows.
    labels
        Y (n, c) of 0 and 1.
    """
    options = config.srlch
    weight = {"image": options.srlch_image, "text": options.srlch_text}
    ridge = {"image": options.srlch_image_ridge, "text": options.srlch_text_ridge}
    systems = {m: Ridge(kernel.gram(), ridge[m]) for m, kernel in kernels.items()}
    regression = Ridge(labels.T @ labels, options.srlch_label_ridge)
    codes = random_signs(len(labels), bits, seed, labels.device)
    maps = {m: systems[m].solve(kernel.transposed(codes)) for m, kernel in kernels.items()}
    for _ in range(options.srlch_iterations):
        wanted = labels @ regression.solve(labels.T @ codes)
        for m, kernel in kernels.items():
            wanted += weight[m] * kernel.times(maps[m])
        codes = signs(wanted)
        maps = {m: systems[m].solve(kernel.transposed(codes)) for m, kernel in kernels.items()}
    return Learned(codes, maps)


ENTRY = labelled_only(learn)
