"""The .npy files of matrices, labels, and files that are replaced as a whole."""

import numpy as np
import pytest

from hint_train.data.formats.files import open_matrix
from hint_train.data.formats.npy import NpyMatrix
from hint_train.data.formats.stored import read_features, read_labels
from hint_train.digest import sha256_of
from hint_train.errors import DataError

RNG = np.random.default_rng(0)


VALUES = RNG.standard_normal((7, 5)) * 100


@pytest.mark.usefixtures("block_size")
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy(tmp_path, order):
    np.save(tmp_path / "m.npy", np.asarray(VALUES, order=order))
    assert np.array_equal(read_features(open_matrix(tmp_path / "m.npy")), VALUES.astype(np.float32))


def test_npy_is_never_unpickled_and_must_be_as_long_as_it_says(tmp_path):
    path = tmp_path / "m.npy"
    np.save(path, np.array([[print]], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="holds Python objects"):
        NpyMatrix(path)
    np.save(path, VALUES)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="declares 280 bytes of shape .*, but holds 279"):
        NpyMatrix(path)
    for content in (b"", b"\x93NUMPY\x01\x00\x10\x00{'descr': '<f8'}", b"junk" * 50):
        path.write_bytes(content)
        with pytest.raises(DataError, match="not a readable .npy file"):
            NpyMatrix(path)
    np.save(path, np.array([["a"]]))
    with pytest.raises(DataError, match="must hold numbers"):
        NpyMatrix(path)


def test_labels_are_zero_or_one(tmp_path):
    np.save(tmp_path / "l.npy", np.array([[0.0, 2.0]]))
    with pytest.raises(DataError, match="labels must be 0 or 1, got 2"):
        read_labels(open_matrix(tmp_path / "l.npy"))


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path):
    (tmp_path / "file").write_bytes(b"new")
    read = []
    found = sha256_of(tmp_path / "file", read.append)
    assert (found, read) == ("11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437", [3])
