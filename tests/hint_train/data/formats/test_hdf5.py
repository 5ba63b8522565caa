"""HDF5 as MATLAB 7.3 and Python write it: values as written, links and false sizes refused."""

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse

from hint_train.data.formats.files import open_matrix
from hint_train.data.formats.stored import read_features
from hint_train.errors import DataError

RNG = np.random.default_rng(0)


VALUES = RNG.standard_normal((7, 5)) * 100


def save_mat73(path, **matrices):
    """A file as MATLAB writes it with -v7.3: HDF5 after 512 bytes of its own, every matrix transposed, class as attribute."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for key, value in matrices.items():
            node = file.create_dataset(key, data=value.T, chunks=True, compression="gzip", shuffle=True)
            node.attrs["MATLAB_class"] = np.bytes_(
                {"float64": "double", "float32": "single", "bool": "logical"}.get(str(value.dtype), str(value.dtype))
            )
    with path.open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")


DTYPES = ["f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]


@pytest.mark.usefixtures("block_size")
@pytest.mark.parametrize("dtype", [*DTYPES, "bool"])
def test_mat73_is_turned(tmp_path, dtype):
    values = np.abs(VALUES).astype(dtype)
    save_mat73(tmp_path / "m.mat", XAll=values)
    found = open_matrix(tmp_path / "m.mat", "XAll")
    assert found.shape == (7, 5)
    assert np.array_equal(read_features(found), values.astype(np.float32))


def test_sparse_mat73(tmp_path):
    values = scipy.sparse.csc_matrix(np.where(RNG.random((9, 6)) < 0.3, 2.0, 0.0))
    with h5py.File(tmp_path / "m.mat", "w", userblock_size=512) as file:
        group = file.create_group("YAll")
        group.attrs["MATLAB_class"] = np.bytes_("double")
        group.attrs["MATLAB_sparse"] = np.uint64(9)
        for key, part in (
            ("data", values.data),
            ("ir", values.indices.astype("u8")),
            ("jc", values.indptr.astype("u8")),
        ):
            group.create_dataset(key, data=part)
    assert np.array_equal(read_features(open_matrix(tmp_path / "m.mat", "YAll")), values.toarray())
    with h5py.File(tmp_path / "m.mat", "a") as file:
        file["YAll/ir"][0] = 9
    with pytest.raises(DataError, match="offsets or row numbers of the sparse matrix are broken"):
        read_features(open_matrix(tmp_path / "m.mat", "YAll"))


@pytest.mark.usefixtures("block_size")
@pytest.mark.parametrize(
    "options",
    [{}, {"chunks": (2, 5)}, {"chunks": (7, 2), "compression": "gzip"}, {"chunks": (3, 3), "compression": "lzf"}],
)
def test_hdf5_of_python(tmp_path, options):
    with h5py.File(tmp_path / "m.h5py", "w") as file:
        file.create_dataset("XAll", data=VALUES.astype(np.float32), **options)
    assert np.array_equal(read_features(open_matrix(tmp_path / "m.h5py", "XAll")), VALUES.astype(np.float32))


def refused(path, message):
    with pytest.raises(DataError, match=message):
        read_features(open_matrix(path, "X"))


def test_hdf5_that_reaches_out_of_its_file_is_refused(tmp_path):
    path, other = tmp_path / "m.h5", tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["X"] = VALUES
    with h5py.File(path, "w") as file:
        file["X"] = h5py.ExternalLink("other.h5", "X")
    refused(path, "is a link; expected a data set in the file itself")
    with h5py.File(path, "w") as file:
        file["Y"] = VALUES
        file["X"] = h5py.SoftLink("/Y")
    refused(path, "is a link")
    (tmp_path / "raw").write_bytes(VALUES.tobytes())
    with h5py.File(path, "w") as file:
        file.create_dataset("X", VALUES.shape, "f8", external=[("raw", 0, h5py.h5f.UNLIMITED)])
    refused(path, "lies in other files")
    layout = h5py.VirtualLayout(VALUES.shape, "f8")
    layout[:] = h5py.VirtualSource(other, "X", VALUES.shape)
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("X", layout)
    refused(path, "lies in other files")


def test_hdf5_of_anything_but_numbers_is_refused(tmp_path):
    path = tmp_path / "m.h5"
    for values, message in (
        (np.array([["a"]], dtype=h5py.string_dtype()), "must hold numbers"),
        (np.zeros((2, 2), dtype=[("a", "f4")]), "must hold numbers"),
        (np.zeros(3), "must have shape"),
        (np.zeros((2, 3, 4, 5)), "raw pictures"),
    ):
        with h5py.File(path, "w") as file:
            file["X"] = values
        refused(path, message)
    with h5py.File(path, "w") as file:
        file.create_group("X")
    refused(path, "is a group")
    for kind in ("cell", "struct", "function_handle", "FileWrapper__"):
        with h5py.File(path, "w") as file:
            file["X"] = VALUES
            file["X"].attrs["MATLAB_class"] = np.bytes_(kind)
        refused(path, f"MATLAB's class {kind}")


def test_hdf5_that_declares_more_than_it_holds_is_refused(tmp_path):
    path = tmp_path / "m.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("X", (200_000, 4_000), "f8", chunks=(100, 100))
    refused(path, "declares 6,400,000,000 bytes of shape .* but holds 0")
    with h5py.File(path, "w") as file:
        file.create_dataset("X", (200_000, 4_000), "f8", chunks=(200_000, 4_000))
    refused(path, "has chunks of shape")
    with h5py.File(path, "w") as file:
        file["X"] = VALUES
    with pytest.raises(DataError, match="more than the limit 100"):
        type(open_matrix(path, "X"))(path, "X", max_bytes=100)


def test_torn_hdf5(tmp_path):
    path = tmp_path / "m.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("X", data=RNG.random((500, 40)), chunks=(10, 40), compression="gzip")
    whole = path.read_bytes()
    for keep in (9, 600, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:keep])
        refused(path, "readable|torn")
    with h5py.File(path, "w") as file:
        file["Y"] = VALUES
    refused(path, "has no data set X; it holds Y")
