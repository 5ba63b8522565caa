"""Ids, captions and featurizers of an .npz file."""

import zipfile

import numpy as np
import pytest
from small_npz import arrays

from hint_train.data import read_npz
from hint_train.data.featurizers import Featurizers
from hint_train.data.featurizers.words import Words
from hint_train.data.preparation.write import write_npz
from hint_train.errors import DataError

IDS = [f"p{i}.png" for i in range(10)]
WORDS = Featurizers(text=Words(("a", "b", "c", "d")).description())


def test_absent_ones_are_none(write):
    data = read_npz(write())
    assert data.ids is data.captions is data.featurizers is None


def test_what_numpy_wrote_is_read(write):
    captions = ["", "größer\nund länger", "東京\x00x"] + ["x" * 5000] * 7
    data = read_npz(
        write(ids=np.array(IDS).astype(">U9"), captions=np.array(captions), featurizers=np.array(WORDS.to_json()))
    )
    assert data.ids == tuple(IDS)
    assert data.captions == tuple(captions)
    assert data.featurizers == WORDS


@pytest.mark.parametrize(
    "captions", [["", "größer", "東京", "a\nb", "🙂"] * 2, [""] * 10, ["x" * 65_536, *"abcdefghi"]]
)
def test_what_is_written_numpy_reads(tmp_path, captions):
    path = tmp_path / "set.npz"
    write_npz(path, arrays(), {"ids": IDS, "captions": captions})
    data = read_npz(path)
    assert (data.ids, data.captions) == (tuple(IDS), tuple(captions))
    with np.load(path) as held:
        assert held["captions"].tolist() == captions
        assert np.array_equal(held["image"], arrays()["image"])


def test_texts_take_the_space_of_their_letters(tmp_path):
    path = tmp_path / "set.npz"
    write_npz(path, arrays(), {"captions": ["x" * 60_000] + ["word"] * 9})
    assert zipfile.ZipFile(path).getinfo("captions.npy").file_size > 2_000_000
    assert path.stat().st_size < 20_000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ids": np.array(IDS[:9])}, "ids must hold 10 strings, one for each pair, got 9"),
        ({"ids": np.arange(10)}, r"ids must be a list of strings, got shape \(10,\) of dtype int64"),
        ({"ids": np.array(IDS, dtype="S")}, "ids must be a list of strings"),
        ({"ids": np.array(["p"] * 10)}, "ids must name each pair once; rows 0 and 1 are both 'p'"),
        ({"ids": np.array(["", *IDS[1:]])}, "ids: row 0 is empty; expected the name of a pair"),
        ({"captions": np.array(["x" * 65_537] * 10)}, "captions must hold strings of at most 65,536 characters"),
        ({"captions": np.array(IDS).reshape(10, 1)}, "captions must be a list of strings"),
        ({"captions": np.full(10, 0x110000, np.uint32).view("<U1")}, "captions: holds bytes that are no text"),
        ({"captions": np.full(10, 0xD800, np.uint32).view("<U1")}, "captions: holds bytes that are no text"),
        ({"captions": np.array([{}] * 10)}, "captions holds Python objects"),
        ({"featurizers": np.array([WORDS.to_json()])}, "featurizers must be one string"),
        (
            {"featurizers": np.array("x" * 2**27)},
            "featurizers declares 536,870,912 bytes, more than the limit of 268,435,456",
        ),
        ({"featurizers": np.array("{")}, "featurizers: not readable as JSON"),
        (
            {"featurizers": np.array(WORDS.to_json()), "text": np.ones((10, 3))},
            "featurizers: the one of text gives 4 features, and text has 3",
        ),
    ],
)
def test_unfit_ones_are_refused(write, changes, message):
    with pytest.raises(DataError, match=message):
        read_npz(write(**changes))


def test_a_bomb_of_captions_is_refused_before_it_is_read(write, monkeypatch):
    monkeypatch.setattr("hint_train.data.formats.npz.MAX_BYTES", 10**6)
    path = write(captions=np.array(["x" * 60_000] * 10))
    with pytest.raises(DataError, match="declares 2,400,"):
        read_npz(path, max_bytes=10**6)
