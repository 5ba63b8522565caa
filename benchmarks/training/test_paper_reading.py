"""The nearest reading of the paper: the page is in step, sentences are the paper's, and the ladder is read by its rule."""

import re

import numpy as np
import pytest
from benchmarks.records import RESULTS, ROOT
from benchmarks.training import figures
from benchmarks.training import paper_reading as page
from benchmarks.training.accuracy_cells import VARIANTS

from hint_train import preset

PAPER = figures.SHARED.parent / "paper" / "hint-iclr2026.md"


def records():
    return figures.figures(RESULTS / "paper_reading.jsonl", page.COMMAND)


def test_the_page_is_in_step_with_the_figures():
    text = (RESULTS / "paper_reading.md").read_text(encoding="utf-8")
    assert text == page.report(records()), f"{page.COMMAND} --render"
    assert "results/paper_reading.md" in (ROOT / "docs" / "paper-reading.md").read_text(encoding="utf-8")


def test_bent_sentences_are_those_of_the_paper():
    if not PAPER.is_file():
        pytest.skip(f"no {PAPER.parent.name}/{PAPER.name} beside the folder of HINT_SHARED_DATA")
    printed = re.sub(r"\s+", " ", PAPER.read_text(encoding="utf-8"))
    for reading in page.readings():
        assert all(sentence in printed for sentence, _ in reading.bends), reading.name


def test_a_reading_sets_what_it_says_over_the_preset_and_those_of_the_one_it_starts_from():
    by_name = {reading.name: reading for reading in page.readings()}
    assert by_name["literal"].config("full") == preset("paper")
    config = by_name["confirmed edges, level 1"].config("v3")
    assert (config.loss.variant, config.loss.logit_scale, config.graph.k, config.proxy.level) == ("v3", "cosine", 20, 1)
    assert config.tree.algorithm == "auto"


@pytest.mark.parametrize(
    ("found", "holds"),
    [
        ((0.1, 0.2, 0.3, 0.4, 0.5), True),
        ((0.5, 0.497, 0.51, 0.507, 0.507), True),
        ((0.5, 0.51, 0.504, 0.52, 0.53), False),
        ((0.5, 0.5, 0.5, 0.5, 0.5), False),
        ((0.1, 0.2, 0.3, 0.4), False),
    ],
)
def test_a_ladder_holds_where_no_step_loses_more_than_the_tolerance(found, holds):
    ladder = dict(zip(VARIANTS, found, strict=False))
    assert page.holds(ladder) is holds
    assert list(page.steps(ladder)) == list(VARIANTS[1 : len(found)])


def test_held_out_pairs_are_training_pairs_and_no_query_of_the_set(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    arrays = {"image": np.arange(60.0)[:, None] * np.ones(3), "text": rng.normal(size=(60, 2))}
    labels = np.eye(3, dtype=np.uint8)[np.arange(60) % 3]
    split = {"query": np.arange(10), "retrieval": np.arange(10, 60), "train": np.arange(10, 60)}
    np.savez(tmp_path / "tiny.npz", labels=labels, **arrays, **split)
    monkeypatch.setattr(figures, "SHARED", tmp_path)
    with np.load(page.held_out("tiny", tmp_path)) as held:
        assert len(held["query"]) == 10
        assert sorted(held["image"][:, 0]) == list(range(10, 60))
        assert not set(held["query"]) & set(held["train"])
        assert np.array_equal(held["retrieval"], held["train"])
