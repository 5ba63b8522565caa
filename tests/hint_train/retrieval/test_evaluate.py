"""mAP against hand-made rankings, permutations and loops; every tie rule; memory; counts."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hint_train.packing import pack
from hint_train.retrieval.average_precision import average_precision, ranked_average_precision
from hint_train.retrieval.evaluate import evaluate, precision_recall
from hint_train.retrieval.hamming import Counts


def counts_of(distances, relevant, bits=4):
    items, hits = np.zeros((2, 1, bits + 1), dtype=np.int64)
    np.add.at(items[0], list(distances), 1)
    np.add.at(hits[0], list(distances), list(relevant))
    return Counts(items, hits)


def precision_sum(ranking, k):
    """AP@k of one order, from the definition."""
    hits, total = 0, 0.0
    for rank, relevant in enumerate(ranking[:k], 1):
        hits += relevant
        total += relevant * hits / rank
    return total / min(k, sum(ranking))


def all_orders(distances, relevant, k):
    """AP@k of every order in which equal distances may come."""
    blocks = [[r for d, r in zip(distances, relevant, strict=True) if d == value] for value in sorted(set(distances))]
    for arrangement in itertools.product(*(itertools.permutations(block) for block in blocks)):
        yield precision_sum(list(itertools.chain(*arrangement)), k)


def codes_for(distances, bits=4):
    """A query of zeros and a database at the given distances from it."""
    outputs = np.full((len(distances), bits), -1.0, dtype=np.float32)
    for row, distance in enumerate(distances):
        outputs[row, :distance] = 1
    return pack(np.full((1, bits), -1.0, dtype=np.float32)), pack(outputs)


@pytest.mark.parametrize(
    ("distances", "relevant", "index", "expected", "block", "bounds"),
    [
        ([0, 0], [1, 0], 1, 0.75, 0.5, (0.5, 1)),
        ([0, 0, 0], [1, 0, 0], 1, 0.611111, 0.333333, (1 / 3, 1)),
        ([0, 0, 1, 1], [1, 0, 1, 0], 0.833333, 0.666667, 0.5, (0.5, 0.8333)),
        ([1, 1, 1, 1], [1, 1, 0, 0], 1, 0.680556, 0.5, (0.4167, 1)),
        ([0, 2, 2, 2, 4], [0, 1, 0, 1, 1], 0.533333, 0.533333, 0.533333, (0.4778, 0.5889)),
    ],
)
def test_tie_rules(distances, relevant, index, expected, block, bounds):
    counts = counts_of(distances, relevant)
    assert average_precision(counts, "expected")[0] == pytest.approx(expected, abs=1e-6)
    assert average_precision(counts, "block")[0] == pytest.approx(block, abs=1e-6)
    assert average_precision(counts, "pessimistic")[0] == pytest.approx(bounds[0], abs=1e-4)
    assert average_precision(counts, "optimistic")[0] == pytest.approx(bounds[1], abs=1e-4)
    query, database = codes_for(distances)
    labels = np.array(relevant, dtype=bool)[:, None]
    found = ranked_average_precision(query, database, np.array([[True]]), labels, 4, [None])[0]
    assert found[0] == pytest.approx(index, abs=1e-6)


ITEMS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1)), min_size=1, max_size=6).filter(
    lambda x: any(r for _, r in x)
)


@settings(max_examples=80, deadline=None)
@given(ITEMS, st.integers(1, 7))
def test_ties_are_the_mean_and_the_bounds_of_all_orders(items, k):
    distances, relevant = zip(*items, strict=True)
    orders = list(all_orders(distances, relevant, k))
    counts = counts_of(distances, relevant)
    assert average_precision(counts, "expected", k)[0] == pytest.approx(math.fsum(orders) / len(orders), abs=1e-12)
    assert average_precision(counts, "optimistic", k)[0] == pytest.approx(max(orders), abs=1e-12)
    assert average_precision(counts, "pessimistic", k)[0] == pytest.approx(min(orders), abs=1e-12)


def test_hand_made_rankings():
    assert average_precision(counts_of([0, 1, 2, 3], [1, 0, 1, 0]), "expected")[0] == pytest.approx(5 / 6)
    assert average_precision(counts_of([0, 1, 2], [1, 1, 1]), "expected")[0] == 1
    assert average_precision(counts_of([0, 1, 2, 3], [0, 0, 1, 1]), "expected")[0] == pytest.approx(0.416667, abs=1e-6)


@pytest.mark.parametrize(("n", "r", "value"), [(2, 1, 0.75), (5, 2, 0.5925), (18015, 9960, 0.55311)])
def test_all_tied(n, r, value):
    """One block: (1 / n) (H_n + (r - 1)/(n - 1) (n - H_n)), the floor that collapsed codes reach."""
    harmonic = math.fsum(1 / i for i in range(1, n + 1))
    closed = (harmonic + (r - 1) / (n - 1) * (n - harmonic)) / n
    found = average_precision(counts_of(np.zeros(n, dtype=int), np.arange(n) < r), "expected")[0]
    assert found == pytest.approx(closed, abs=1e-9)
    assert found == pytest.approx(value, abs=1e-5)


def data(n_query=7, n_database=50, bits=12, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    query, database = (pack(rng.standard_normal((n, bits)).astype(np.float32)) for n in (n_query, n_database))
    return query, database, rng.random((n_query, classes)) < 0.3, rng.random((n_database, classes)) < 0.3


def test_expected_ignores_the_order_of_the_database_and_index_does_not():
    query, database, query_labels, database_labels = data(bits=4)
    order = np.random.default_rng(1).permutation(len(database))
    scores = {}
    for ties in ("expected", "index", "block"):
        before = evaluate(query, database, query_labels, database_labels, bits=4, ties=ties).scores
        after = evaluate(query, database[order], query_labels, database_labels[order], bits=4, ties=ties).scores
        scores[ties] = abs(before["map"] - after["map"])
    assert scores["expected"] == scores["block"] == 0
    assert scores["index"] > 1e-3


def test_queries_without_relevant_items_are_left_out_and_counted():
    query, database, query_labels, database_labels = data()
    query_labels[2:4] = False
    found = evaluate(query, database, query_labels, database_labels, bits=12, cutoffs=(5,))
    kept = np.delete(np.arange(7), [2, 3])
    alone = evaluate(query[kept], database, query_labels[kept], database_labels, bits=12, cutoffs=(5,))
    assert found.queries_without_relevant >= 2
    assert found.scores == pytest.approx(alone.scores)
    assert found.chance == pytest.approx(alone.chance)


def test_random_codes_score_the_density():
    query, database, _, _ = data(200, 3000, 32)
    rng = np.random.default_rng(5)
    query_labels, database_labels = (np.eye(5, dtype=bool)[rng.integers(5, size=n)] for n in (200, 3000))
    found = evaluate(query, database, query_labels, database_labels, bits=32)
    assert found.scores["map"] == pytest.approx(found.chance, abs=0.01)


def test_a_cut_beyond_the_database_changes_nothing():
    query, database, query_labels, database_labels = data()
    for ties in ("expected", "index", "block", "optimistic", "pessimistic"):
        found = evaluate(query, database, query_labels, database_labels, bits=12, cutoffs=(50, 5000), ties=ties)
        assert found.scores["map@50"] == found.scores["map@5000"] == found.scores["map"]


def test_precision_and_recall_end_at_the_density_and_one():
    counts = counts_of([0, 0, 1, 3], [1, 0, 1, 0])
    curve = precision_recall(counts, np.array([1, 2, 3, 4]))
    assert curve.precision == pytest.approx([0.5, 0.5, 2 / 3, 0.5])
    assert curve.recall == pytest.approx([0.25, 0.5, 1, 1])


@pytest.mark.parametrize("no_relevant", ["skip", "zero"])
def test_standard_errors_are_those_of_a_mean_over_queries(no_relevant):
    """Against the deviation of figures that are measured query by query."""
    rng = np.random.default_rng(4)
    query, database = (rng.integers(256, size=(n, 2), dtype=np.uint8) for n in (9, 40))
    labels, others = (rng.integers(4, size=(n, 5)) == 0 for n in (9, 40))
    labels[0] = False
    options = {"bits": 16, "cutoffs": (5,), "no_relevant": no_relevant}
    found = evaluate(query, database, labels, others, **options)
    alone = [
        evaluate(query[i : i + 1], database, labels[i : i + 1], others, **options).scores
        for i in range(9)
        if no_relevant == "zero" or (labels[i] & others).any()
    ]
    for name, error in found.standard_errors.items():
        values = [scores[name] for scores in alone]
        assert error == pytest.approx(np.std(values, ddof=1) / math.sqrt(len(values)))


def test_there_is_no_standard_error_of_one_query():
    codes, labels = np.zeros((1, 1), np.uint8), np.ones((1, 1), bool)
    assert math.isnan(evaluate(codes, codes, labels, labels, bits=8).standard_errors["map"])
