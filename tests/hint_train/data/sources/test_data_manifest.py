"""The checked-in manifests: the rule gives the hashes that stand there, and the split is what the field describes."""

import hashlib

import numpy as np
import pytest

from hint_train.data.sources.manifest import label_density, ranked, read_manifest, split_by_rule
from hint_train.data.sources.named import NAMES
from hint_train.errors import DataError


@pytest.mark.parametrize("name", NAMES)
def test_rule_gives_the_hashes(name):
    manifest = read_manifest(name)
    for n, hashes in manifest.pairs.items():
        split = split_by_rule(name, n, manifest.n_query, manifest.n_train)
        assert split.hashes() == hashes
        assert split.query.tolist() == list(range(n - manifest.n_query, n))
        assert len(split.retrieval) == n - manifest.n_query
        assert len(split.train) == manifest.n_train
        assert np.isin(split.train, split.retrieval).all()
        assert (np.diff(split.train) > 0).all()


@pytest.mark.parametrize(
    ("name", "pairs", "labels", "query", "train"),
    [
        ("mirflickr", 20015, 24, 2000, 10000),
        ("nuswide", 186577, 10, 2100, 10000),
        ("nuswide-tc21", 195834, 21, 2000, 5000),
        ("coco", 122218, 80, 5000, 10000),
        ("iapr-tc12", 20000, 255, 2000, 10000),
    ],
)
def test_sizes_of_the_field(name, pairs, labels, query, train):
    manifest = read_manifest(name)
    assert pairs in manifest.pairs
    assert (manifest.labels, manifest.n_query, manifest.n_train) == (labels, query, train)


def test_rule_in_other_words():
    """The sentence of the manifest, followed with nothing but hashlib."""
    names = [hashlib.sha256(f"hint-split-1:mirflickr:{row}".encode()).hexdigest() for row in range(18015)]
    train = sorted(sorted(range(18015), key=lambda row: names[row])[:10000])
    assert split_by_rule("mirflickr", 20015, 2000, 10000).train.tolist() == train


def test_ranking_is_a_permutation_and_spreads():
    order = ranked("coco", range(5000))
    assert sorted(order) == list(range(5000))
    assert abs(np.corrcoef(order, np.arange(5000))[0, 1]) < 0.05
    assert ranked("mirflickr", range(50)).tolist() != ranked("coco", range(50)).tolist()


def test_small_databases_train_whole():
    assert split_by_rule("coco", 10, 4, 100).train.tolist() == [0, 1, 2, 3, 4, 5]


def test_label_density_by_hand():
    labels = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], dtype=bool)
    # relevant: row 0 with 0 and 2, row 2 with 0, 1 and 2, row 3 with none
    assert label_density(labels[[0, 2, 3]], labels) == pytest.approx((2 + 3 + 0) / 12)


def test_too_few_rows():
    with pytest.raises(DataError, match="2,001 rows have a label; expected 2,000 queries"):
        read_manifest("mirflickr").split(np.ones((2001, 24), dtype=bool))
