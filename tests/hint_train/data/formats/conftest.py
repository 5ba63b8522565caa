"""Blocks in which matrices are read."""

import pytest

from hint_train.data.formats import stored


@pytest.fixture(params=[None, 64])
def block_size(request, monkeypatch):
    """Blocks of their usual size, and so small that every matrix has several."""
    if request.param:
        monkeypatch.setattr(stored, "BLOCK_BYTES", request.param)
