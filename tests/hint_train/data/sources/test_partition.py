"""Splits of one's own pairs."""

import hashlib

import numpy as np
import pytest

from hint_train.data.sources.partition import by_name, by_rule, order
from hint_train.errors import DataError

IDS = [f"{i}.png" for i in range(50)]


def digest(name):
    return hashlib.sha256(f"hint-split-1:pairs:{name}".encode()).hexdigest()


def test_the_order_is_that_of_the_digests():
    rows, groups = order(IDS, [name.encode() for name in IDS])
    assert [IDS[row] for row in rows] == sorted(IDS, key=digest)
    assert groups.tolist() == list(range(50))


def test_a_new_pair_moves_no_other():
    few = [IDS[row] for row in order(IDS[:40], [name.encode() for name in IDS[:40]])[0]]
    many = [IDS[row] for row in order(IDS, [name.encode() for name in IDS])[0]]
    assert [name for name in many if name in few] == few


def test_equal_pictures_stand_together_and_stay_on_one_side():
    same = [bytes([i % 12]) for i in range(50)]
    rows, groups = order(IDS, same)
    kinds = [same[row] for row in rows]
    assert [kinds.index(kind) for kind in kinds] == groups.tolist()
    for wanted in range(1, 47):
        split = by_rule(groups, wanted, None)
        assert not set(groups[split.query]) & set(groups[split.retrieval])
        assert len(split.query) <= max(wanted, 5)


def test_sizes():
    groups = np.arange(50)
    split = by_rule(groups, None, None)
    assert (len(split.query), len(split.retrieval), len(split.train)) == (5, 45, 45)
    split = by_rule(groups, 20, 7)
    assert (split.query.tolist(), split.train.tolist()) == (list(range(30, 50)), list(range(7)))
    assert len(by_rule(np.arange(90_000), None, None).query) == 5000
    for queries, train in ((0, None), (49, None), (60, None), (5, 1), (5, 46)):
        with pytest.raises(DataError, match="50 pairs are fit; expected at least one query, and 2 training pairs"):
            by_rule(groups, queries, train)


def test_parts_that_the_files_name():
    split = by_name(["Train", "test", "val", "train", "restval"], [""] * 5)
    assert (split.query.tolist(), split.retrieval.tolist(), split.train.tolist()) == ([1], [0, 2, 3, 4], [0, 3])
    split = by_name(["train", "validation", "train"], [""] * 3)
    assert (split.query.tolist(), split.train.tolist()) == ([1], [0, 2])
    with pytest.raises(DataError, match="line 2: split is 'fold1'; expected one of train, .* or --queries to draw one"):
        by_name(["train", "fold1"], ["line 1", "line 2"])
    with pytest.raises(DataError, match="line 2: split is None"):
        by_name(["train", None], ["line 1", "line 2"])
    with pytest.raises(DataError, match="split makes 0 queries and 2 training pairs"):
        by_name(["train", "train"], [""] * 2)
