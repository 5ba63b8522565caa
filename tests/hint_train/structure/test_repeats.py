"""Rows that repeat have their own copies for neighbours, and the run says so."""

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch

from hint_train.config.sections import GraphConfig, SearchConfig
from hint_train.data.pairs import TrainingPairs
from hint_train.methods.config import Config
from hint_train.methods.hint.structure import prepare

CPU = torch.device("cpu")


def pairs(copies, n=30):
    """`n` pairs, of which the first `copies` have one picture; their texts differ."""
    rng = np.random.default_rng(0)
    image, text = (rng.standard_normal((n, 6)).astype(np.float32) for _ in range(2))
    image[:copies] = image[0]
    return TrainingPairs(image, text)


def config(similarity="cosine", search="exact"):
    graph = GraphConfig(k=5, agreement_k=9, similarity=similarity)
    return replace(Config(), graph=graph, search=SearchConfig(search=search))


@pytest.mark.parametrize(
    ("similarity", "search", "n"),
    [
        ("cosine", "exact", 30),
        ("l2", "exact", 30),
        ("l1", "exact", 30),
        ("cosine", "approximate", 1100),
    ],
)
def test_six_captions_of_a_picture_are_more_than_five_neighbours(similarity, search, n, caplog):
    with caplog.at_level(logging.WARNING):
        structure = prepare(pairs(6, n), config(similarity, search), CPU)
    assert structure.notes()[0] == (
        f"image: 6 of {n:,} training rows repeat more often than they have neighbours: all 5 nearest are copies, and in this modality "
        "nothing else joins them; raise --k above the repeats, or let each row be another picture or text"
    )
    assert structure.notes()[0] in caplog.text


def test_five_captions_leave_a_neighbour(caplog):
    with caplog.at_level(logging.WARNING):
        assert prepare(pairs(5), config(), CPU).notes() == ()
    assert not caplog.records
