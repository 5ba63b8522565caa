"""Ids are found where they lie: in a file, in a range, in memory, and after any change."""

import json
import time
from types import SimpleNamespace

import numpy as np
import pytest
from search_oracle import named, small

from hint_train.errors import DataError
from hint_train.search import idlines
from hint_train.search.index import Index

MIXED = ["x", "", "\ud800", "é", 1, -7, 2**70, 2.5, 1e300, None, ("a", 2), ("a", (2, None)), "1", "null"]


@pytest.fixture(params=["made", "loaded"])
def index(request, tmp_path):
    made = Index(small(len(MIXED)), MIXED, bits=20)
    if request.param == "made":
        return made
    made.save(tmp_path)
    return Index.load(tmp_path)


def rows_of(index, ids):
    hits = index.search(index.codes[:1], k=None, radius=20, within=ids)
    return sorted(hits.rows[0].tolist())


def test_each_is_found_at_its_row(index):
    for row, name in enumerate(MIXED):
        assert rows_of(index, [name]) == [row]
    assert list(index.ids) == MIXED
    assert index.ids[2:5] == MIXED[2:5]
    assert index.ids[-1] == "null"


def test_what_python_counts_as_equal_is_the_same_id(index):
    assert rows_of(index, [1.0, True, -7.0, 2.0**70, ("a", 2.0)]) == [4, 5, 6, 10]
    for there in (True, 1.0, 1e300, ("a", 2.0)):
        with pytest.raises(DataError, match="ids must differ"):
            index.add(small(1), [there])


@pytest.mark.parametrize("name", ["y", 0, 7.5, ("a",), frozenset({1}), b"x", False, float("inf"), 1 + 2j])
def test_one_that_is_not_there_is_said(index, name):
    with pytest.raises(DataError, match="there is no item with the id"):
        index.search(index.codes[:1], within=[name])


def test_a_number_too_long_for_a_file_is_not_there(index):
    with pytest.raises(DataError, match="there is no item with the id a number"):
        index.search(index.codes[:1], within=[type("Long", (int,), {"__repr__": lambda _: "a number"})(10**5000)])


def test_numbers_of_rows_are_found_as_other_ids_are():
    index = Index(small(9), bits=20)
    assert rows_of(index, [8, 2.0, True]) == [1, 2, 8]
    for name in (9, -1, 2.5, "2", None):
        with pytest.raises(DataError, match="no item with the id"):
            index.search(index.codes[:1], within=[name])
    with pytest.raises(DataError, match="8 is that of rows 8 and 9"):
        index.add(small(1), [8])


@pytest.mark.parametrize("start", ["numbers", "made", "loaded"])
def test_any_changes_in_any_order(tmp_path, start):
    """Against a plain list."""
    random = np.random.default_rng(4)
    names = [*range(60)] if start == "numbers" else named(60)
    index = Index(small(60), None if start == "numbers" else names, bits=20)
    if start == "loaded":
        index.save(tmp_path)
        index = Index.load(tmp_path)
    held, codes = [*zip(names, small(60).tolist(), strict=True)], small(200, seed=5)
    for step in range(40):
        new = [(f"new {step} {i}", codes[4 * step + i].tolist()) for i in range(random.integers(1, 4))]
        index.add(np.array([code for _, code in new], np.uint8), [name for name, _ in new])
        held += new
        gone = {held[i][0] for i in random.choice(len(held), random.integers(0, 4), replace=False)}
        index.remove(gone)
        held = [pair for pair in held if pair[0] not in gone]
        for name in gone:
            with pytest.raises(DataError, match="no item"):
                index.remove([name])
    assert list(index.ids) == [name for name, _ in held]
    assert index.codes.tolist() == [code for _, code in held]
    assert all(rows_of(index, [name]) == [row] for row, (name, _) in enumerate(held))
    index.save(tmp_path / "again")
    assert list(Index.load(tmp_path / "again").ids) == [name for name, _ in held]


def test_ids_of_one_key_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(idlines, "_digest", lambda _: b"7654321\0")
    Index(small(5), [*"abcde"], bits=20).save(tmp_path)
    index = Index.load(tmp_path)
    assert [rows_of(index, [name]) for name in "abcde"] == [[0], [1], [2], [3], [4]]
    with pytest.raises(DataError, match="no item with the id 'f'"):
        index.remove("f" for _ in range(1))


def test_nothing_is_added_where_one_is_refused(index):
    for ids in (["new", "newer", "x"], ["new", "newer", "new"], ["new", "newer", []], ["new", "newer", float("nan")]):
        with pytest.raises(DataError):
            index.add(small(3), ids)
        assert list(index.ids) == MIXED
        assert len(index.codes) == len(MIXED)
    index.add(small(3), ["new", "newer", "newest"])
    assert rows_of(index, ["newest"]) == [len(MIXED) + 2]


def test_few_lines_are_read_to_find_one_and_none_to_add_or_remove(tmp_path, monkeypatch):
    Index(small(5000), [f"item {i}" for i in range(5000)], bits=20).save(tmp_path)
    index, read = Index.load(tmp_path), []

    def loads(line):
        read.append(line)
        return json.loads(line)

    monkeypatch.setattr(idlines, "json", SimpleNamespace(loads=loads, dumps=json.dumps))
    index.search(index.codes[:1], 1, within=["item 4321"])
    assert len(read) == 2  # to find it, and to name the hit
    index.add(small(1), ["new"])
    index.remove(["item 7"])
    assert len(read) == 3


def test_one_is_added_in_the_same_time_to_many_as_to_few():
    seconds = []
    for n in (1000, 300_000):
        index = Index(small(n), [str(i) for i in range(n)], bits=20)
        index.add(small(1), ["first"])  # makes room
        begun = time.process_time()
        for i in range(200):
            index.add(small(1), [("new", i)])
        seconds.append(time.process_time() - begun)
    assert seconds[1] < 20 * seconds[0] + 0.1
