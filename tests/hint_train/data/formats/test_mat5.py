"""MATLAB's files of version 5: values as written, and malformed files refused before allocation."""

import struct
import tracemalloc
import zlib

import numpy as np
import pytest
import scipy.io
import scipy.sparse

from hint_train.data.formats import stored
from hint_train.data.formats.files import keys_of, open_matrix
from hint_train.data.formats.mat5 import Mat5Matrix
from hint_train.data.formats.stored import Transposed, read_features, read_labels
from hint_train.errors import DataError

RNG = np.random.default_rng(0)


VALUES = RNG.standard_normal((7, 5)) * 100


DTYPES = ["f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]


@pytest.mark.usefixtures("block_size")
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_mat5(tmp_path, dtype, compressed):
    values = np.abs(VALUES).astype(dtype)
    scipy.io.savemat(
        tmp_path / "m.mat", {"other": np.eye(3), "XAll": values, "word": "text"}, do_compression=compressed
    )
    matrix = open_matrix(tmp_path / "m.mat", "XAll")
    assert matrix.shape == (7, 5)
    assert matrix.dtype == np.dtype(dtype)
    assert np.array_equal(read_features(matrix), values.astype(np.float32))
    assert np.array_equal(read_features(Transposed(matrix)), values.T.astype(np.float32))
    assert keys_of(tmp_path / "m.mat") == ["other", "XAll", "word"]


@pytest.mark.usefixtures("block_size")
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("kind", ["csc_matrix", "csc_array"])
def test_sparse_mat5(tmp_path, compressed, kind):
    values = (RNG.random((30, 40)) < 0.1) * RNG.integers(1, 5, (30, 40)).astype(float)
    scipy.io.savemat(tmp_path / "m.mat", {"YAll": getattr(scipy.sparse, kind)(values)}, do_compression=compressed)
    assert np.array_equal(read_features(open_matrix(tmp_path / "m.mat", "YAll")), values)


def test_big_endian_mat5_and_values_inside_a_tag(tmp_path):
    path = tmp_path / "m.mat"
    path.write_bytes(mat5(matrix(b"L", (1, 3), small(2, b"\x01\x00\x01", ">"), order=">"), order=">"))
    assert read_labels(Mat5Matrix(path, "L")).tolist() == [[True, False, True]]


def test_reading_is_bounded_by_the_result(tmp_path, monkeypatch):
    """A matrix of doubles takes half of its stored size, and a few blocks; SciPy's reader takes all of it first."""
    monkeypatch.setattr(stored, "BLOCK_BYTES", 2**16)
    values = RNG.random((2000, 500))
    scipy.io.savemat(tmp_path / "m.mat", {"XAll": values}, do_compression=True)
    tracemalloc.start()
    read_features(open_matrix(tmp_path / "m.mat", "XAll"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < values.size * 4 + 2**21


def element(number, data, order="<"):
    return struct.pack(order + "II", number, len(data)) + data + bytes(-len(data) % 8)


def small(number, data, order="<"):
    return struct.pack(order + "I", len(data) << 16 | number) + data.ljust(4, b"\0")


def matrix(name, shape, values, *, kind=6, flags=0, order="<"):
    head = element(6, struct.pack(order + "II", kind | flags, 0), order)
    sizes = element(5, struct.pack(f"{order}{len(shape)}i", *shape), order)
    inside = head + sizes + element(1, name, order) + values
    return struct.pack(order + "II", 14, len(inside)) + inside


def deflated(data):
    packed = zlib.compress(data)
    return struct.pack("<II", 15, len(packed)) + packed


def mat5(*elements, order="<"):
    return (
        b"MATLAB 5.0 MAT-file".ljust(124)
        + struct.pack(order + "H", 0x0100)
        + (b"IM" if order == "<" else b"MI")
        + b"".join(elements)
    )


DOUBLES = element(9, np.arange(6.0).tobytes())


GOOD = mat5(matrix(b"X", (2, 3), DOUBLES))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a MATLAB file"),
        (b"junk" * 100, "not a MATLAB file of version 5 or 7.3"),
        (GOOD[:-1], "is torn: an element declares 104 bytes, but 103 follow"),
        (GOOD[:140], "is torn"),
        (mat5(struct.pack("<II", 14, 2**32 - 1)), "is torn: an element declares 4,294,967,295 bytes"),
        (mat5(element(9, bytes(8))), "has an element of type 9; expected a matrix"),
        (mat5(matrix(b"X", (2, 4), DOUBLES)), "expected 8 values of float64, got 48 bytes"),
        (mat5(matrix(b"X", (200_000, 4_000), DOUBLES)), "declares 6,400,000,000 bytes, more than its 104 can hold"),
        (mat5(deflated(matrix(b"X", (200_000, 4_000), DOUBLES))), "declares 6,400,000,000 bytes, more than its"),
        (mat5(matrix(b"X", (2**31 - 1, 2**31 - 1), DOUBLES)), "more than the limit"),
        (mat5(matrix(b"X", (2, -3), DOUBLES)), r"negative size \(2, -3\)"),
        (mat5(matrix(b"X", (2, 0), element(9, b""))), r"both at least 1, got \(2, 0\)"),
        (mat5(matrix(b"X", (2, 3, 1), DOUBLES)), r"must have shape \(rows, columns\)"),
        (mat5(matrix(b"X", (2, 3, 4, 5), DOUBLES)), "which is raw pictures; expected one row of features per pair"),
        (mat5(matrix(b"X", (2, 3), DOUBLES, flags=0x0800)), "is complex"),
        (mat5(matrix(b"X", (2, 3), element(16, bytes(48)))), "unknown type 16"),
        (mat5(matrix(b"X", (2, 3), DOUBLES, kind=1)), "of MATLAB's class cell; expected a matrix of numbers"),
        (mat5(matrix(b"X", (2, 3), DOUBLES, kind=2)), "class struct"),
        (mat5(matrix(b"X", (2, 3), DOUBLES, kind=3)), "class object"),
        (mat5(matrix(b"X", (2, 3), DOUBLES, kind=16)), "class function"),
        (mat5(struct.pack("<II", 14, 24) + element(6, struct.pack("<II", 17, 0)) + small(1, b"X")), "class opaque"),
        (mat5(matrix(b"Z", (2, 3), DOUBLES)), "has no variable X; it holds Z"),
        (mat5(deflated(matrix(b"X", (2, 3), DOUBLES))[:-3] + bytes(3)), "torn|Error"),
        (mat5(deflated(matrix(b"X", (2, 3), DOUBLES)[:80])), "torn"),
        (mat5(struct.pack("<II", 15, 8) + b"no zlib!"), "not a readable MATLAB file"),
        (mat5(matrix(b"X" * 5000, (2, 3), DOUBLES)), "declares 5,000 bytes; expected at most 4,096"),
        (
            mat5(matrix(b"X", (2, 3), DOUBLES.replace(np.float64(5).tobytes(), np.float64(np.nan).tobytes()))),
            "row 1, column 2 is nan",
        ),
        (
            mat5(matrix(b"X", (2, 3), DOUBLES.replace(np.float64(5).tobytes(), np.float64(1e300).tobytes()))),
            "must be finite in float32",
        ),
        (
            mat5(
                matrix(
                    b"X",
                    (2, 2),
                    element(5, bytes(4)) + element(5, np.array([1, 1, 1], "<i4").tobytes()) + element(9, bytes(8)),
                    kind=5,
                )
            ),
            "column offsets of the sparse",
        ),
        (
            mat5(
                matrix(
                    b"X",
                    (2, 2),
                    element(5, b"\x07\0\0\0") + element(5, np.array([0, 1, 1], "<i4").tobytes()) + element(9, bytes(8)),
                    kind=5,
                )
            ),
            "row numbers of the sparse",
        ),
        (mat5(matrix(b"X", (7, 2**30), element(5, bytes(4)), kind=5)), "more than the limit"),
        (mat5(matrix(b"X", (2, 2**28), element(5, bytes(4)), kind=5)), "more than its"),
    ],
)
def test_malformed_mat5(tmp_path, content, message):
    path = tmp_path / "m.mat"
    path.write_bytes(content)
    tracemalloc.start()
    with pytest.raises(DataError, match=message):
        read_features(open_matrix(path, "X"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**22


@pytest.mark.parametrize("seed", range(60))
def test_damaged_mat5_is_read_or_refused(tmp_path, seed):
    """Whatever a few changed bytes do, nothing but a DataError comes out."""
    rng = np.random.default_rng(seed)
    path = tmp_path / "m.mat"
    scipy.io.savemat(path, {"X": VALUES, "S": scipy.sparse.csc_matrix(VALUES > 50)}, do_compression=bool(seed % 2))
    content = bytearray(path.read_bytes())
    for place in rng.integers(len(content), size=3):
        content[place] = rng.integers(256)
    path.write_bytes(content)
    for key in ("X", "S"):
        try:
            read_features(open_matrix(path, key))
        except DataError:
            pass
