"""Raw files of COCO and of the fashion photos to data sets that training reads."""

import importlib
import sys

import numpy as np
from pictures import draw, fashion_folder

from hint_train.data import read_npz
from hint_train.data.featurizers import build
from hint_train.data.featurizers.words import STOP_WORDS, Words, vocabulary
from hint_train.data.preparation.features import Work, picture_features
from hint_train.data.preparation.prepare import prepare_coco, prepare_fashion
from hint_train.data.sources.coco import read_coco
from hint_train.data.sources.fashion import read_fashion, read_like
from hint_train.data.sources.manifest import ranked


def test_coco_from_raw_files(tmp_path, tiny_backbone, coco_files):
    images, kinds = coco_files(tmp_path, lambda *_: None)
    (tmp_path / "val2017").mkdir()
    for i, image in enumerate(images):
        draw(tmp_path / "val2017" / image["file_name"], i)
    texts = read_coco([tmp_path / "captions.json"], [tmp_path / "instances.json"], n_words=12, n_query=10, n_train=30)
    assert len(texts.ids) == 54
    assert set(texts.words[:4]) == {"cat", "dog", "bus", "kite"}
    assert texts.label_names == ("cat", "dog", "bus", "kite")
    kind_of = {image["id"]: kind for image, kind in zip(images, kinds, strict=True)}
    assert texts.labels.argmax(axis=1).tolist() == [kind_of[key] for key in texts.ids]
    assert list(texts.ids) == [sorted(texts.ids)[i] for i in ranked("coco", sorted(texts.ids))]
    counted = [line for row in texts.split.train for line in texts.captions[row].split("\n")]
    assert texts.words == vocabulary(counted, 12, STOP_WORDS)
    out = tmp_path / "data" / "coco.npz"
    seen = []
    written = prepare_coco(texts, tmp_path, tiny_backbone(), out, Work(batch=7, n_threads=2, done=seen.append))
    assert [path.name for path in written] == ["coco.npz", "coco-words.txt"]
    assert sorted(path.name for path in out.parent.iterdir()) == ["coco-words.txt", "coco.npz"]
    assert written[1].read_text().splitlines() == list(texts.words)
    data = read_npz(out)
    assert sum(seen) == 54
    assert data.image.shape == (54, 12)
    assert np.array_equal(data.text, texts.text)
    assert data.query.tolist() == list(range(44, 54))
    assert (data.ids, data.captions) == (texts.file_names, texts.captions)
    assert np.array_equal(build(data.featurizers.text).features(data.captions), data.text)
    assert data.featurizers.image == tiny_backbone().description()
    for row in (0, 20, 53):
        alone = picture_features([tmp_path / "val2017" / texts.file_names[row]], tiny_backbone(), tmp_path / "one.npy")
        assert np.allclose(alone[0], data.image[row], atol=1e-3)


def test_fashion_from_the_raw_folder(tmp_path, tiny_backbone):
    fashion_folder(tmp_path)
    texts = read_fashion(tmp_path, n_pairs=50, n_words=9)
    assert prepare_fashion(texts, tiny_backbone(), tmp_path / "f.npz") == [tmp_path / "f.npz"]
    data, arrays = read_npz(tmp_path / "f.npz"), np.load(tmp_path / "f.npz")
    assert data.image.shape == (50, 12)
    assert data.ids == tuple(f"{key}.jpg" for key in arrays["id"])
    assert data.captions == tuple(arrays["title"])
    assert np.array_equal(build(data.featurizers.text).features(data.captions), data.text)
    usable = sorted({*range(500, 560), 900} - {509})  # 509 has no picture, 901 no title
    assert arrays["id"].tolist() == [usable[i] for i in ranked("fashion20k", usable)][:50]
    assert arrays["label_names"].tolist() == ["Bags", "Shoes", "Topwear"]
    assert arrays["label_names_gender"].tolist() == ["Men"]
    assert set(data.query) <= set(range(5))
    assert set(data.train) <= set(range(5, 30))
    assert np.array_equal(arrays["text"], Words(tuple(arrays["text_vocabulary"]), "ascii").bags(list(arrays["title"])))
    assert tuple(arrays["text_vocabulary"]) == vocabulary(list(arrays["title"][5:]), 9)
    again = read_fashion(tmp_path, read_like(tmp_path / "f.npz"))
    for key in ("id", "text", "labels", "train"):
        assert np.array_equal(again.arrays[key], arrays[key])


def test_heavy_libraries_are_not_imported():
    importlib.import_module("hint_train.data.preparation.prepare")
    assert not {"torchvision", "timm", "open_clip"} & set(sys.modules)
