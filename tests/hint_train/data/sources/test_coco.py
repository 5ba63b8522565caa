"""COCO's captions and instances: unfit files, missing pictures, words of the real captions."""

import json

import pytest
from pictures import draw

from hint_train.data.featurizers.words import STOP_WORDS
from hint_train.data.sources.coco import find_pictures, read_coco
from hint_train.errors import DataError


def changed(folder, file_name, change):
    whole = json.loads((folder / file_name).read_text())
    change(whole)
    (folder / file_name).write_text(json.dumps(whole))


@pytest.mark.parametrize(
    ("file_name", "change", "message"),
    [
        (
            "captions.json",
            lambda w: w["images"][0].update(file_name="../../secret"),
            "name without folders, got '../../secret'",
        ),
        ("captions.json", lambda w: w["images"][0].update(id="x"), "expected id to be an integer, got 'x'"),
        (
            "captions.json",
            lambda w: w["annotations"][0].update(caption=None),
            "expected caption to be a string, got None",
        ),
        ("captions.json", lambda w: w.update(annotations=[]), "expected annotations with a caption or a category_id"),
        ("instances.json", lambda w: w["annotations"][0].update(category_id=99), "name category 99"),
        (
            "instances.json",
            lambda w: w["annotations"].__delitem__(slice(5, None)),
            r"5 pictures have captions \(60\) and labels \(5\); expected at least 12",
        ),
    ],
)
def test_unfit_coco_files(tmp_path, file_name, change, message, coco_files):
    coco_files(tmp_path, lambda *_: None)
    changed(tmp_path, file_name, change)
    with pytest.raises(DataError, match=message):
        read_coco([tmp_path / "captions.json"], [tmp_path / "instances.json"], n_query=10, n_train=30)


def test_missing_pictures_are_counted(tmp_path):
    draw(tmp_path / "a.png", 0)
    with pytest.raises(DataError, match="2 of 3 pictures are missing, the first is b.png"):
        find_pictures(tmp_path, ["a.png", "b.png", "c.png"])
    with pytest.raises(DataError, match="no such folder; expected the pictures"):
        find_pictures(tmp_path / "none", ["a.png"])


def test_words_of_the_real_captions(shared, tmp_path):
    """5,000 official pictures: every caption is read, and the word list is what a plain count gives."""
    path = shared("coco-captions-val2017.json")
    whole = json.loads(path.read_text())
    categories = [{"id": i, "name": str(i)} for i in range(80)]
    shown = [{"image_id": image["id"], "category_id": image["id"] % 80} for image in whole["images"]]
    (tmp_path / "instances.json").write_text(json.dumps({"annotations": shown, "categories": categories}))
    texts = read_coco([path], [tmp_path / "instances.json"], n_query=500, n_train=4000)
    assert len(texts.ids) == 5000
    assert sum(len(captions.split("\n")) for captions in texts.captions) >= 25_014
    assert len(texts.words) == 2026
    assert texts.text.shape == (5000, 2026)
    # "man" is in more captions than any other noun of COCO; function words are gone.
    assert texts.words[0] == "man"
    assert not set(texts.words) & STOP_WORDS
    assert (texts.text.sum(axis=1) == 0).sum() == 0
    assert 10 < texts.text.sum(axis=1).mean() < 25
