"""Files as the programs of the field write them; `matfiles/make.py` says which programs, and makes them again."""

from pathlib import Path

import numpy as np
import pytest

from hint_train.data.formats.files import keys_of, open_matrix
from hint_train.data.formats.stored import read_features, read_labels
from hint_train.errors import DataError

FILES = Path(__file__).parents[1] / "matfiles"
FULL = np.arange(1, 29).reshape(4, 7).T / 8 - 1
SPARSE = np.zeros((7, 3))
SPARSE[[0, 1, 3, 6, 6], [0, 1, 2, 0, 2]] = [1, 2, 3, 4, 5]
LOGICAL = np.arange(1, 15).reshape(2, 7).T % 3 == 0
VERSIONS = ["octave-v6.mat", "octave-v7.mat", "matlab-v73.mat"]
KINDS = ["octave-kinds-v6.mat", "octave-kinds-v7.mat", "matlab-kinds-v73.mat"]


@pytest.mark.parametrize("name", VERSIONS)
def test_every_version_holds_the_same(name):
    path = FILES / name
    assert set(keys_of(path)) >= {"XAll", "YAll", "LAll"}
    assert np.array_equal(read_features(open_matrix(path, "XAll")), FULL.astype(np.float32))
    assert np.array_equal(read_features(open_matrix(path, "YAll")), SPARSE.astype(np.float32))
    assert np.array_equal(read_labels(open_matrix(path, "LAll")), LOGICAL)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    ("key", "dtype", "values"),
    [
        ("single_", "float32", FULL),
        ("int8_", "int8", FULL * 8),
        ("uint16_", "uint16", SPARSE),
        ("none", "float64", np.zeros((7, 3))),
        ("one", "float64", np.full((1, 1), 5)),
        ("row", "float64", np.arange(1, 4)[None]),
        ("range_", "float64", np.arange(1, 8)[None]),
    ],
)
def test_kinds_of_numbers(name, key, dtype, values):
    matrix = open_matrix(FILES / name, key)
    # Sparse matrices of version 7.3 are read in single precision.
    assert matrix.dtype == ("float32" if (name, key) == (KINDS[2], "none") else dtype)
    assert np.array_equal(read_features(matrix), values.astype(np.float32))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("empty", r"both at least 1(, got \(0, 3\))?$"),
        ("complex_", "is complex"),
        ("cell_", "class cell"),
        ("struct_", "class struct"),
        ("text", "class char"),
        ("cube", r"has shape \(2, 3, 4, 5\), which is raw pictures"),
        ("absent", "has no (variable|data set) absent; it holds (single_, int8_|cell_, complex_)"),
    ],
)
def test_what_is_no_matrix_of_real_numbers_is_named(name, key, message):
    with pytest.raises(DataError, match=message):
        open_matrix(FILES / name, key)


def test_a_sparse_matrix_without_entries_has_only_offsets_in_version_73():
    assert np.array_equal(read_features(open_matrix(FILES / "matlab-v73.mat", "none")), np.zeros((7, 3), np.float32))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("octave-text.mat", "is Octave's own text, which it saves without an option; write it anew with save -v7"),
        ("octave-hdf5.mat", "is in Octave's own HDF5; write it anew with save -v7"),
        ("octave-v4.mat", "a file of version 4 is written anew with save -v7"),
    ],
)
def test_other_formats_of_octave_are_refused_by_name(name, message):
    with pytest.raises(DataError, match=message):
        open_matrix(FILES / name, "XAll")
