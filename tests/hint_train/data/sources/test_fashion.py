"""The public folder of product photos: titles with commas, unfit folders, the rules of the real file."""

import numpy as np
import pytest
from pictures import STYLES_HEADER, fashion_folder

from hint_train.data.featurizers.words import Words, vocabulary
from hint_train.data.sources.fashion import Like, read_fashion, read_like
from hint_train.errors import DataError


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
    (tmp_path / "styles.csv").write_text(",".join(STYLES_HEADER) + "\n" + ",".join(["x"] * 10))
    with pytest.raises(DataError, match="line 2: expected id to be a number, got 'x'"):
        read_fashion(tmp_path)
    (tmp_path / "styles.csv").write_text(",".join(STYLES_HEADER) + "\n")
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
    assert np.array_equal(Words(tuple(words), "ascii").bags(titles), arrays["text"])
    labelled = np.flatnonzero(arrays["labels"].any(axis=1))
    assert np.array_equal(arrays["query"], labelled[labelled < 2000])
    assert np.array_equal(arrays["train"], labelled[(labelled >= 2000) & (labelled < 12000)])
    assert np.array_equal(arrays["retrieval"], labelled[labelled >= 2000])
    assert arrays["labels"].sum(axis=0).min() >= 10
