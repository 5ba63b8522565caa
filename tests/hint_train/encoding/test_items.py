"""`items.npz`: names, captions and split come back as they were, and nothing else is taken for them."""

import io
import zipfile

import numpy as np
import pytest

from hint_train.data.pairs import PairedData
from hint_train.encoding.items import ITEMS, Items, read_items
from hint_train.errors import DataError

PARTS = {"query": [0, 2], "retrieval": [1, 3, 4], "train": [1, 4]}


def data(**more):
    features = np.zeros((5, 2), np.float32)
    split = {name: np.array(rows) for name, rows in PARTS.items()}
    return PairedData("small", features, features, None, **split, **more)


def same(found, expected):
    assert (found.ids, found.captions) == (expected.ids, expected.captions)
    for name, rows in PARTS.items():
        assert getattr(found, name).tolist() == rows


@pytest.mark.parametrize(
    "captions", [None, ("", "größer", "日本", "a " * 500, "line\nbreak")], ids=["no captions", "captions"]
)
def test_what_is_written_is_read(tmp_path, captions):
    items = Items.of(data(ids=tuple("abcde"), captions=captions))
    items.write(tmp_path)
    same(read_items(tmp_path / ITEMS), items)
    with np.load(tmp_path / ITEMS, allow_pickle=False) as plain:  # a file that NumPy reads
        assert plain["ids"].tolist() == list("abcde")
        assert set(plain.files) == {"ids", *PARTS} | ({"captions"} if captions else set())


def test_pairs_without_names_are_called_by_their_rows(tmp_path):
    Items.of(data()).write(tmp_path)
    assert read_items(tmp_path / ITEMS).ids == ("0", "1", "2", "3", "4")


def test_equal_items_make_equal_files(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Items.of(data()).write(tmp_path / name)
    assert (tmp_path / "a" / ITEMS).read_bytes() == (tmp_path / "b" / ITEMS).read_bytes()


def written(path, **change):
    arrays = {"ids": np.array([*"abcde"]), **{name: np.array(rows) for name, rows in PARTS.items()}, **change}
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ids": None}, "not the items of a run"),
        ({"query": None}, "not the items of a run"),
        ({"ids": np.arange(5)}, "ids must be a list of strings"),
        ({"ids": np.array([*"abcda"])}, "rows 0 and 4 are both 'a'"),
        ({"ids": np.array([*"abcd"])}, "retrieval must hold rows from 0 to 3, got 1 to 4"),
        ({"captions": np.array([*"abcd"])}, "expected a caption for each of 5 ids, got 4"),
        ({"query": np.array([0, 9])}, "query must hold rows from 0 to 4, got 0 to 9"),
        ({"train": np.array([1.5])}, "train must be a list of row numbers"),
        ({"train": np.array([1, 1])}, "train must not repeat a row"),
    ],
)
def test_items_that_do_not_fit(tmp_path, change, words):
    written(tmp_path / ITEMS, **change)
    with pytest.raises(DataError, match=words) as caught:
        read_items(tmp_path / ITEMS)
    assert "items.npz" in str(caught.value)


def test_objects_are_never_unpickled(tmp_path):
    stream = io.BytesIO()
    np.save(stream, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(tmp_path / ITEMS, "w") as archive:
        archive.writestr("ids.npy", stream.getvalue())
    with pytest.raises(DataError, match="ids must be a list of strings"):
        read_items(tmp_path / ITEMS)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip at all"])
def test_no_archive_at_all(tmp_path, content):
    (tmp_path / ITEMS).write_bytes(content)
    with pytest.raises(DataError, match="not the items of a run"):
        read_items(tmp_path / ITEMS)
