"""The four things that are called mAP@k, against the code that is published for each and against every order of the ties."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hint_train.packing import pack
from hint_train.retrieval.average_precision import average_precision, share_with_hit
from hint_train.retrieval.evaluate import evaluate
from hint_train.retrieval.hamming import Counts

RULES = ("min-k-relevant", "first-k-relevant", "hits", "nonzero-hits")


def one_order(ranking, k, rule):
    """AP@k of one order as published programs compute it, None where the query is left out.

    `first-k-relevant` follows DCMH's `calc_map_k`, `hits` the `CalcTopMap` that is copied among hashing programs and torchmetrics.
    """
    places = [rank for rank, relevant in enumerate(ranking, 1) if relevant]
    if rule == "min-k-relevant":
        return sum(i / rank for i, rank in enumerate(places, 1) if rank <= k) / min(k, len(places))
    if rule == "first-k-relevant":
        first = places[: min(k, len(places))]
        return sum(i / rank for i, rank in enumerate(first, 1)) / len(first)
    within = [rank for rank in places if rank <= k]
    if not within:
        return 0.0 if rule == "hits" else None
    return sum(i / rank for i, rank in enumerate(within, 1)) / len(within)


def orders(distances, relevant):
    """Every order in which equal distances may come."""
    blocks = [[r for d, r in zip(distances, relevant, strict=True) if d == value] for value in sorted(set(distances))]
    for arrangement in itertools.product(*(itertools.permutations(block) for block in blocks)):
        yield list(itertools.chain(*arrangement))


def counts_of(distances, relevant, bits=4):
    items, hits = np.zeros((2, 1, bits + 1), dtype=np.int64)
    np.add.at(items[0], list(distances), 1)
    np.add.at(hits[0], list(distances), list(relevant))
    return Counts(items, hits)


def codes_for(distances, bits=4):
    """A query of zeros and a database at the given distances from it."""
    outputs = np.full((len(distances), bits), -1.0, dtype=np.float32)
    for row, distance in enumerate(distances):
        outputs[row, :distance] = 1
    return pack(np.full((1, bits), -1.0, dtype=np.float32)), pack(outputs)


ITEMS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1)), min_size=1, max_size=7).filter(
    lambda x: any(r for _, r in x)
)


@settings(max_examples=150, deadline=None)
@given(ITEMS, st.integers(1, 8), st.sampled_from(RULES))
def test_every_rule_is_the_mean_and_the_bounds_of_all_orders(items, k, rule):
    distances, relevant = zip(*items, strict=True)
    every = [one_order(ranking, k, rule) for ranking in orders(distances, relevant)]
    kept = [value for value in every if value is not None]
    counts = counts_of(distances, relevant)
    found = average_precision(counts, "expected", k, rule)[0]
    if rule == "nonzero-hits":
        assert share_with_hit(counts, k)[0] == pytest.approx(len(kept) / len(every), abs=1e-12)
        assert math.isnan(found) == (not kept)
    else:
        assert average_precision(counts, "optimistic", k, rule)[0] == pytest.approx(max(kept), abs=1e-12)
        assert average_precision(counts, "pessimistic", k, rule)[0] == pytest.approx(min(kept), abs=1e-12)
    if kept:
        assert found == pytest.approx(math.fsum(kept) / len(kept), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(ITEMS, st.integers(1, 8), st.sampled_from(RULES))
def test_the_order_of_the_database_gives_what_published_programs_print(items, k, rule):
    distances, relevant = zip(*items, strict=True)
    order = sorted(range(len(items)), key=lambda i: (distances[i], i))
    expected = one_order([relevant[i] for i in order], k, rule)
    query, database = codes_for(distances)
    labels = np.array(relevant, dtype=bool)[:, None]
    asked = {"bits": 4, "cutoffs": (k,), "ties": "index", "topk": rule}
    found = evaluate(query, database, np.array([[True]]), labels, **asked).scores[f"map@{k}"]
    assert math.isnan(found) if expected is None else found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("n", "r", "k"), [(4000, 300, 50), (4000, 3990, 50), (5000, 40, 900), (300, 1, 7)])
@pytest.mark.parametrize("rule", RULES)
def test_large_blocks_agree_with_sampled_orders(n, r, k, rule):
    """One block of ties after ten items that are not tied, three of them relevant: 1,500 orders drawn at random."""
    rng = np.random.default_rng(n + r + k)
    head, tail = [1, 0, 0, 1, 0, 0, 0, 1, 0, 0], np.arange(n) < r
    drawn = [one_order([*head, *rng.permutation(tail)], k, rule) for _ in range(1500)]
    counts = counts_of([*range(10), *([10] * n)], [*head, *tail], bits=10)
    found = average_precision(counts, "expected", k, rule)[0]
    assert abs(found - np.mean(drawn)) < 5 * np.std(drawn) / math.sqrt(len(drawn)) + 1e-12


def test_the_rules_differ_where_hits_are_few():
    """Relevant at ranks 1, 3 and 10 of 10, cut at 4."""
    ranking = [1, 0, 1, 0, 0, 0, 0, 0, 0, 1]
    counts = counts_of(range(10), ranking, bits=9)
    found = {rule: average_precision(counts, "expected", 4, rule)[0] for rule in RULES}
    expected = {
        "min-k-relevant": (1 + 2 / 3) / 3,
        "first-k-relevant": (1 + 2 / 3 + 3 / 10) / 3,
        "hits": (1 + 2 / 3) / 2,
        "nonzero-hits": (1 + 2 / 3) / 2,
    }
    assert found == pytest.approx(expected)


def three_queries():
    """One query with a hit at rank 1, one whose only relevant item is last of 4, one without any."""
    codes = pack(np.array([[-1, -1, -1], [1, 1, 1], [-1, -1, -1]], dtype=np.float32))
    database = pack(np.array([[-1, -1, -1], [1, -1, -1], [1, 1, -1], [1, 1, 1]], dtype=np.float32))
    query_labels, labels = np.eye(3, dtype=bool), np.zeros((4, 3), dtype=bool)
    labels[0, :2] = True
    return codes, database, query_labels, labels


@pytest.mark.parametrize(
    ("rule", "skipped", "zeroed"),
    [
        ("min-k-relevant", 1 / 2, 1 / 3),
        ("first-k-relevant", (1 + 1 / 4) / 2, (1 + 1 / 4) / 3),
        ("hits", 1 / 2, 1 / 3),
        ("nonzero-hits", 1, None),
    ],
)
@pytest.mark.parametrize("ties", ["expected", "index"])
def test_queries_without_hit_and_without_relevant_item(rule, skipped, zeroed, ties):
    for no_relevant, value in (("skip", skipped), ("zero", zeroed)):
        asked = {"bits": 3, "cutoffs": (2,), "ties": ties, "topk": rule, "no_relevant": no_relevant}
        if value is None:
            with pytest.raises(ValueError, match="leaves out queries that"):
                evaluate(*three_queries(), **asked)
            continue
        found = evaluate(*three_queries(), **asked)
        assert found.scores["map@2"] == pytest.approx(value)
        assert found.scores["map"] == pytest.approx((1 + 1 / 4) / (2 if no_relevant == "skip" else 3))
        assert found.queries_without_relevant == 1
        assert found.chance == pytest.approx(0.25 if no_relevant == "skip" else 0.5 / 3)


@pytest.mark.parametrize("rule", RULES)
def test_all_rules_agree_where_nothing_is_cut(rule):
    rng = np.random.default_rng(0)
    query, database = (pack(rng.standard_normal((n, 6)).astype(np.float32)) for n in (9, 40))
    labels = [rng.random((n, 3)) < 0.4 for n in (9, 40)]
    for ties in ("expected", "index"):
        found = evaluate(query, database, *labels, bits=6, cutoffs=(40, 99), ties=ties, topk=rule).scores
        assert found["map@40"] == found["map@99"] == pytest.approx(found["map"], abs=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_chance_is_what_equal_codes_score(rule):
    """All codes equal: a query with 2 of 5 relevant items and one with 1, cut at 2, over all orders."""
    query, database = np.zeros((2, 1), np.uint8), np.zeros((5, 1), np.uint8)
    labels = np.array([[1, 0], [1, 0], [0, 1], [0, 0], [0, 0]], dtype=bool)
    found = evaluate(query, database, np.eye(2, dtype=bool), labels, bits=8, cutoffs=(2,), topk=rule)
    sums = [[one_order(x, 2, rule) for x in itertools.permutations(column)] for column in labels.T.astype(int).tolist()]
    kept = [[value for value in values if value is not None] for values in sums]
    expected = sum(math.fsum(x) for x in kept) / sum(map(len, kept))
    assert found.chance_scores["map@2"] == pytest.approx(expected, abs=1e-6)
    assert found.scores == pytest.approx(found.chance_scores)
    assert found.chance == pytest.approx(0.3)


def test_a_bound_of_queries_that_may_be_left_out_is_refused():
    counts = counts_of([0, 0, 1], [1, 0, 0])
    for ties in ("optimistic", "pessimistic"):
        with pytest.raises(ValueError, match="depends on the order"):
            average_precision(counts, ties, 1, "nonzero-hits")
    with pytest.raises(ValueError, match="needs the order"):
        average_precision(counts, "index", 1, "hits")


def test_blocks_that_count_as_a_whole():
    """Two of four tied items are kept, two of the four are relevant: each hit has the precision 1/2 of the block's end."""
    counts = counts_of([0, 0, 0, 0, 1], [1, 1, 0, 0, 0])
    assert average_precision(counts, "block", 2, "min-k-relevant")[0] == pytest.approx(0.25)
    assert average_precision(counts, "block", 2, "hits")[0] == pytest.approx(0.5 * 5 / 6)  # no hit in 1 of 6 orders
    assert average_precision(counts, "block", 2, "nonzero-hits")[0] == pytest.approx(0.5)
    assert average_precision(counts, "block", 1, "first-k-relevant")[0] == pytest.approx(0.5)
