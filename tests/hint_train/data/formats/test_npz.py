"""Well-formed and malformed data files."""

import io
import pickle
import zipfile

import numpy as np
import pytest

from hint_train.data import load_dataset, read_npz
from hint_train.data.formats.npz import read_rows
from hint_train.errors import DataError


def arrays(**changes):
    rng = np.random.default_rng(0)
    base = {
        "image": rng.standard_normal((10, 3)).astype(np.float16),
        "text": rng.integers(0, 2, size=(10, 4), dtype=np.uint8),
        "labels": np.eye(2, dtype=np.uint8)[np.arange(10) % 2],
        "query": np.arange(2, dtype=np.int32),
        "retrieval": np.arange(2, 10, dtype=np.int32),
        "train": np.arange(2, 8, dtype=np.int32),
    }
    return {key: value for key, value in (base | changes).items() if value is not None}


@pytest.fixture
def write(tmp_path):
    def make(**changes):
        path = tmp_path / "set.npz"
        np.savez(path, **arrays(**changes))
        return path

    return make


def test_reads_a_file(write):
    data = read_npz(write())
    assert data.image.dtype == data.text.dtype == np.float32
    assert data.labels.dtype == bool
    assert data.name == "set"
    assert data.train.tolist() == list(range(2, 8))
    assert len(data.training_pairs()) == 6


def test_labels_and_train_are_optional(write):
    data = load_dataset(str(write(labels=None, train=None)))
    assert data.labels is None
    assert data.train.tolist() == data.retrieval.tolist()


def mapped(array):
    """Whether the memory of `array` is a file."""
    while isinstance(array, np.ndarray) and not isinstance(array, np.memmap):
        array = array.base
    return isinstance(array, np.memmap)


def test_large_uncompressed_float32_is_mapped_and_never_written(write, tmp_path, monkeypatch):
    monkeypatch.setattr("hint_train.data.formats.npz._MAPPED_BYTES", 100)
    image = np.arange(30, dtype=np.float32).reshape(10, 3)
    path = write(image=image, text=np.asfortranarray(image + 1))
    data = read_npz(path)
    assert np.array_equal(data.image, image)
    assert np.array_equal(data.text, image + 1)
    assert mapped(data.image)
    assert not mapped(data.text)  # its rows are not consecutive in the file
    before = path.read_bytes()
    data.image[:] = 0
    assert path.read_bytes() == before
    np.savez_compressed(path, **arrays(image=image))
    assert np.array_equal(read_npz(path).image, image)
    monkeypatch.setattr("hint_train.data.formats.npz._MAPPED_BYTES", 10_000)
    assert not mapped(read_npz(write(image=image)).image)


def test_a_mapped_file_is_checked_like_any_other(write, monkeypatch):
    monkeypatch.setattr("hint_train.data.formats.npz._MAPPED_BYTES", 100)
    monkeypatch.setattr("hint_train.data.formats.npz._CHECKED_ROWS", 4)
    image = np.ones((10, 3), dtype=np.float32)
    image[6, 2] = np.nan
    with pytest.raises(DataError, match="row 6, column 2 is nan"):
        read_npz(write(image=image))
    raw = write(image=np.ones((10, 3), dtype=np.float32)).read_bytes()
    torn = write()
    torn.write_bytes(raw[:200] + raw[400:])
    with pytest.raises(DataError, match="not a readable .npz file"):
        read_npz(torn)


def test_consecutive_training_rows_are_not_copied(write):
    data = read_npz(write())
    pairs = data.training_pairs()
    assert np.shares_memory(pairs.image, data.image)
    assert np.array_equal(pairs.image, data.image[data.train])
    for train in ([2, 4, 3], [3, 2], [7, 5, 6, 8]):
        data = read_npz(write(train=np.array(train)))
        pairs = data.training_pairs()
        assert not np.shares_memory(pairs.image, data.image)
        assert np.array_equal(pairs.text, data.text[train])


def lists(counts, width=2):
    """Rows 0, 1, ... and the pointer of lists of these lengths."""
    ptr = np.concatenate([[0], np.cumsum(counts)])
    return np.arange(ptr[-1] * width, dtype=np.float64).reshape(-1, width), ptr


def test_objects_and_words_are_read_and_follow_their_pairs(write):
    assert read_npz(write()).parts.objects is None
    objects, objects_ptr = lists([1, 3, 2, 1, 1, 2, 1, 1, 4, 1])
    words, words_ptr = lists([0, 2, 1, 0, 3, 1, 1, 0, 0, 2])
    parts = {"objects": objects, "objects_ptr": objects_ptr, "words": words, "words_ptr": words_ptr}
    data = read_npz(write(**parts, word_unit="bpe", train=np.array([4, 3, 8])))
    assert data.parts.objects.counts.tolist() == np.diff(objects_ptr).tolist()
    pairs = data.training_pairs()
    assert pairs.parts.word_unit == "bpe"
    for place, row in enumerate((4, 3, 8)):
        for part, rows, ptr in ((pairs.parts.objects, objects, objects_ptr), (pairs.parts.words, words, words_ptr)):
            own = part.rows[part.ptr[place] : part.ptr[place + 1]]
            assert own.dtype == np.float32
            assert np.array_equal(own, rows[ptr[row] : ptr[row + 1]])
    assert pairs.parts.objects.owners.tolist() == [0, 1, 2, 2, 2, 2]


def test_noise_moves_words_with_their_texts_and_leaves_objects(write):
    words, words_ptr = lists([1] * 10)
    objects, objects_ptr = lists([1] * 10)
    text = np.repeat(np.arange(10.0), 4).reshape(10, 4)
    parts = {"objects": objects, "objects_ptr": objects_ptr, "words": words, "words_ptr": words_ptr}
    pairs = read_npz(write(text=text, train=None, **parts)).training_pairs()
    noisy = pairs.with_noise(0.6, seed=3)
    assert not np.array_equal(noisy.text, pairs.text)
    assert np.array_equal(noisy.parts.words.rows[:, 0], 2 * noisy.text[:, 0])
    assert np.array_equal(noisy.parts.objects.rows, pairs.parts.objects.rows)


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


def test_rows_of_npy_and_npz(tmp_path, write):
    rows = tmp_path / "rows.npy"
    np.save(rows, np.ones((2, 3)))
    assert read_rows(rows, "image").shape == (2, 3)
    assert read_rows(write(), "image").shape == (10, 3)
    with pytest.raises(DataError, match="has no array sound"):
        read_rows(write(), "sound")
    with pytest.raises(DataError, match="no such file"):
        read_rows(tmp_path / "none.npy", "image")


def test_noise_moves_a_share_of_the_texts_and_none_keeps_its_own(write):
    data = read_npz(write(text=np.arange(40.0).reshape(10, 4), train=None))
    pairs = data.training_pairs()
    noisy = pairs.with_noise(0.5, seed=1)
    moved = (noisy.text != pairs.text).any(axis=1)
    assert moved.sum() == 4
    assert sorted(noisy.text[:, 0]) == sorted(pairs.text[:, 0])
    assert np.array_equal(noisy.image, pairs.image)


@pytest.mark.parametrize("name", ["fashion20k.npz", "wikipedia-t100.npz", "uci-mfeat.npz"])
def test_real_files(shared, name):
    data = read_npz(shared(name))
    assert data.labels is not None
    assert len(np.intersect1d(data.query, data.train)) == 0
