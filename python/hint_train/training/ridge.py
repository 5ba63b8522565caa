"""Ridge systems with one matrix and several right-hand sides."""

from __future__ import annotations

import torch
from torch import Tensor


class Ridge:
    """Solver of (A + ridge I) X = C for symmetric A >= 0 and several C, by one Cholesky factorisation."""

    def __init__(self, matrix: Tensor, ridge: float) -> None:
        size = len(matrix)
        self._factor = torch.linalg.cholesky(matrix + ridge * torch.eye(size, dtype=matrix.dtype, device=matrix.device))

    def solve(self, right: Tensor) -> Tensor:
        """X (size, L) for C = `right`."""
        return torch.cholesky_solve(right, self._factor)
