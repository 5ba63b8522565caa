"""Queries that the database holds by value are counted."""

import logging

import numpy as np
import pytest

from hint_train.data import load_dataset
from hint_train.data.repeated import digests, repeated


def write(path, image, text, **more):
    np.savez(path, image=image, text=text, query=np.arange(10), retrieval=np.arange(10, 40), **more)
    return str(path)


def test_an_npz_set_says_what_was_read_and_how_many_queries_its_database_holds(tmp_path, caplog):
    rng = np.random.default_rng(0)
    image, text = rng.standard_normal((40, 5)), rng.standard_normal((40, 4))
    read = f"read npz: clean.npz in {tmp_path}"
    assert load_dataset(write(tmp_path / "clean.npz", image, text), None).notes == (read,)
    image[[30, 31, 32]], text[[30, 31, 32]] = image[[4, 7, 9]], text[[4, 7, 9]]
    text[32] += 1  # half of a pair is no pair
    with caplog.at_level(logging.WARNING):
        notes = load_dataset(write(tmp_path / "leaks.npz", image, text), None).notes
    said = "2 of 10 queries are in the database part as well, the first is row 4, by value"
    assert notes[1:] == (said,)
    assert f"leaks: {said}" in caplog.text


@pytest.mark.parametrize("rows", [None, np.array([2, 0])])
def test_digests_are_those_of_pairs(rows):
    image, text = np.eye(3, dtype=np.float32), np.ones((3, 2), np.float32)
    found = list(digests(image, text, rows))
    assert len(set(found)) == len(found) == (3 if rows is None else 2)
    assert repeated(found, digests(image, text)) == list(range(len(found)))
    assert repeated(found, digests(image, text + 1)) == []
