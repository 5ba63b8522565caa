"""Features from pixels: fixed values, and bits that do not depend on company."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from hint_train.data.featurizers.pixels import WIDTH, Pixels, picture_features


def noise(n, size, seed=0):
    return np.random.default_rng(seed).integers(256, size=(n, size, size, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [8, 32, 48])
def test_a_picture_alone_and_among_a_thousand_has_the_same_bits(size):
    pictures = noise(1000, size)
    together = picture_features(pictures)
    for part in (1, 3, 64):
        for first in range(0, 1000, 173):
            rows = slice(first, first + part)
            assert np.array_equal(picture_features(pictures[rows]), together[rows])
    assert np.array_equal(Pixels(size).features(list(pictures)), together)


def test_the_features_are_these():
    """A description says `pixels` and a size: what that means must not change unnoticed."""
    found = picture_features(noise(4, 32))
    assert found.shape == (4, WIDTH)
    assert hashlib.sha256(np.round(found * 1000).astype(np.int32).tobytes()).hexdigest()[:16] == "b94246642b71d4b4"


def test_torch_is_not_imported():
    code = (
        "import sys; from hint_train.data.featurizers import Featurizers, build; import hint_train.data; "
        "assert not {'torch', 'PIL', 'transformers'} & set(sys.modules), sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
