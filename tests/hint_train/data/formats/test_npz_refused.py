"""The .npz files that are refused, each in a sentence and before anything large is allocated."""

import io
import pickle
import zipfile

import numpy as np
import pytest
from small_npz import arrays, lists

from hint_train.data import load_dataset, read_npz
from hint_train.data.formats.npz import read_rows
from hint_train.errors import DataError

ONES = lists([1] * 10)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"objects": ONES[0]}, "holds objects alone; objects and objects_ptr belong together"),
        ({"words_ptr": ONES[1]}, "holds words_ptr alone"),
        ({"objects": ONES[0], "objects_ptr": ONES[1][:-1]}, r"objects_ptr must be 11 integers, got shape \(10,\)"),
        ({"objects": ONES[0], "objects_ptr": ONES[1] * 1.0}, "got shape .* of dtype float64"),
        (
            {"words": ONES[0], "words_ptr": ONES[1] + 1},
            "words_ptr must run from 0 to the 10 rows of words, got 1 to 11",
        ),
        ({"words": ONES[0], "words_ptr": np.array([0, 5, 4, *range(3, 11)])}, "must not fall; entry 2 is less"),
        ({"objects": ONES[0], "objects_ptr": np.array([0, 0, *range(2, 11)])}, "1 have none, the first is 0"),
        ({"objects": ONES[0] * np.nan, "objects_ptr": ONES[1]}, "objects must be finite"),
        (
            {"objects": ONES[0], "objects_ptr": ONES[1], "words": ONES[0][:, :1], "words_ptr": ONES[1]},
            "embedded in one space; they have 2 and 1 columns",
        ),
        ({"word_unit": "syllable"}, "word_unit must be one of word, bpe, got array"),
        ({"word_unit": np.array(["word"])}, "word_unit must be one of"),
    ],
)
def test_malformed_parts_are_named(write, changes, message):
    with pytest.raises(DataError, match=message):
        read_npz(write(**changes))


NAN = np.full((10, 3), np.nan, dtype=np.float32)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": None}, "missing image; it holds"),
        ({"query": None, "text": None}, "missing text, query"),
        ({"image": NAN}, "image must be finite in float32; row 0, column 0 is nan"),
        ({"text": np.full((10, 1), 1e300)}, "text must be finite in float32"),
        ({"text": np.zeros((9, 4))}, "image has 10 rows and text 9"),
        ({"image": np.zeros(10)}, r"image must have shape \(rows, features\), both at least 1, got \(10,\)"),
        ({"image": np.zeros((10, 0))}, "both at least 1"),
        ({"image": np.full((10, 3), "a")}, "image must hold numbers, got dtype <U1"),
        ({"image": np.zeros((10, 3), dtype=complex)}, "image must hold numbers, got dtype complex128"),
        ({"query": np.array([0.0, 1.0])}, "query must be a list of row numbers"),
        ({"query": np.array([0, 10])}, "query must hold rows from 0 to 9, got 0 to 10"),
        ({"query": np.array([-1, 1])}, "got -1 to 1"),
        ({"query": np.array([0, 0])}, "query must not repeat a row"),
        ({"query": np.zeros(0, dtype=int)}, "query must be a list of row numbers"),
        ({"query": np.array([0, 2])}, "query and retrieval share 1 rows, the first is 2"),
        ({"train": np.array([0, 3])}, "query and train share 1 rows, the first is 0"),
        ({"retrieval": np.arange(3, 10), "train": np.array([2, 3])}, "train must be part of retrieval"),
        ({"train": np.array([3])}, "train must hold at least 2 rows"),
        ({"labels": np.zeros((9, 2))}, r"labels must have shape \(10, classes\)"),
        (
            {"labels": np.arange(10)},
            r"labels must have shape \(10, classes\), one column of 0 and 1 for each class, got one class number per pair, "
            r"of shape \(10,\); numpy.eye\(classes, dtype=bool\)\[numbers.ravel\(\)\] makes columns",
        ),
        (
            {"labels": np.arange(10)[:, None] % 2},
            r"got one column, as class numbers have, of shape \(10, 1\); numpy.eye",
        ),
        ({"labels": np.arange(10)[:, None]}, r"got one column, as class numbers have, of shape \(10, 1\); numpy.eye"),
        ({"query": np.arange(10) < 3}, r"query must be a list of row numbers, .* of dtype bool; numpy.flatnonzero"),
        ({"labels": np.full((10, 2), 3)}, "labels must be 0 or 1"),
    ],
)
def test_malformed_arrays_are_named(write, changes, message):
    with pytest.raises(DataError, match=message):
        read_npz(write(**changes))


def test_missing_file_says_what_is_expected(tmp_path):
    with pytest.raises(
        DataError, match="no such file; expected an .npz file with the keys image, text, query, retrieval"
    ):
        read_npz(tmp_path / "none.npz")


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 torn"])
def test_no_zip(tmp_path, content):
    path = tmp_path / "set.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match="not a readable .npz file"):
        read_npz(path)


def test_truncated_file(write):
    path = write()
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match="not a readable"):
        read_npz(path)


class Bomb:
    def __reduce__(self):
        return (print, ("unpickled",))


def test_objects_are_refused_without_unpickling(tmp_path, capsys):
    path = tmp_path / "set.npz"
    np.savez(path, **arrays(image=np.array([Bomb()] * 10, dtype=object)))
    with pytest.raises(DataError, match="image holds Python objects"):
        read_npz(path)
    assert capsys.readouterr().out == ""
    rows = tmp_path / "rows.npy"
    rows.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(DataError, match="not a readable"):
        read_rows(rows, "image")
    assert capsys.readouterr().out == ""


def declared(shape):
    """An .npy member whose header declares `shape` and which holds next to nothing."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return stream.getvalue() + bytes(16)


def test_header_that_lies_about_the_size(tmp_path):
    path = tmp_path / "set.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for key in ("image", "text", "query", "retrieval"):
            archive.writestr(f"{key}.npy", declared((10**9, 10**6)))
    with pytest.raises(DataError, match="declares 4,000,000,000,000,000 bytes"):
        read_npz(path)


def test_total_size_is_bounded(write):
    with pytest.raises(DataError, match="more than the limit of 100"):
        read_npz(write(), max_bytes=100)


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(DataError, match="unknown data set 'cocoo'; expected one of shapes"):
        load_dataset("cocoo")
