"""Descriptions of featurizers: there and back, and what no file can make of them."""

import json

import numpy as np
import pytest

from hint_train.data.featurizers import Featurizers, build
from hint_train.data.featurizers.backbone import Backbone, Crop
from hint_train.data.featurizers.pixels import Pixels
from hint_train.data.featurizers.weights import Weights
from hint_train.data.featurizers.words import Words
from hint_train.errors import DataError

WORDS = Words(("größe", "東京", "red"))
PIXELS = Pixels(16)
BACKBONE = Backbone(Weights("torchvision:vgg19", "vgg19.pth", "0" * 64), lambda x: x, 7, Crop(32, 0.5))


@pytest.mark.parametrize("image", [None, PIXELS, BACKBONE])
@pytest.mark.parametrize("text", [None, WORDS])
def test_there_and_back(image, text):
    made = Featurizers(image and image.description(), text and text.description())
    again = Featurizers.from_json(made.to_json())
    assert again == made
    assert again.to_json() == made.to_json()


def test_words_are_built_again():
    again = build(json.loads(json.dumps(WORDS.description())))
    assert again == WORDS
    assert again.features(["Die GRÖSSE? größe! 東京", "blue"]).tolist() == [[1, 1, 0], [0, 0, 0]]
    assert again.unknown("red blue green blue") == ("blue", "green")


def test_pixels_are_built_again():
    pictures = np.random.default_rng(0).integers(256, size=(3, 20, 16, 3), dtype=np.uint8)
    again = build(PIXELS.description())
    assert again == PIXELS
    assert np.array_equal(again.features(list(pictures)), PIXELS.features(list(pictures)))
    assert again.features([]).shape == (0, again.width)


def changed(featurizer, **changes):
    table = featurizer.description() | changes
    return {key: value for key, value in table.items() if value != "absent"}


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ({"kind": "words"}, "expected the kind of image to be one of pixels, backbone, got 'words'"),
        ({"kind": ["pixels"]}, r"got \['pixels'\]"),
        ([], "got None"),
        ("pixels", "got None"),
        (changed(PIXELS, size=True), "pixels: expected size to be an integer from 8 to 1024, got True"),
        (changed(PIXELS, size=2**40), "an integer from 8 to 1024"),
        (changed(PIXELS, size=12), "expected size to be a multiple of 8, got 12"),
        (changed(PIXELS, width=3), "expected width to be an integer from 272 to 272, got 3"),
        (changed(PIXELS, size="absent"), "expected size to be an integer from 8 to 1024, it is missing"),
        (changed(PIXELS, code="import os"), "does not know code; a later version may have written it"),
        (changed(BACKBONE, weights="../../etc/passwd"), "expected weights to be a name without folders"),
        (changed(BACKBONE, weights=".."), "expected weights to be a name without folders"),
        (changed(BACKBONE, weights="absent"), "expected weights to be a string, it is missing"),
        (changed(BACKBONE, sha256="0" * 63), "expected sha256 to be a SHA-256 of 64 hexadecimal digits"),
        (changed(BACKBONE, crop=0), "expected crop to be a number above 0, at most 1, got 0"),
        (changed(BACKBONE, mean=[0, float("nan"), 0]), "expected mean to be 3 finite numbers"),
        (changed(BACKBONE, std=[0, 1, 1]), "expected std to be 3 positive numbers"),
        (changed(BACKBONE, rounded="float32"), "expected rounded to be float16"),
    ],
)
def test_unfit_descriptions_of_images(image, message):
    with pytest.raises(DataError, match=message):
        Featurizers.from_json(json.dumps({"image": image, "text": None}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed(WORDS, vocabulary=[]), "expected vocabulary to be a list of strings, got"),
        (changed(WORDS, vocabulary=["a", 1, "b"]), "expected vocabulary to be a list of strings"),
        (changed(WORDS, vocabulary=["a", "b", "a"]), "expected vocabulary to be a list of distinct strings"),
        (changed(WORDS, tokens="regex:.*"), "expected tokens to be one of unicode, ascii, tags, got 'regex:"),
        (changed(WORDS, width=4), "expected width to be an integer from 3 to 3, got 4"),
    ],
)
def test_unfit_descriptions_of_texts(text, message):
    with pytest.raises(DataError, match=message):
        Featurizers.from_json(json.dumps({"image": None, "text": text}), "set.npz")


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, "[]", "{}", '{"image": null}', "null"])
def test_what_is_no_record(content):
    with pytest.raises(DataError, match="^set.npz: "):
        Featurizers.from_json(content, "set.npz")


def test_items_of_the_wrong_kind():
    with pytest.raises(DataError, match="expected a list of texts, got the single text 'a red disc'"):
        WORDS.features("a red disc")
    with pytest.raises(DataError, match="item 1: expected a text, got int"):
        WORDS.features(["red", 3])
    with pytest.raises(DataError, match=r"expected a list of items, got the single item 'p\.png'"):
        PIXELS.features("p.png")
    with pytest.raises(DataError, match="item 0: expected a path, a PIL image or an array, got float"):
        PIXELS.features([1.5])
    with pytest.raises(DataError, match=r"item 0: expected an array \(height, width, 3\) of uint8, got \(4, 4\)"):
        PIXELS.features([np.zeros((4, 4), np.uint8)])
