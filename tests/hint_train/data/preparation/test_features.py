"""Pictures to features: every kind of picture, unfit ones, work that was interrupted."""

import numpy as np
import pytest
from pictures import draw
from PIL import Image

from hint_train.data.featurizers.backbone import Backbone, Crop
from hint_train.data.featurizers.weights import Weights
from hint_train.data.preparation.features import Work, picture_features
from hint_train.errors import DataError

SAME = Weights("same", None, "0" * 64)


def test_pictures_are_cut_from_the_middle_and_normalised(tmp_path):
    pixels = np.zeros((32, 64, 3), dtype=np.uint8)
    pixels[:, 16:48] = 255
    Image.fromarray(pixels).save(tmp_path / "p.png")
    crop = Crop(32, 1.0, (0.5, 0.5, 0.0), (0.5, 0.25, 1.0))
    backbone = Backbone(SAME, lambda x: x.flatten(1), 3 * 32 * 32, crop)
    out = picture_features([tmp_path / "p.png"], backbone, tmp_path / "f.npy")
    assert out.reshape(3, 32, 32).mean(axis=(1, 2)).tolist() == [1.0, 2.0, 1.0]


def test_every_kind_of_picture(tmp_path, tiny_backbone):
    paths = []
    for i, (mode, suffix) in enumerate(
        [("RGB", "jpg"), ("L", "png"), ("CMYK", "jpg"), ("P", "gif"), ("RGBA", "png"), ("1", "png")]
    ):
        paths.append(tmp_path / f"{i}.{suffix}")
        draw(paths[-1], i, size=(3 + 50 * i, 200), mode=mode)
    assert picture_features(paths, tiny_backbone(), tmp_path / "f.npy", Work(4)).shape == (6, 12)


def test_unfit_pictures_are_named(tmp_path, monkeypatch, tiny_backbone):
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    draw(good, 0)
    for content in (b"", b"junk", good.read_bytes()[:300]):
        bad.write_bytes(content)
        with pytest.raises(DataError, match="bad.png: not a readable picture"):
            picture_features([good, bad], tiny_backbone(), tmp_path / "f.npy")
    with pytest.raises(DataError, match="none.png: no such file; expected a picture"):
        picture_features([tmp_path / "none.png"], tiny_backbone(), tmp_path / "f.npy")
    monkeypatch.setattr("hint_train.data.featurizers.pictures.MAX_PIXELS", 1000)
    with pytest.raises(DataError, match="has 40 x 30 pixels, more than 1,000"):
        picture_features([good], tiny_backbone(), tmp_path / "f.npy")
    monkeypatch.undo()
    with pytest.raises(DataError, match=r"good.png: its features are not finite in float16"):
        picture_features([good], Backbone(SAME, lambda x: x.flatten(1) * 1e9, 192, Crop(8)), tmp_path / "f.npy")
    with pytest.raises(DataError, match=r"gave shape \(1, 1, 8, 8\) for 1 items; expected 192"):
        picture_features([good], Backbone(SAME, lambda x: x[:, :1], 192, Crop(8)), tmp_path / "f.npy")
    with pytest.raises(DataError, match="there are no pictures"):
        picture_features([], tiny_backbone(), tmp_path / "f.npy")


def test_interrupted_work_goes_on_where_it_ended(tmp_path, monkeypatch, tiny_backbone):
    monkeypatch.setattr("hint_train.data.preparation.features._KEEP_EVERY", 1)
    paths = [tmp_path / f"{i}.png" for i in range(10)]
    for i, path in enumerate(paths):
        draw(path, i)
    expected = np.array(picture_features(paths, tiny_backbone(), tmp_path / "whole.npy", Work(3)))
    seen = []
    base = tiny_backbone()

    def encode(pictures):
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(len(pictures))
        return base.encode(pictures)

    partial = tmp_path / "partial.npy"
    with pytest.raises(KeyboardInterrupt):
        picture_features(paths, Backbone(base.weights, encode, 12, base.crop), partial, Work(3))
    assert seen == [3, 3]
    steps = []
    again = picture_features(paths, base, partial, Work(3, done=steps.append))
    assert steps == [6, 3, 1]
    assert np.array_equal(again, expected)
    steps.clear()
    picture_features(paths, tiny_backbone("another"), partial, Work(5, done=steps.append))
    assert steps == [0, 5, 5]
    (tmp_path / "partial.npy.json").write_text("{torn")
    steps.clear()
    picture_features(paths, base, partial, Work(5, done=steps.append))
    assert steps == [0, 5, 5]
