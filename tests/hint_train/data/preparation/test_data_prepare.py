"""Raw files to features: streamed JSON, bags of words, backbones, pictures, COCO and the fashion photos."""

import csv
import importlib
import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from hint_train.data import read_npz
from hint_train.data.formats.jsonstream import elements
from hint_train.data.preparation.backbones import Backbone, load_backbone, without_last_layer
from hint_train.data.preparation.features import picture_features
from hint_train.data.preparation.prepare import Work, prepare_coco, prepare_fashion
from hint_train.data.preparation.text import STOP_WORDS, bags, tokens, vocabulary
from hint_train.data.sources.coco import find_pictures, read_coco
from hint_train.data.sources.fashion import Like, read_fashion, read_like
from hint_train.data.sources.manifest import ranked
from hint_train.errors import ConfigError, DataError


@pytest.fixture
def tiny_backbone(tiny_network):
    def make(name="tiny", size=16):
        torch.manual_seed(0)
        return Backbone(name, torch.inference_mode()(without_last_layer(tiny_network()).eval()), size=size)

    return make


def draw(path, seed, size=(40, 30), mode="RGB"):
    pixels = np.random.default_rng(seed).integers(256, size=(size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)


# JSON ---------------------------------------------------------------------------------------------------------------

WANTED = frozenset({"a", "b"})


@pytest.mark.parametrize("step", [1, 7, 2**20])
def test_elements_come_in_order_whatever_the_window(tmp_path, monkeypatch, step):
    monkeypatch.setattr("hint_train.data.formats.jsonstream._STEP", step)
    path = tmp_path / "f.json"
    whole = {
        "info": {"x": [1, {"a": 2}]},
        "n": 12,
        "a": [{"id": 1, "s": ']},{\\"é'}, {"id": 22}],
        "skip": [1, "]", []],
        "b": [],
        "word": "w",
        "a2": [{"id": 3}],
    }
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False), encoding="utf-8")
    assert list(elements(path, WANTED)) == [("a", element) for element in whole["a"]]
    path.write_text("{}")
    assert list(elements(path, WANTED)) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "ends in the middle"),
        ("[1]", "expected '{', got '\\['"),
        ('{"a": [{"id": 1}', "ends in the middle"),
        ('{"a": [{"id": 1', "torn"),
        ('{"a": [{"id": 1} {"id": 2}]}', "expected ','"),
        ('{"a": [1]}', "expected objects in a, got int"),
        ('{"a" 1}', "expected ':'"),
        ("{1: 2}", "expected a name"),
        ('{"a": [' + "[" * 100_000, "RecursionError|torn"),
        ('{"a": [{"x": "' + "y" * 3000 + '"}]}', "more than 1,000 characters"),
    ],
)
def test_malformed_json(tmp_path, monkeypatch, content, message):
    monkeypatch.setattr("hint_train.data.formats.jsonstream._STEP", 64)
    path = tmp_path / "f.json"
    path.write_text(content)
    with pytest.raises(DataError, match=message):
        list(elements(path, WANTED, max_element=1000))


def test_json_files_are_bounded_and_must_exist(tmp_path):
    path = tmp_path / "f.json"
    path.write_text("{}" + " " * 100)
    with pytest.raises(DataError, match="has 102 bytes, more than the limit of 50"):
        list(elements(path, WANTED, max_bytes=50))
    path.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(DataError, match="UnicodeDecodeError"):
        list(elements(path, WANTED))
    with pytest.raises(DataError, match="FileNotFoundError"):
        list(elements(tmp_path / "none.json", WANTED))


# Words --------------------------------------------------------------------------------------------------------------


def test_words_are_counted_by_text_and_ordered_by_count_then_letter():
    texts = ["b a a a", "b c", "the d c"]
    assert vocabulary(texts, 3, frozenset({"the"})) == ("b", "c", "a")
    assert bags(["a A unheard", ""], ("b", "a")).tolist() == [[0, 1], [0, 0]]
    assert tokens("İstanbul's 2nd café") == ["i", "stanbul", "s", "2nd", "caf"]
    assert all(tokens(word) == [word] for word in STOP_WORDS)


# Backbones ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("libraries")
@pytest.mark.parametrize("library", ["torchvision", "timm", "open_clip"])
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_weights_of_a_local_file_decide_the_features(tmp_path, library, suffix, tiny_network):
    torch.manual_seed(5)
    net = tiny_network().eval()
    path = tmp_path / f"weights{suffix}"
    save_file(net.state_dict(), path) if suffix == ".safetensors" else torch.save(
        {"state_dict": net.state_dict()}, path
    )
    backbone = load_backbone(f"{library}:tiny", path)
    pictures = torch.randn(2, 3, backbone.size, backbone.size)
    assert backbone.name == f"{library}:tiny, weights weights{suffix}"
    assert torch.allclose(backbone.encode(pictures), net.body(pictures))


@pytest.mark.usefixtures("libraries")
def test_weights_that_do_not_fit_are_refused(tmp_path):
    path = tmp_path / "w.pth"
    torch.save({"other": torch.zeros(2)}, path)
    with pytest.raises(DataError, match="the weights do not fit"):
        load_backbone("torchvision:tiny", path)
    torch.save(nn.Linear(1, 1), path)
    with pytest.raises(DataError, match="not a readable file of weights"):
        load_backbone("torchvision:tiny", path)
    torch.save([1], path)
    with pytest.raises(DataError, match="expected a state dict"):
        load_backbone("torchvision:tiny", path)
    path.write_bytes(b"junk")
    with pytest.raises(DataError, match="not a readable file of weights"):
        load_backbone("torchvision:tiny", path)
    with pytest.raises(DataError, match="no such file; expected weights"):
        load_backbone("torchvision:tiny", tmp_path / "none")
    with pytest.raises(ConfigError, match="torchvision has no model vgg"):
        load_backbone("torchvision:vgg")
    with pytest.raises(ConfigError, match="open_clip has no model vgg"):
        load_backbone("open_clip:vgg")


@pytest.mark.parametrize("spec", ["vgg19", "keras:vgg19", "torchvision:"])
def test_unknown_backbones(spec):
    with pytest.raises(ConfigError, match="--backbone must be one of torchvision:MODEL, timm:MODEL, open_clip:MODEL"):
        load_backbone(spec)


@pytest.mark.parametrize("library", ["torchvision", "timm", "open_clip"])
def test_missing_library_names_the_extra(monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(
        ConfigError, match=rf"needs {library}, which is not installed; pip install 'hint-se\[features\]'"
    ):
        load_backbone(f"{library}:tiny")


def test_real_torchvision_where_there_is_one():
    models = pytest.importorskip(
        "torchvision.models", reason="the extra features is not installed", exc_type=ImportError
    )
    for name, width in (("vgg11", 4096), ("mobilenet_v2", 1280), ("resnet18", 512)):
        net = without_last_layer(models.get_model(name, weights=None)).eval()
        assert net(torch.zeros(1, 3, 224, 224)).shape == (1, width)


# Pictures -----------------------------------------------------------------------------------------------------------


def test_pictures_are_cut_from_the_middle_and_normalised(tmp_path):
    pixels = np.zeros((32, 64, 3), dtype=np.uint8)
    pixels[:, 16:48] = 255
    Image.fromarray(pixels).save(tmp_path / "p.png")
    backbone = Backbone("same", lambda x: x.flatten(1), size=32, crop=1.0, mean=(0.5, 0.5, 0.0), std=(0.5, 0.25, 1.0))
    out = picture_features([tmp_path / "p.png"], backbone, tmp_path / "f.npy")
    assert out.reshape(3, 32, 32).mean(axis=(1, 2)).tolist() == [1.0, 2.0, 1.0]


def test_every_kind_of_picture(tmp_path, tiny_backbone):
    paths = []
    for i, (mode, suffix) in enumerate(
        [("RGB", "jpg"), ("L", "png"), ("CMYK", "jpg"), ("P", "gif"), ("RGBA", "png"), ("1", "png")]
    ):
        paths.append(tmp_path / f"{i}.{suffix}")
        draw(paths[-1], i, size=(3 + 50 * i, 200), mode=mode)
    assert picture_features(paths, tiny_backbone(), tmp_path / "f.npy", batch=4).shape == (6, 12)


def test_unfit_pictures_are_named(tmp_path, monkeypatch, tiny_backbone):
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    draw(good, 0)
    for content in (b"", b"junk", good.read_bytes()[:300]):
        bad.write_bytes(content)
        with pytest.raises(DataError, match="bad.png: not a readable picture"):
            picture_features([good, bad], tiny_backbone(), tmp_path / "f.npy")
    with pytest.raises(DataError, match="none.png: not a readable picture"):
        picture_features([tmp_path / "none.png"], tiny_backbone(), tmp_path / "f.npy")
    monkeypatch.setattr("hint_train.data.preparation.features.MAX_PIXELS", 1000)
    with pytest.raises(DataError, match="has 40 x 30 pixels, more than 1,000"):
        picture_features([good], tiny_backbone(), tmp_path / "f.npy")
    monkeypatch.undo()
    with pytest.raises(DataError, match=r"good.png: its features are not finite in float16"):
        picture_features([good], Backbone("huge", lambda x: x.flatten(1) * 1e9, size=8), tmp_path / "f.npy")
    with pytest.raises(DataError, match=r"gave shape \(1, 1, 8, 8\) for 1 pictures"):
        picture_features([good], Backbone("wide", lambda x: x[:, :1], size=8), tmp_path / "f.npy")
    with pytest.raises(DataError, match="there are no pictures"):
        picture_features([], tiny_backbone(), tmp_path / "f.npy")


def test_interrupted_work_goes_on_where_it_ended(tmp_path, monkeypatch, tiny_backbone):
    monkeypatch.setattr("hint_train.data.preparation.features._KEEP_EVERY", 1)
    paths = [tmp_path / f"{i}.png" for i in range(10)]
    for i, path in enumerate(paths):
        draw(path, i)
    expected = np.array(picture_features(paths, tiny_backbone(), tmp_path / "whole.npy", batch=3))
    seen = []
    base = tiny_backbone()

    def encode(pictures):
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(len(pictures))
        return base.encode(pictures)

    partial = tmp_path / "partial.npy"
    with pytest.raises(KeyboardInterrupt):
        picture_features(paths, Backbone("tiny", encode, size=16), partial, batch=3)
    assert seen == [3, 3]
    steps = []
    again = picture_features(paths, base, partial, batch=3, done=steps.append)
    assert steps == [6, 3, 1]
    assert np.array_equal(again, expected)
    steps.clear()
    picture_features(paths, tiny_backbone("another"), partial, batch=5, done=steps.append)
    assert steps == [0, 5, 5]
    (tmp_path / "partial.npy.json").write_text("{torn")
    steps.clear()
    picture_features(paths, base, partial, batch=5, done=steps.append)
    assert steps == [0, 5, 5]


# COCO ---------------------------------------------------------------------------------------------------------------


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
    for row in (0, 20, 53):
        alone = picture_features([tmp_path / "val2017" / texts.file_names[row]], tiny_backbone(), tmp_path / "one.npy")
        assert np.allclose(alone[0], data.image[row], atol=1e-3)
    assert str(np.load(out)["backbone"]) == "tiny"


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


# Fashion ------------------------------------------------------------------------------------------------------------

HEADER = [
    "id",
    "gender",
    "masterCategory",
    "subCategory",
    "articleType",
    "baseColour",
    "season",
    "year",
    "usage",
    "productDisplayName",
]


def fashion_folder(folder, n=60):
    (folder / "images").mkdir()
    rows = []
    for i in range(n):
        sub = "Rare" if i == 7 else ["Topwear", "Shoes", "Bags"][i % 3]
        rows.append(
            [str(500 + i), "Men", "Apparel", sub, sub, "Blue", "Fall", "2011", "Casual", f"Brand{i % 5} {sub} item {i}"]
        )
        if i != 9:
            draw(folder / "images" / f"{500 + i}.jpg", i, size=(20, 26))
    with (folder / "styles.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([HEADER, *rows])
        stream.write("900,Men,Apparel,Bags,Bags,Blue,Fall,2011,Casual,A title, with commas, not quoted\n")
        stream.write("901,Men,Apparel,Bags,Bags,Blue,Fall,2011,Casual\n")
    draw(folder / "images" / "900.jpg", 900)
    return rows


def test_fashion_from_the_raw_folder(tmp_path, tiny_backbone):
    fashion_folder(tmp_path)
    texts = read_fashion(tmp_path, n_pairs=50, n_words=9)
    assert prepare_fashion(texts, tiny_backbone(), tmp_path / "f.npz") == [tmp_path / "f.npz"]
    data, arrays = read_npz(tmp_path / "f.npz"), np.load(tmp_path / "f.npz")
    assert data.image.shape == (50, 12)
    usable = sorted({*range(500, 560), 900} - {509})  # 509 has no picture, 901 no title
    assert arrays["id"].tolist() == [usable[i] for i in ranked("fashion20k", usable)][:50]
    assert arrays["label_names"].tolist() == ["Bags", "Shoes", "Topwear"]
    assert arrays["label_names_gender"].tolist() == ["Men"]
    assert set(data.query) <= set(range(5))
    assert set(data.train) <= set(range(5, 30))
    assert np.array_equal(arrays["text"], bags(list(arrays["title"]), tuple(arrays["text_vocabulary"])))
    assert tuple(arrays["text_vocabulary"]) == vocabulary(list(arrays["title"][5:]), 9)
    again = read_fashion(tmp_path, read_like(tmp_path / "f.npz"))
    for key in ("id", "text", "labels", "train"):
        assert np.array_equal(again.arrays[key], arrays[key])


def test_titles_with_commas_are_whole(tmp_path):
    fashion_folder(tmp_path)
    texts = read_fashion(tmp_path, Like((900, *range(510, 535))))
    assert texts.arrays["title"][0] == "A title, with commas, not quoted"


def test_unfit_fashion_folders(tmp_path):
    with pytest.raises(DataError, match="styles.csv: no such file; expected the raw public folder"):
        read_fashion(tmp_path)
    (tmp_path / "styles.csv").write_text("id,gender\n1,Men\n")
    with pytest.raises(DataError, match="no column masterCategory, subCategory, articleType, productDisplayName"):
        read_fashion(tmp_path)
    (tmp_path / "styles.csv").write_text(",".join(HEADER) + "\n" + ",".join(["x"] * 10))
    with pytest.raises(DataError, match="line 2: expected id to be a number, got 'x'"):
        read_fashion(tmp_path)
    (tmp_path / "styles.csv").write_text(",".join(HEADER) + "\n")
    with pytest.raises(DataError, match="images: no such folder"):
        read_fashion(tmp_path)
    fashion_folder(tmp_path)
    with pytest.raises(DataError, match="2 of the 3 products asked for are missing, the first is 1"):
        read_fashion(tmp_path, Like((500, 1, 509)))
    with pytest.raises(DataError, match="expected at least 20 products, got 3"):
        read_fashion(tmp_path, n_pairs=3)
    (tmp_path / "ids.txt").write_text("5 5")
    with pytest.raises(DataError, match="numbers repeat"):
        read_like(tmp_path / "ids.txt")
    (tmp_path / "ids.txt").write_text("five")
    with pytest.raises(DataError, match="one product number a line"):
        read_like(tmp_path / "ids.txt")


def test_rules_of_the_real_fashion_file(shared):
    """The file that figures are quoted on follows the rules of `read_fashion`: words, bags, split."""
    arrays = np.load(shared("fashion20k.npz"))
    titles = list(map(str, arrays["title"]))
    words = list(map(str, arrays["text_vocabulary"]))
    # Equally rare words at the end of the list were cut in another order; all words in five titles and more are the same.
    assert set(vocabulary(titles[2000:], 1331)) <= set(words) <= set(vocabulary(titles[2000:], 1543))
    assert np.array_equal(bags(titles, words), arrays["text"])
    labelled = np.flatnonzero(arrays["labels"].any(axis=1))
    assert np.array_equal(arrays["query"], labelled[labelled < 2000])
    assert np.array_equal(arrays["train"], labelled[(labelled >= 2000) & (labelled < 12000)])
    assert np.array_equal(arrays["retrieval"], labelled[labelled >= 2000])
    assert arrays["labels"].sum(axis=0).min() >= 10


def test_heavy_libraries_are_not_imported():
    importlib.import_module("hint_train.data.preparation.prepare")
    assert not {"torchvision", "timm", "open_clip"} & set(sys.modules)
