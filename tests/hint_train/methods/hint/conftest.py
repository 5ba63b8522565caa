"""The pairs that HINT learns from in these tests."""

import numpy as np
import pytest

from hint_train.data.pairs import TrainingPairs


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(0)
    centre = rng.integers(6, size=90)
    image, text = (rng.standard_normal((6, d)).astype(np.float32)[centre] * 2 for d in (9, 7))
    return TrainingPairs(*(x + rng.standard_normal(x.shape).astype(np.float32) for x in (image, text)))
