"""Blocks in which matrices are read, and files of paired data."""

import numpy as np
import pytest
from small_npz import arrays

from hint_train.data.formats import stored


@pytest.fixture(params=[None, 64])
def block_size(request, monkeypatch):
    """Blocks of their usual size, and so small that every matrix has several."""
    if request.param:
        monkeypatch.setattr(stored, "BLOCK_BYTES", request.param)


@pytest.fixture
def write(tmp_path):
    def make(**changes):
        path = tmp_path / "set.npz"
        np.savez(path, **arrays(**changes))
        return path

    return make
