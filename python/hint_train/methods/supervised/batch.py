"""BATCH: codes whose products with balanced, uncorrelated twins reproduce the similarity of the labels; supervised.

Y. Wang, X. Luo, L. Nie, J. Song, W. Zhang, X.-S. Xu, BATCH: a scalable asymmetric discrete cross-modal hashing, IEEE TKDE 2021;
constants as in the authors' public demonstration. Written from the equations.

Deviations. The rows that complete V where its system has no full rank are orthogonal to the others and to 1, as the constraints
ask; in the public program they are random. With fewer rows than bits plus one no V meets the constraints: it then spans as many
directions as there are. The database is encoded by the hash functions, not by the learned codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hint_train.methods.supervised.closed_form import Learned, labelled_only, random_signs, signs
from hint_train.training.method import derived_seed
from hint_train.training.ridge import Ridge

if TYPE_CHECKING:
    from torch import Tensor

    from hint_train.methods.config import Config
    from hint_train.methods.supervised.closed_form import Kernels
    from hint_train.methods.supervised.options import BatchConfig

_TWINS, _COMPLETION = 3, 4  # purposes of random draws
_RIDGE = 1e-3
"""Of the maps U from twins to features, the public program's."""


def learn(kernels: Kernels, labels: Tensor, config: Config, bits: int, seed: int) -> Learned:
    """Codes by `discrete_codes`, and W_m = (K'K + xi I)^-1 K'B.

    Parameters
    ----------
    kernels
        K_m of the n rows.
    labels
        Y (n, c), at least 0.
    """
    start = random_signs(len(labels), bits, seed, labels.device)
    twins = _normal((len(labels), bits), labels, seed, _TWINS)
    codes = discrete_codes(kernels, labels, config.batch, start, twins, seed)
    xi = config.batch.batch_ridge
    return Learned(codes, {m: Ridge(k.gram(), xi).solve(k.transposed(codes)) for m, k in kernels.items()})


def discrete_codes(
    kernels: Kernels, labels: Tensor, options: BatchConfig, codes: Tensor, twins: Tensor, seed: int
) -> Tensor:
    """Codes B (n, L) of +-1 by alternation.

    B, V with V'V = n I and V'1 = 0, U_m and U_l, each exactly in turn, lower

        ||L G G' - B V'||^2 + omega ||B - V||^2 + sum_m eta_m ( ||K_m - V U_m||^2 + 1e-3 ||U_m||^2 )
                                                + eta_0 ( ||Y - V U_l||^2 + 1e-3 ||U_l||^2 )

    with G the rows of Y at unit length. V'V is constant, so V maximises tr(V'Z) for
    Z = L G(G'B) + omega B + sum_m eta_m K_m U_m' + eta_0 Y U_l', and B = sign(L G(G'V) + omega V). G G' is never formed.

    Parameters
    ----------
    kernels, labels
        K_m of the n rows, and Y (n, c), at least 0.
    codes, twins
        B and V (n, L) to start from.
    """
    weight = {"image": options.batch_image, "text": options.batch_text}
    bits, unit = codes.shape[1], torch.nn.functional.normalize(labels)
    for _ in range(options.batch_iterations):
        system = Ridge(twins.T @ twins, _RIDGE)
        wanted = bits * unit @ (unit.T @ codes) + options.batch_omega * codes
        for m, kernel in kernels.items():
            wanted += weight[m] * kernel.times(system.solve(kernel.transposed(twins).T).T)
        wanted += options.batch_labels * labels @ system.solve(twins.T @ labels).T
        twins = balanced(wanted, seed)
        codes = signs(bits * unit @ (unit.T @ twins) + options.batch_omega * twins)
    return codes


def balanced(wanted: Tensor, seed: int) -> Tensor:
    """V (n, L) with V'V = n I and V'1 = 0 that maximises tr(V'Z) for `wanted` Z (n, L).

    V = sqrt(n) [P P*] [Q Q*]' from the singular vectors P, Q of the column-centred Z, completed by P* orthogonal to P and to 1.
    Where n <= L only n - 1 directions exist, and V'V has that rank. O(n L^2).
    """
    n, bits = wanted.shape
    left, values, right = torch.linalg.svd(wanted - wanted.mean(0), full_matrices=False)
    rank = min(int((values > 1e-10 * values[0]).sum()), n - 1)
    found = left[:, :rank]
    missing = min(bits, n - 1) - rank
    if missing:
        one = torch.full_like(wanted[:, :1], n**-0.5)
        start = torch.cat([one, found, _normal((n, missing), wanted, seed, _COMPLETION)], dim=1)
        found = torch.cat([found, torch.linalg.qr(start).Q[:, 1 + rank :]], dim=1)
    out: Tensor = n**0.5 * found @ right[: rank + missing]
    return out


def _normal(shape: tuple[int, int], like: Tensor, seed: int, purpose: int) -> Tensor:
    source = torch.Generator().manual_seed(derived_seed(seed, purpose))
    return torch.randn(shape, generator=source, dtype=torch.float64).to(like.device)


ENTRY = labelled_only(learn)
