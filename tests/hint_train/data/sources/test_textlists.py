"""Text lists: words as they stand, tags with blanks, words that nobody knows."""

import numpy as np
import pytest
from layouts import N

from hint_train.data import load_dataset
from hint_train.errors import DataError

pytestmark = pytest.mark.usefixtures("small_manifests")


# Text lists
def write_lists(folder, tags, vocabulary, encoding="utf-8"):
    n = len(tags)
    labels = np.eye(24, dtype=int)[np.arange(n) % 24]
    (folder / "TagList.txt").write_text("\n".join(vocabulary) + "\n", encoding=encoding)
    (folder / "all_tags.txt").write_text("\n".join(tags) + "\n", encoding=encoding)
    (folder / "all_labels.txt").write_text("\n".join(" ".join(map(str, row)) for row in labels), encoding=encoding)
    (folder / "all_imgs.txt").write_text("\n".join(f"im{i}.jpg" for i in range(n)), encoding=encoding)
    np.save(folder / "image.npy", np.random.default_rng(0).standard_normal((n, 6)))


WORDS = ["sky", "blue sky", "sea", "cat", "dog"]


BAGS = np.random.default_rng(8).random((N, 5)) < 0.5


@pytest.mark.parametrize("joined", [",", ", ", " ,", " , ", ",,"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_no_word_is_lost_to_blanks_or_a_byte_order_mark(tmp_path, joined, encoding):
    tags = [joined.join(word for word, there in zip(WORDS, bag, strict=True) if there) for bag in BAGS]
    write_lists(tmp_path, tags, [*WORDS[:-1], WORDS[-1] + " "], encoding)
    data = load_dataset("mirflickr", tmp_path)
    assert np.array_equal(data.text, BAGS.astype(np.float32))
    assert not any("TagList.txt knows" in note or "not in TagList" in note for note in data.notes)


def test_tags_with_blanks_between_are_refused_with_the_line(tmp_path):
    write_lists(tmp_path, ["sky"] * 3 + ["sky sea"] * (N - 3), WORDS)
    with pytest.raises(
        DataError,
        match=r"37 of 40 rows have tags, and none .* the first is line 4: 'sky sea'; expected tags with commas",
    ):
        load_dataset("mirflickr", tmp_path)


def test_unknown_tags_and_rows_without_a_known_one_are_counted(tmp_path):
    write_lists(tmp_path, ["sky,unheard"] * 30 + ["unheard,of"] * 8 + [""] * 2, WORDS)
    notes = load_dataset("mirflickr", tmp_path).notes
    assert "46 of 76 tags in all_tags.txt are not in TagList.txt" in notes
    assert "all_tags.txt: 8 of 40 rows have tags, and none that TagList.txt knows" in notes
    assert "10 of 40 texts are all zero" in notes


@pytest.mark.parametrize(("unknown", "known"), [(16, 0), (9, 7), (2, 1)])
def test_rows_without_tags_do_not_hide_that_the_others_are_unknown(tmp_path, unknown, known):
    write_lists(tmp_path, [""] * (N - unknown - known) + ["sky sea"] * unknown + ["sky"] * known, WORDS)
    with pytest.raises(DataError, match=f"{unknown} of {N} rows have tags, and none that TagList"):
        load_dataset("mirflickr", tmp_path)


def test_half_of_the_rows_with_tags_may_be_unknown(tmp_path):
    write_lists(tmp_path, [""] * (N - 10) + ["sky sea"] * 5 + ["sky"] * 5, WORDS)
    assert (
        "all_tags.txt: 5 of 40 rows have tags, and none that TagList.txt knows"
        in load_dataset("mirflickr", tmp_path).notes
    )


@pytest.mark.parametrize("again", ["sky", " sky", "sky\t"])
def test_a_tag_that_stands_twice_in_the_vocabulary_is_refused_with_its_line(tmp_path, again):
    write_lists(tmp_path, ["sky"] * N, [*WORDS, again])
    with pytest.raises(
        DataError, match=r"TagList\.txt: line 6 is the tag 'sky' of line 1 again; expected each tag once"
    ):
        load_dataset("mirflickr", tmp_path)
