import faiss
import numpy as np
import pytest
import torch
from search_oracle import padded, ranked, small

from hint_train.errors import ConfigError, DataError
from hint_train.search.index import Index


@pytest.fixture(params=["flat", "ivf", "hnsw", "few ivf", "few hnsw"])
def kind(request, monkeypatch):
    """A kind of index; an approximate one with its structure, and as it is where there are few distinct codes."""
    name = request.param
    if not name.startswith("few"):
        monkeypatch.setattr("hint_train.search.approximate.FEW", 63)
    return name.removeprefix("few ")


def test_rows_have_their_codes_and_ids():
    codes = small(6, 16)
    index = Index(codes, ["a", "b", "c", "d", "e", 6], bits=16)
    assert index.ids[5] == 6
    index.remove(["b"])
    assert list(index.ids) == ["a", "c", "d", "e", 6]
    np.testing.assert_array_equal(index.codes, codes[[0, 2, 3, 4, 5]])
    assert list(Index(codes, bits=16).ids) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("bits", [5, 8, 16, 24, 36, 64, 128, 200])
def test_nearest_first_and_of_equal_distances_the_earlier(bits):
    codes, queries = small(150, bits), small(7, bits, 1)
    codes[75:] = codes[:75]  # so that there are ties at any length
    hits = Index(codes, bits=bits).search(queries, 40)
    for i, query in enumerate(queries):
        distances, rows = padded(ranked(codes, query, bits), 40)
        assert hits.distances[i].tolist() == distances
        assert hits.rows[i].tolist() == rows
        assert hits.ids[i] == rows
    assert (hits.rows.dtype, hits.distances.dtype, hits.scores) == (np.int64, np.int32, None)


def test_any_number_of_threads_gives_the_same_answers(kind):
    codes, queries = small(70_000 if kind == "flat" else 3000, 16), small(60, 16, 1)
    found = []
    before = faiss.omp_get_max_threads()
    try:
        for threads in (1, 2, 5):
            faiss.omp_set_num_threads(threads)
            hits = Index(codes, bits=16, kind=kind).search(queries, 300)
            found.append((hits.rows.tobytes(), hits.distances.tobytes()))
    finally:
        faiss.omp_set_num_threads(before)
    assert len(set(found)) == 1
    if kind == "flat":
        distances = np.bitwise_count(codes[None] ^ queries[:, None]).sum(axis=2)
        assert (hits.rows == np.argsort(distances, axis=1, kind="stable")[:, :300]).all()


def test_one_query_alone_gets_the_answer_that_it_gets_among_others():
    codes, queries = small(3000, 16), small(50, 16, 1)
    index = Index(codes, bits=16)
    together = index.search(queries, 20)
    assert all((index.search(queries[i : i + 1], 20).rows[0] == together.rows[i]).all() for i in range(50))


def test_missing_neighbours_are_minus_one_of_every_kind(kind):
    index = Index(small(4, 16), ["a", "b", "c", "d"], bits=16, kind=kind)
    hits = index.search(small(3, 16, 1), 6)
    assert hits.rows.shape == hits.distances.shape == (3, 6)
    assert (hits.rows[:, 4:] == -1).all()
    assert (hits.distances[:, 4:] == -1).all()
    assert [sorted(ids) for ids in hits.ids] == [["a", "b", "c", "d"]] * 3


def test_an_empty_index_and_no_queries(kind):
    index = Index(np.empty((0, 2), np.uint8), bits=16, kind=kind)
    assert index.search(small(2, 16), 3).ids == [[], []]
    assert index.search(small(2, 16), None, radius=16).rows.shape == (2, 0)
    full = Index(small(9, 16), bits=16, kind=kind)
    assert full.search(np.empty((0, 2), np.uint8), 3).rows.shape == (0, 3)


@pytest.mark.parametrize("radius", [0, 1, 4, 16, 99])
def test_within_a_radius_that_is_included(kind, radius):
    codes, queries = small(300, 16), small(5, 16, 1)
    queries[0] = codes[17]
    index = Index(codes, bits=16, kind=kind)
    every, some = index.search(queries, None, radius=radius), index.search(queries, 8, radius=radius)
    right = [ranked(codes, query, 16, radius=radius) for query in queries]
    width = max(map(len, right))
    assert every.rows.shape == (5, width)
    for i, pairs in enumerate(right):
        assert (every.distances[i].tolist(), every.rows[i].tolist()) == padded(pairs, width)
        if kind == "flat":
            assert (some.distances[i].tolist(), some.rows[i].tolist()) == padded(pairs, 8)
    assert (some.distances <= radius).all()


@pytest.mark.parametrize("rows", [[], [3], [250, 4, 9, 9], [*range(0, 300, 2)]])
def test_only_some_items_count(kind, rows):
    codes, queries = small(300, 16), small(5, 16, 1)
    hits = Index(codes, [f"item {i}" for i in range(300)], bits=16, kind=kind).search(
        queries, 6, within=[f"item {row}" for row in rows]
    )
    for i, query in enumerate(queries):
        distances, found = padded(ranked(codes, query, 16, set(rows)), 6)
        assert hits.distances[i].tolist() == distances
        assert hits.rows[i].tolist() == found
        assert hits.ids[i] == [f"item {row}" for row in found if row >= 0]


@pytest.mark.parametrize("kind", ["ivf", "hnsw"])
@pytest.mark.parametrize("bits", [8, 16])
def test_codes_that_collide_are_not_lost(kind, bits):
    """A graph over items links equal codes to each other alone; with 1,000 items on each of a few codes it loses most of them."""
    few = small(12, bits)
    codes = few[np.random.default_rng(3).integers(12, size=6000)]
    queries = np.concatenate([few, small(20, bits, 5)])
    exact = Index(codes, bits=bits).search(queries, 900)
    found = Index(codes, bits=bits, kind=kind).search(queries, 900)
    assert (found.distances == exact.distances).all()
    assert (found.rows == exact.rows).all()


def test_a_graph_loses_no_item_of_a_code_that_it_finds(monkeypatch):
    monkeypatch.setattr("hint_train.search.approximate.FEW", 63)
    few = np.unique(small(100, 16), axis=0)
    codes = few[np.random.default_rng(3).integers(len(few), size=6000)]
    exact, found = (Index(codes, bits=16, kind=kind).search(few, 6000) for kind in ("flat", "hnsw"))
    assert (found.rows == exact.rows).all()


def test_what_an_approximate_index_finds_is_in_the_stated_order(kind):
    codes, queries = small(3000, 16), small(20, 16, 1)
    hits = Index(codes, bits=16, kind=kind).search(queries, 64)
    for i, query in enumerate(queries):
        pairs = [*zip(hits.distances[i].tolist(), hits.rows[i].tolist(), strict=True)]
        there = [pair for pair in pairs if pair[1] >= 0]
        assert there == sorted(set(there))
        right = {row: d for d, row in ranked(codes, query, 16)}
        assert all(right[row] == d for d, row in there)


def test_adding_and_removing_keep_the_order(kind):
    codes = small(60, 8)
    index = Index(codes[:20], [*range(20)], bits=8, kind=kind)
    kept = [*range(20)]
    for i in range(20, 60):
        index.add(codes[i : i + 1], [i])
        kept.append(i)
        if i % 7 == 0:
            index.remove([kept[3], kept[0]])
            kept = [kept[1], kept[2], *kept[4:]]
    index.add(codes[[0]], [0])  # what was removed comes last when it comes back
    kept.append(0)
    assert len(index) == len(kept)
    assert (index.codes == codes[kept]).all()
    hits = index.search(codes, 15)
    for i, query in enumerate(codes if kind != "ivf" else ()):
        distances, rows = padded(ranked(codes[kept], query, 8), 15)
        assert hits.distances[i].tolist() == distances
        assert hits.ids[i] == [kept[row] for row in rows]


def test_what_is_refused_changes_nothing():
    index = Index(small(3, 16), ["a", "b", "c"], bits=16)
    for change, words in [
        (lambda: index.add(small(2, 16), ["d", "a"]), "'a' is that of rows 0 and 4"),
        (lambda: index.add(small(2, 16), ["d"]), "2 codes and 1 ids"),
        (lambda: index.add(small(2, 24), ["d", "e"]), "shape \\(n, 2\\), got uint8 \\(2, 3\\)"),
        (lambda: index.remove(["a", "z"]), "no item with the id 'z'"),
    ]:
        with pytest.raises(DataError, match=words):
            change()
        assert index.search(index.codes[:1], 3).ids[0][0] == "a"
        assert len(index) == 3


def test_the_caller_s_codes_are_not_written_to():
    codes = small(10, 16)
    before = codes.copy()
    index = Index(codes[:5], bits=16)
    index.add(codes[5:], range(5, 10))
    index.remove([0])
    index.add(codes[:1], ["new"])
    assert (codes == before).all()


@pytest.mark.parametrize(
    "ids",
    [["x", 1, None, ("a", 2), 2.5, frozenset({1})], np.arange(6), torch.arange(6).numpy(), np.array([*"abcdef"])],
    ids=["mixed", "integers", "tensor", "texts"],
)
def test_ids_of_any_hashable(ids):
    codes = small(6, 64)
    hits = Index(codes, ids, bits=64).search(codes, 1)
    assert [found for (found,) in hits.ids] == list(ids)
    assert all(type(found) is not np.int64 for (found,) in hits.ids)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda c: Index(c, [1, 1, 2], bits=16), "ids must differ: 1 is that of rows 0 and 1"),
        (lambda c: Index(c, [1, [2], 3], bits=16), "must be hashable; number 1"),
        (lambda c: Index(c, [1, float("nan"), 3], bits=16), "found again by comparison; number 1"),
        (lambda c: Index(c, "abc", bits=16), "collection with one id for each"),
        (lambda c: Index(c, [1, 2], bits=16), "3 codes and 2 ids"),
        (lambda c: Index(c.astype(int), bits=16), "uint8 array of shape"),
        (lambda c: Index(c[0], bits=16), "uint8 array of shape"),
        (lambda c: Index(c.tolist(), bits=16), "got list"),
        (lambda c: Index(c | 255, bits=12), "0 in the 4 unused bits"),
        (lambda c: Index(c, bits=16).search(c | 0, 2, within=[0, 7]), "no item with the id 7"),
        (
            lambda c: Index(c, bits=16).search(c, 2, rescore=3, outputs=np.ones((2, 16))),
            "a row of 16 numbers for each of 3",
        ),
        (lambda c: Index(c, bits=16).search(c, 2, rescore=3, outputs=np.full((3, 16), np.nan)), "must be finite"),
        (lambda c: Index(c, bits=16).search(c, 2, rescore=3, outputs="no"), "must be numbers"),
    ],
)
def test_what_cannot_be_searched_is_said(make, words):
    with pytest.raises(DataError, match=words):
        make(small(3, 16))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"k": 0}, "k must be a whole number of at least 1, got 0"),
        ({"k": 2.5}, "got 2.5"),
        ({"k": True}, "got True"),
        ({"k": None}, "None only with a radius"),
        ({"radius": -1}, "radius must be"),
        ({"rescore": 5}, "go together"),
        ({"rescore": 5, "k": 6, "outputs": np.ones((3, 16))}, "rescore must be a whole number of at least 6"),
    ],
)
def test_options_that_cannot_be(options, words):
    codes = small(3, 16)
    with pytest.raises(ConfigError, match=words):
        Index(codes, bits=16).search(codes, **options)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ConfigError, match="expected one of flat, ivf, hnsw"):
        Index(small(3, 16), bits=16, kind="tree")
