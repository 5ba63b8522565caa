"""Rows of a file, block by block: as NumPy reads it whole, in any order and type, and nothing that is no table."""

import numpy as np
import pytest

from hint_train.data.formats.rowfile import opened_rows
from hint_train.errors import DataError

TABLE = np.random.default_rng(0).integers(-99, 99, size=(23, 5))


def rows_of(path, size, dtype):
    with opened_rows(path, "image") as rows:
        blocks = [*rows.blocks(size)]
        assert {rows.dtype, *(block.dtype for block in blocks)} == {np.dtype(dtype)}
        assert [len(block) for block in blocks] == [len(x) for x in np.array_split(TABLE, range(size, 23, size))]
        assert (len(rows), rows.shape) == (23, (23, 5))
        return np.concatenate(blocks)


def saved(path, array):
    if path.suffix == ".npy":
        np.save(path, array)
    elif "small" in path.name:
        np.savez_compressed(path, text=array[:3], image=array)
    else:
        np.savez(path, text=array[:3], image=array)
    return path


@pytest.mark.parametrize("name", ["rows.npy", "rows.npz", "small.npz"])
@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2", "i1", "<u2", "?"])
@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("size", [7, 1000])
def test_blocks_are_the_array(tmp_path, name, dtype, order, size):
    array = np.array(TABLE, dtype=dtype, order=order)
    found = rows_of(saved(tmp_path / name, array), size, dtype)
    assert np.array_equal(found, array)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros(3), r"must have shape \(rows, features\), both at least 1, got \(3,\)"),
        (np.zeros((0, 3)), r"both at least 1, got \(0, 3\)"),
        (np.array([["a"]]), "must hold numbers, got dtype <U1"),
        (np.array([[{}]], dtype=object), "must hold numbers, got dtype object"),
    ],
)
@pytest.mark.parametrize("name", ["rows.npy", "rows.npz"])
def test_what_is_no_table_is_refused(tmp_path, name, array, words):
    path = saved(tmp_path / name, array)
    with pytest.raises(DataError, match=words), opened_rows(path, "image"):
        pass


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04xx", b"\x93NUMPY\x01\x00", b"no array", bytes(200)])
def test_what_is_no_file_of_numpy_is_refused(tmp_path, content):
    (tmp_path / "rows.npy").write_bytes(content)
    with (
        pytest.raises(DataError, match=r"rows\.npy: not a readable \.npy or \.npz file"),
        opened_rows(tmp_path / "rows.npy", "image"),
    ):
        pass


def test_a_missing_file_and_a_missing_key(tmp_path):
    with (
        pytest.raises(DataError, match="no such file; expected .npy, or .npz with the key image"),
        opened_rows(tmp_path / "x", "image"),
    ):
        pass
    path = saved(tmp_path / "rows.npz", TABLE)
    with pytest.raises(DataError, match="has no array sound; it holds text, image"), opened_rows(path, "sound"):
        pass


@pytest.mark.parametrize("name", ["rows.npy", "rows.npz"])
def test_a_file_that_holds_less_than_it_says_is_refused_before_a_row_is_read(tmp_path, name):
    path = saved(tmp_path / name, TABLE)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"(23, 5)", b"(93, 5)"))
    expected = "declares 3,720 bytes of shape .93, 5., but holds 920" if name == "rows.npy" else "rows.npz"
    with pytest.raises(DataError, match=expected), opened_rows(path, "image") as rows:
        for _ in rows.blocks(10):
            pass


def test_a_damaged_archive_is_noticed_where_it_is_read(tmp_path):
    path = saved(tmp_path / "small.npz", np.tile(TABLE, (50, 1)))
    content = bytearray(path.read_bytes())
    content[-400] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match="not a readable"), opened_rows(path, "image") as rows:
        for _ in rows.blocks(100):
            pass
