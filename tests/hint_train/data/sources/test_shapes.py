"""The built-in data set: deterministic, hierarchical, learnable and not trivial."""

import numpy as np
import pytest
from PIL import Image

from hint_train.data.featurizers import Featurizers, build
from hint_train.data.featurizers.pixels import picture_features
from hint_train.data.sources.drawing import KINDS, masks
from hint_train.data.sources.shapes import _SYNONYMS, KIND_NAMES, _imagine, hierarchy, shapes


@pytest.fixture(scope="module")
def data():
    return shapes(800, n_query=100)


def test_the_same_seed_gives_the_same_bytes(data):
    again = shapes(800, n_query=100)
    assert np.array_equal(again.gallery.pictures, data.gallery.pictures)
    assert again.gallery.captions == data.gallery.captions
    assert np.array_equal(again.image, data.image)
    other = shapes(800, n_query=100, seed=1)
    assert not np.array_equal(other.gallery.pictures, data.gallery.pictures)


def test_split_and_shapes(data):
    assert len(data.query) == 100
    assert len(np.intersect1d(data.query, data.retrieval)) == 0
    assert np.isfinite(data.image).all()
    assert set(np.unique(data.text)) == {0, 1}
    assert data.labels.shape == (800, 12)
    assert (data.labels.sum(axis=1) >= 1).all()
    assert (data.labels.sum(axis=1) <= 3).all()


def test_three_levels_nest():
    levels = hierarchy(_imagine(np.random.default_rng(0), 200))
    family, kind, coloured = levels["family"], levels["kind"], levels["coloured"]
    assert np.array_equal(kind.reshape(200, 4, 3).any(axis=2), family)
    assert np.array_equal(coloured.reshape(200, 12, 6).any(axis=2), kind)


def test_features_come_from_the_pixels_alone(data):
    assert np.array_equal(picture_features(data.gallery.pictures), data.image)


def test_each_modality_says_something_but_not_everything(data):
    """Precision of the ten nearest neighbours lies clearly between chance and 1."""
    relevant = data.labels.astype(int) @ data.labels.T.astype(int) > 0
    np.fill_diagonal(relevant, False)
    for features in (data.image, data.text):
        unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-9)
        scores = unit @ unit.T
        np.fill_diagonal(scores, -2)
        nearest = np.argsort(-scores, axis=1)[:, :10]
        precision = np.take_along_axis(relevant, nearest, axis=1).mean()
        assert relevant.mean() + 0.08 < precision < 0.85


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_fills_part_of_the_picture_and_turns(kind):
    centre, radius = np.full((2, 2), 16, dtype=np.float32), np.full(2, 9, dtype=np.float32)
    drawn = masks(kind, centre, radius, np.array([0, 0.5], dtype=np.float32))
    assert (drawn.mean(axis=(1, 2)) > 0.04).all()
    assert (drawn.mean(axis=(1, 2)) < 0.35).all()


def test_kinds_look_different():
    centre, radius, angle = np.full((1, 2), 16, np.float32), np.full(1, 9, np.float32), np.zeros(1, np.float32)
    drawn = {kind: masks(kind, centre, radius, angle)[0] for kind in KIND_NAMES}
    for a in KIND_NAMES:
        for b in KIND_NAMES:
            if a < b:
                assert (drawn[a] != drawn[b]).mean() > 0.01, (a, b)


def test_featurizers_give_the_rows_back(data):
    """Bit for bit, from captions and pictures, in the order of the rows and one by one."""
    described = Featurizers.from_json(data.featurizers.to_json())
    image, text = build(described.image), build(described.text)
    assert described.text["vocabulary"] == sorted({word for caption in data.captions for word in caption.split()})
    assert np.array_equal(text.features(data.captions), data.text)
    assert np.array_equal(image.features(list(data.gallery.pictures)), data.image)
    for row in range(0, 800, 7):
        assert np.array_equal(image.features([Image.fromarray(data.gallery.pictures[row])])[0], data.image[row])
    assert text.features(["A red WEDGE, please!"]).sum() == 3


def test_pairs_have_names(data):
    assert data.ids[:2] == ("shape-0", "shape-1")
    assert len(set(data.ids)) == len(data.captions) == 800
    assert data.captions == data.gallery.captions


def test_objects_are_the_true_shapes_and_last_the_whole_picture(data):
    scenes = _imagine(np.random.default_rng(0), 800)
    objects = data.parts.objects
    assert objects.counts.tolist() == (scenes.used.sum(axis=1) + 1).tolist()
    assert np.array_equal(objects.rows[objects.ptr[1:] - 1], data.image)
    # A crop shows its shape better than the whole picture does: the nearest other crop is of its kind far above chance.
    crops = np.delete(objects.rows, objects.ptr[1:] - 1, axis=0)
    row, slot = np.nonzero(scenes.used)
    kind = scenes.kind[row, slot]
    unit = crops / np.linalg.norm(crops, axis=1, keepdims=True)
    products = unit @ unit.T
    np.fill_diagonal(products, -2)
    assert (kind[products.argmax(axis=1)] == kind).mean() > 0.6


def test_words_resemble_the_shapes_that_they_name(data):
    scenes = _imagine(np.random.default_rng(0), 800)
    words, objects = data.parts.words, data.parts.objects
    spoken = [word for caption in data.gallery.captions for word in caption.split()]
    assert words.counts.tolist() == [len(caption.split()) for caption in data.gallery.captions]
    assert words.rows.shape == (len(spoken), objects.rows.shape[1])
    kind_of = {word: i for i, kind in enumerate(KIND_NAMES) for word in _SYNONYMS[kind]}
    unit = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in (words.rows, objects.rows)]
    right = chance = 0.0
    for w, (i, word) in enumerate(zip(words.owners, spoken, strict=True)):
        kinds = scenes.kind[i][scenes.used[i]]
        if word not in kind_of or len(set(kinds)) < 2 or kind_of[word] not in kinds:
            continue
        crops = unit[1][objects.ptr[i] : objects.ptr[i + 1] - 1]
        right += kinds[np.argmax(crops @ unit[0][w])] == kind_of[word]
        chance += (kinds == kind_of[word]).mean()
    assert right > 1.4 * chance
