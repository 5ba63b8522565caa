import numpy as np
import pytest
from search_oracle import ranked, score

from hint_train.packing import pack
from hint_train.search.index import Index


@pytest.mark.parametrize("bits", [4, 16, 36, 128])
@pytest.mark.parametrize("n", [10, 25, 400])
def test_the_first_n_are_ordered_by_the_outputs(bits, n):
    source = np.random.default_rng(0)
    codes = pack(source.standard_normal((200, bits)).astype(np.float32))
    outputs = source.integers(-8, 9, (6, bits)).astype(np.float32)  # sums are exact, and some are equal
    hits = Index(codes, bits=bits).search(pack(outputs), 10, rescore=n, outputs=outputs)
    for i, output in enumerate(outputs):
        first = ranked(codes, pack(outputs)[i], bits)[:n]
        right = sorted((-score(codes[row], output), distance, row) for distance, row in first)[:10]
        assert hits.scores[i].tolist() == [-s for s, _, _ in right]
        assert hits.distances[i].tolist() == [d for _, d, _ in right]
        assert hits.rows[i].tolist() == [row for _, _, row in right]
    assert hits.scores.dtype == np.float32


def test_equal_codes_have_equal_scores_wherever_they_stand():
    source = np.random.default_rng(1)
    codes = pack(source.standard_normal((40, 60)).astype(np.float32))[source.integers(40, size=1000)]
    outputs = source.standard_normal((3, 60)).astype(np.float32)
    index = Index(codes, bits=60)
    hits = index.search(pack(outputs), 1000, rescore=1000, outputs=outputs)
    for i in range(3):
        by_code = {}
        for row, found in zip(hits.rows[i], hits.scores[i], strict=True):
            by_code.setdefault(codes[row].tobytes(), []).append((row, found))
        for group in by_code.values():
            assert group == sorted(group, key=lambda pair: pair[0])
            assert len({found for _, found in group}) == 1
        alone = index.search(pack(outputs[[i]]), 1000, rescore=1000, outputs=outputs[[i]])
        assert (alone.rows[0] == hits.rows[i]).all()
        assert (alone.scores[0] == hits.scores[i]).all()


def test_signs_as_outputs_keep_the_order_by_distance():
    source = np.random.default_rng(2)
    codes = pack(source.standard_normal((300, 16)).astype(np.float32))
    outputs = np.where(source.standard_normal((4, 16)) >= 0, 1.0, -1.0)
    index = Index(codes, bits=16)
    plain = index.search(pack(outputs), 50)
    again = index.search(pack(outputs), 50, rescore=200, outputs=outputs)
    assert (again.rows == plain.rows).all()
    assert (again.scores == 16 - 2 * plain.distances).all()


def test_missing_neighbours_have_no_score():
    codes = pack(np.random.default_rng(3).standard_normal((3, 16)).astype(np.float32))
    outputs = np.ones((2, 16), dtype=np.float32)
    hits = Index(codes, bits=16).search(pack(outputs), 5, rescore=9, outputs=outputs)
    assert (hits.rows[:, 3:] == -1).all()
    assert np.isnan(hits.scores[:, 3:]).all()
    assert [len(ids) for ids in hits.ids] == [3, 3]
