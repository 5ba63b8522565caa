"""Proxies: means over tree neighbours (paper Eq. 5), from a memory bank or by encoding the neighbours anew.

Lists of neighbours are padded to a table on the device, so that a step gathers with one index and never waits for the host.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from hint_train.structure.encoding_tree import Csr

_BLOCK_ROWS = 4096


@dataclass(frozen=True, slots=True)
class ProxyTable:
    """For each pair the numbers of its neighbours and their shares.

    Attributes
    ----------
    index
        (N, w) int32, padded with 0.
    share
        (N, w) float32, 0 where padded; rows sum to 1.
    """

    index: Tensor
    share: Tensor

    @classmethod
    def from_csr(cls, table: Csr, device: torch.device) -> ProxyTable:
        """Equal shares over the lists of `table`, none of which is empty."""
        n = len(table.indptr) - 1
        length = np.diff(table.indptr)
        assert length.min() >= 1, "a proxy needs at least one neighbour"
        column = np.arange(len(table.indices)) - np.repeat(table.indptr[:-1], length)
        row = np.repeat(np.arange(n), length)
        index = np.zeros((n, int(length.max())), dtype=np.int32)
        share = np.zeros(index.shape, dtype=np.float32)
        index[row, column] = table.indices
        share[row, column] = (1.0 / length)[row]
        return cls(torch.from_numpy(index).to(device), torch.from_numpy(share).to(device))

    def mean_from_bank(self, rows: Tensor, bank: Tensor) -> Tensor:
        """Mean of the neighbours' entries in `bank` (N, L) for each of `rows`: (b, L)."""
        shares = self.share[rows].unsqueeze(1)
        return torch.bmm(shares, bank[self.index[rows].long()]).squeeze(1)

    def mean_by_encoding(self, rows: Tensor, encode: Callable[[Tensor], Tensor]) -> Tensor:
        """Mean of ``encode(neighbours)`` for each of `rows`; each distinct neighbour is encoded once."""
        index, shares = self.index[rows], self.share[rows].unsqueeze(1)
        distinct, position = torch.unique(index, return_inverse=True)
        return torch.bmm(shares, encode(distinct.long())[position]).squeeze(1)

    def mean_of_all(self, bank: Tensor) -> Tensor:
        """Mean of the neighbours' entries in `bank` for every pair, in blocks: (N, L)."""
        rows = torch.arange(len(self.index), device=bank.device)
        return torch.cat([self.mean_from_bank(part, bank) for part in torch.split(rows, _BLOCK_ROWS)])
