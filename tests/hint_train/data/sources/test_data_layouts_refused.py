"""Data folders that cannot be read as they are: what is missing, ambiguous, unfit or unusual is named."""

import logging

import numpy as np
import pytest
import scipy.io
from layouts import N, cirh, lists, make, mat5, npy, parts_of

from hint_train.data import load_dataset
from hint_train.data.sources.verify import verify
from hint_train.errors import DataError

pytestmark = pytest.mark.usefixtures("small_manifests")


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(DataError, match=r"mirflickr needs --data-dir[^$]*mirflickr25k-iall-vgg.mat") as error:
        load_dataset("mirflickr")
    assert len(str(error.value).splitlines()) == 7
    with pytest.raises(DataError, match="no such folder"):
        load_dataset("coco", tmp_path / "none")
    with pytest.raises(
        DataError, match="no complete layout of nuswide in .*Put one of these into the data folder, or into nuswide/"
    ):
        load_dataset("nuswide", tmp_path)
    arrays = make()
    mat5(tmp_path, *arrays, stem="mirflickr25k")
    (tmp_path / "mirflickr25k-yall.mat").unlink()
    with pytest.raises(DataError, match="Found in part: files in .*: no file with YAll"):
        load_dataset("mirflickr", tmp_path)
    (tmp_path / "TagList.txt").write_text("a\n")
    with pytest.raises(DataError, match="no all_tags.txt, all_labels.txt, all_imgs.txt"):
        load_dataset("mirflickr", tmp_path)
    cirh(tmp_path, parts_of(arrays), False)
    (tmp_path / "mirflickr25k_database.mat").unlink()
    with pytest.raises(DataError, match="no file for database"):
        load_dataset("mirflickr", tmp_path)


def test_ambiguous_files_are_named(tmp_path):
    arrays = make()
    mat5(tmp_path, *arrays, stem="mirflickr25k")
    mat5(tmp_path, *arrays, stem="mirflickr", tails=("-iall-clip", "-yall", "-lall"))
    with pytest.raises(DataError, match="keep one of"):
        load_dataset("mirflickr", tmp_path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({2: np.zeros((N, 10))}, r"expected labels of shape \(rows, 24\) for mirflickr, got \(40, 10\)"),
        ({1: np.zeros((39, 5))}, r"expected 40 rows, as many as labels, got shape \(39, 5\)"),
        ({2: np.full((N, 24), 2)}, "labels must be 0 or 1, got 2"),
        ({0: np.full((N, 6), np.nan)}, "must be finite in float32; row 0, column 0 is nan"),
        ({0: np.zeros((N, 3, 8, 8))}, "which is raw pictures"),
        ({0: np.zeros((N, 6), dtype=complex)}, "is complex"),
    ],
)
def test_unfit_matrices(tmp_path, changed, message):
    arrays = [changed.get(i, values) for i, values in enumerate(make())]
    mat5(tmp_path, *arrays, stem="mirflickr25k")
    with pytest.raises(DataError, match=message):
        load_dataset("mirflickr", tmp_path)


def test_raw_pictures_beside_features_are_passed_over(tmp_path):
    arrays = make()
    mat5(tmp_path, *arrays, stem="mirflickr25k")
    scipy.io.savemat(tmp_path / "mirflickr25k-iall.mat", {"IAll": np.zeros((N, 3, 4, 4))})
    assert np.array_equal(load_dataset("mirflickr", tmp_path).image, arrays[0])
    (tmp_path / "mirflickr25k-iall-vgg.mat").unlink()
    with pytest.raises(DataError, match="raw pictures"):
        load_dataset("mirflickr", tmp_path)


def test_wrong_keys_are_named(tmp_path):
    mat5(tmp_path, *make(), stem="mirflickr25k", keys=("XAll", "Text", "LAll"))
    with pytest.raises(DataError, match="expected YAll; it holds Text"):
        load_dataset("mirflickr", tmp_path)


def test_unusual_sizes_are_read_with_a_warning_and_verified_as_a_fault(tmp_path, caplog):
    image, text, labels = make()
    npy(tmp_path, image[:30, :4], text[:30], labels[:30], stem="mir")
    with caplog.at_level(logging.WARNING):
        load_dataset("mirflickr", tmp_path)
    expected = ("expected 40 pairs, got 30", "expected image features of width 6, got 4")
    for fault in expected:
        assert f"mirflickr: {fault}" in caplog.text
    assert verify("mirflickr", tmp_path).faults == expected


def test_another_label_density_is_a_fault(tmp_path):
    image, text, labels = make()
    npy(tmp_path, image, text, np.ones_like(labels), stem="mir")
    assert verify("mirflickr", tmp_path).faults == ("expected a label density of 0.5 ± 0.49, got 1.0000",)


def test_text_lists_without_images_verify_and_do_not_train(tmp_path):
    _, text, labels = make()
    lists(tmp_path, None, text, labels)
    verdict = verify("mirflickr", tmp_path)
    assert verdict.image is None
    assert verdict.faults == ()
    assert any(note.startswith("images are missing") for note in verdict.notes)
    with pytest.raises(
        DataError, match="images are missing: text lists .*one row of features for each line of all_imgs.txt"
    ):
        load_dataset("mirflickr", tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("all_tags.txt", "a\n", "has 1 lines; expected 40, as many as all_labels.txt"),
        ("all_labels.txt", "0 1\n0 1 1\n", "line 2 differs in length"),
        ("all_labels.txt", "0 1\n0 2\n", "line 2 must hold 0s and 1s with one space between, got '0 2'"),
        ("all_labels.txt", "0,1\n0,1\n", "line 1 must hold 0s and 1s"),
        ("all_labels.txt", "", "line 1 differs"),
        ("TagList.txt", "", "holds no tag"),
    ],
)
def test_malformed_text_lists(tmp_path, name, content, message):
    lists(tmp_path, *make())
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message):
        load_dataset("mirflickr", tmp_path)
    (tmp_path / name).write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="not a readable text list"):
        load_dataset("mirflickr", tmp_path)
