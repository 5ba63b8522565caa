"""Clusters, nearest centres and refined communities: planted kinds, and loops."""

import numpy as np
import pytest
from vtm_oracle import same_partition

from hint_train.methods.vtm_uch.centroids import MAX_DENSIFIED, cluster, nearest_centres, refined


def test_clusters_are_those_that_were_planted_and_no_more_than_distinct_rows():
    rng = np.random.default_rng(0)
    planted = rng.integers(4, size=200)
    rows = (np.eye(4)[planted] * 10 + 0.1 * rng.standard_normal((200, 4))).astype(np.float32)
    labels, centres = cluster(rows, 4, 3)
    assert len({(int(a), int(b)) for a, b in zip(labels, planted, strict=True)}) == 4
    for i in range(4):
        assert centres[i] == pytest.approx(rows[labels == i].mean(0), abs=1e-4)
    assert len(cluster(rows[[0, 0, 1, 1, 1]], 4, 0)[1]) == 2
    assert np.array_equal(cluster(rows, 4, 3)[0], labels)


@pytest.mark.parametrize("densify", [False, True])
def test_refined_communities_are_one_round_of_nearest_means(densify):
    rng = np.random.default_rng(1)
    features = rng.standard_normal((60, 3)).astype(np.float32)
    labels = rng.integers(4, size=60)
    centres = [features[labels == k].mean(0) for k in range(4)]
    if densify:
        centres += [(centres[k] + centres[m]) / 2 for k in range(4) for m in range(k + 1, 4)]
    first = [int(np.argmin([np.linalg.norm(x - c) for c in centres])) for x in features]
    means = [features[[i for i in range(60) if first[i] == k]].mean(0) for k in sorted(set(first))]
    second = [int(np.argmin([np.linalg.norm(x - c) for c in means])) for x in features]
    assert same_partition(refined(features, labels, densify=densify), second)


def test_nearest_centres_do_not_depend_on_the_blocks(monkeypatch):
    rng = np.random.default_rng(2)
    rows, centres = (rng.standard_normal((n, 6)).astype(np.float32) for n in (50, 7))
    expected = np.linalg.norm(rows[:, None] - centres, axis=2).argmin(1)
    assert np.array_equal(nearest_centres(rows, centres), expected)
    monkeypatch.setattr("hint_train.methods.vtm_uch.centroids._BLOCK_ITEMS", 20)
    assert np.array_equal(nearest_centres(rows, centres), expected)


def test_many_communities_are_refined_without_midpoints():
    n = 2 * (MAX_DENSIFIED + 1)
    features = np.random.default_rng(0).standard_normal((n, 2)).astype(np.float32)
    labels = np.arange(n) // 2
    assert np.array_equal(refined(features, labels, densify=True), refined(features, labels, densify=False))
