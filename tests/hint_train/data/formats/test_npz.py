"""Paired data from .npz files: what is read, mapped, and follows its pairs."""

import numpy as np
import pytest
from small_npz import arrays, lists

from hint_train.data import load_dataset, read_npz
from hint_train.data.formats.npz import read_rows
from hint_train.errors import DataError


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
    monkeypatch.setattr("hint_train.data.formats.arrays._CHECKED_ROWS", 4)
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
