"""Measures between two partitions, beside scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_mutual_info_score, mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

from hint_se.hierarchy.partitions import adjusted_mutual_information, overlap, variation_of_information

LABELS = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 7), min_size=n, max_size=n).map(np.array)] * 2)
)


@given(LABELS)
def test_measures_are_those_of_scikit_learn(drawn):
    first, second = drawn
    assert adjusted_mutual_information(first, second) == pytest.approx(
        adjusted_mutual_info_score(first, second), abs=1e-8
    )
    entropies = sum(mutual_info_score(labels, labels) for labels in drawn)
    expected = (entropies - 2 * mutual_info_score(first, second)) / np.log(2)
    assert variation_of_information(first, second) == pytest.approx(expected, abs=1e-9)
    table = overlap(first, second)
    assert table[np.unique(first)][:, np.unique(second)].tolist() == contingency_matrix(first, second).tolist()


def test_equal_partitions_are_at_no_distance():
    labels = np.repeat(np.arange(5), 7)
    assert variation_of_information(labels, 4 - labels) == pytest.approx(0, abs=1e-12)
    assert adjusted_mutual_information(labels, 4 - labels) == pytest.approx(1)
    assert adjusted_mutual_information(labels, np.zeros(35, int)) == 0.0
