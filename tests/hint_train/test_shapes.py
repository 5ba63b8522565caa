"""The built-in data set: deterministic, hierarchical, learnable and not trivial."""

import numpy as np
import pytest

from hint_train.data.drawing import KINDS, masks
from hint_train.data.pixels import picture_features
from hint_train.data.shapes import KIND_NAMES, _imagine, bag_of_words, hierarchy, shapes


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


def test_bag_of_words_is_sorted_and_binary():
    assert bag_of_words(("b a b", "c")).tolist() == [[1, 1, 0], [0, 0, 1]]
