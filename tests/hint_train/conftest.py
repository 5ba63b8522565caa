import os
from pathlib import Path

# Before torch is loaded, as the command does: threads that spin at barriers made these tests four times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest
import torch

SHARED = Path(os.environ.get("HINT_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.fixture
def shared():
    """The folder of real data, which is not part of the project."""

    def find(name):
        path = SHARED / name
        if not path.is_file():
            pytest.skip(f"{path} is missing; set HINT_SHARED_DATA to the folder that holds {name}")
        return path

    return find


@pytest.fixture
def rng():
    return torch.Generator().manual_seed(7)
