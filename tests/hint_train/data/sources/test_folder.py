"""Pairs from a folder: rows that find their pictures, several captions of one, what is left over."""

import unicodedata

import pytest

from hint_train.data.sources.columns import Columns
from hint_train.data.sources.entries import Unfit
from hint_train.data.sources.folder import read_folder
from hint_train.errors import DataError


def folder(tmp_path, names):
    for name in names:
        (tmp_path / "p" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "p" / name).write_bytes(b"")
    return tmp_path / "p"


def captions(tmp_path, *rows, header="image,caption"):
    path = tmp_path / "captions.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return path


def read(images, path=None, **columns):
    unfit = Unfit()
    entries, notes = read_folder(images, path, Columns(**columns), unfit)
    return entries, notes, unfit


def test_rows_of_one_picture_are_one_pair(tmp_path):
    images = folder(tmp_path, ["a.png", "below/b.jpg"])
    rows = ["a.png,one,x", "below/b.jpg,three,x", "a.png,two,y", "./a.png,one,x"]
    path = captions(tmp_path, *rows, header="image,caption,kind")
    entries, notes, unfit = read(images, path, labels="kind")
    assert [(entry.id, entry.captions, entry.labels) for entry in entries] == [
        ("a.png", ["one", "two"], ["x", "y"]),
        ("below/b.jpg", ["three"], ["x"]),
    ]
    assert entries[1].picture.path == images / "below" / "b.jpg"
    assert not notes
    assert not unfit


def test_names_as_other_systems_write_them(tmp_path):
    images = folder(tmp_path, [f"below/{unicodedata.normalize('NFD', 'größer')}.png"])
    entries, _, unfit = read(images, captions(tmp_path, f"below\\{unicodedata.normalize('NFC', 'größer')}.png,x"))
    assert [entry.id for entry in entries] == ["below/größer.png"]
    assert not unfit


def test_what_is_unfit_is_counted_and_named(tmp_path):
    images = folder(tmp_path, ["a.png", "b.png", "c.JPG", "notes.txt", ".hidden.png", ".cache/d.png"])
    path = captions(tmp_path, "a.png,x", "z.png,y", ",y", "b.png,  ", "A.PNG,y")
    entries, notes, unfit = read(images, path)
    assert [entry.id for entry in entries] == ["a.png"]
    assert notes == ["pictures without a caption, left out: 2 (the first is b.png)"]
    assert unfit.words() == (
        f"rows that name no picture in the folder: 3 (the first is {path}: line 3: 'z.png'), "
        f"rows without a caption: 1 (the first is {path}: line 5: 'b.png')"
    )


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "a/../../b.png", "..\\b.png"])
def test_no_row_leads_out_of_the_folder(tmp_path, name):
    images = folder(tmp_path, ["a.png"])
    (tmp_path / "secret.png").write_bytes(b"")
    with pytest.raises(DataError, match="leads out of the folder"):
        read(images, captions(tmp_path, f"{name},x"))


def test_image_folders_of_hugging_face(tmp_path):
    images = folder(tmp_path, ["train/0.png", "train/x/1.png", "test/0.png", "other/0.png"])
    (images / "train" / "metadata.csv").write_text("file_name,text\n0.png,one\nx/1.png,two\n")
    (images / "test" / "metadata.jsonl").write_text('{"file_name": "0.png", "text": "three"}\n')
    (images / "other" / "metadata.csv").write_text("file_name,text,split\n0.png,four,train\n")
    entries, notes, _ = read(images)
    assert [(entry.id, entry.captions, entry.split) for entry in entries] == [
        ("other/0.png", ["four"], "train"),
        ("test/0.png", ["three"], "test"),
        ("train/0.png", ["one"], "train"),
        ("train/x/1.png", ["two"], "train"),
    ]
    assert not notes


def test_folders_that_are_none(tmp_path):
    with pytest.raises(DataError, match="none: no such folder; expected pictures"):
        read(tmp_path / "none")
    with pytest.raises(
        DataError, match=r"no metadata.csv, .* there or in a folder in it; name the file of captions by --captions"
    ):
        read(folder(tmp_path, ["a.png"]))


def test_a_picture_is_in_one_part(tmp_path):
    images = folder(tmp_path, ["a.png"])
    path = captions(tmp_path, "a.png,x,train", "a.png,y,test", header="image,caption,split")
    with pytest.raises(DataError, match="line 3: puts a.png into 'test', and .*line 2 into 'train'"):
        read(images, path)
