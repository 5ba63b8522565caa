"""Similarity of texts by the images that their words resemble: loops and small cases worked by hand."""

import numpy as np
import pytest
from vtm_oracle import cosine, ragged, random_lists

from hint_train.methods.vtm_uch.vision_text import best_visions, cluster_masks, depicted_words, is_bag_of_words


def test_masks_share_a_bit_or_they_do_not():
    masks = cluster_masks(np.array([0, 0, 1, 2, 4]), np.array([0, 63, 63, 5, 5]), 5)
    similar = (masks[:, None] & masks) != 0
    assert similar.tolist() == [
        [True, True, False, False, False],
        [True, True, False, False, False],
        [False, False, True, False, True],
        [False, False, False, False, False],  # no words: similar to nothing, not even to itself
        [False, False, True, False, True],
    ]


def test_words_find_the_object_of_their_own_pair_that_they_resemble_most(monkeypatch):
    words, objects = random_lists(0, [3, 0, 1, 6, 2]), random_lists(1, [1, 2, 4, 3, 1])
    expected = []
    start = 0
    for said, shown in zip(words, objects, strict=True):
        expected += [start + int(np.argmax([cosine(w, o) for o in shown])) for w in said]
        start += len(shown)
    assert best_visions(ragged(words), ragged(objects)).tolist() == expected
    monkeypatch.setattr("hint_train.methods.vtm_uch.vision_text._BLOCK_ITEMS", 7 * 5)
    assert best_visions(ragged(words), ragged(objects)).tolist() == expected


def test_equal_objects_go_to_the_first_and_a_word_that_is_zero_has_a_vision_too():
    objects = ragged([[[1, 0], [1, 0], [0, 1]]])
    assert best_visions(ragged([[[2, 0], [0, 0]]]), objects).tolist() == [0, 0]


def test_a_word_looks_like_the_mean_of_its_images_and_counts_when_that_is_no_mean_of_all():
    images = np.array([[1, 0], [3, 0], [-1, 0], [-3, 0]], dtype=np.float32)
    text = np.array([[1, 0, 2, 0], [1, 0, 0, 0], [0, 0.5, 1, 0], [0, 1, 0, 0]], dtype=np.float32)
    said, visions = depicted_words(text, images, 0.3)
    assert visions.tolist() == [[2, 0], [-2, 0]]  # the third word is everywhere, the fourth nowhere
    assert said.owners.tolist() == [0, 1, 2, 3]
    assert said.words.tolist() == [0, 0, 1, 1]
    said, visions = depicted_words(text, images, 0.0)
    assert visions.tolist() == [[2, 0], [-2, 0], [0, 0]]
    assert said.words.tolist() == [0, 2, 0, 1, 2, 1]


@pytest.mark.parametrize(
    ("text", "bag"),
    [
        (np.eye(3), True),
        (np.eye(3) * 0.4, True),
        (np.full((2, 2), 0.5), False),  # dense, such as topics
        (np.eye(3) * -1, False),
    ],
)
def test_bag_of_words_is_told_from_dense_text(text, bag):
    assert is_bag_of_words(text.astype(np.float32)) is bag
