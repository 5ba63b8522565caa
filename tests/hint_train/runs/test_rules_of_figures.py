"""The rules behind the figures, from the options to the result: what a run measures by, says, and refuses."""

import json

import numpy as np
import pytest

from hint_train import Config, run
from hint_train.config.sections import EvaluationConfig
from hint_train.errors import ConfigError
from hint_train.methods.check import check
from hint_train.report.figures_table import figures_table


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    """80 pairs in three classes; the first five queries have no label, two texts are all zero."""
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
    rng = np.random.default_rng(0)
    classes = np.arange(80) % 3
    image, text = (rng.standard_normal((3, d))[classes] * 2 + rng.standard_normal((80, d)) for d in (6, 5))
    text[70:72] = 0
    labels = np.eye(3, dtype=bool)[classes]
    labels[:5] = False
    path = tmp_path / "pairs.npz"
    np.savez(path, image=image, text=text, labels=labels, query=np.arange(20), retrieval=np.arange(20, 80))
    return str(path)


def measured(dataset, folder, **evaluation):
    config = Config(
        dataset=dataset, method="cvh", bits=(4,), evaluation=EvaluationConfig(cutoffs=(5, 90), **evaluation)
    )
    return run(config, folder)


def test_a_run_measures_by_the_rules_it_is_given_and_names_them(dataset, tmp_path):
    found = {}
    for topk in ("min-k-relevant", "first-k-relevant", "hits", "nonzero-hits"):
        result = measured(dataset, tmp_path / topk, topk_rule=topk)
        written = json.loads((tmp_path / topk / "result.json").read_text())
        assert (written["topk_rule"], written["no_relevant"], result.topk_rule) == (topk, "skip", topk)
        assert set(written["chance_scores"]) == {"map", "map@5", "map@90"}
        assert f"map@k: {topk}" in figures_table(result).splitlines()[0]
        found[topk] = result.bits["4"]["image_to_text"]
    assert len({scores["map@5"] for scores in found.values()}) >= 3
    assert len({scores["map"] for scores in found.values()}) == 1
    assert found["hits"]["map@5"] <= found["nonzero-hits"]["map@5"]


def test_queries_without_a_relevant_item_are_skipped_or_zero(dataset, tmp_path):
    skip, zero = (measured(dataset, tmp_path / rule, no_relevant=rule) for rule in ("skip", "zero"))
    for direction in ("image_to_text", "text_to_image"):
        for name, value in skip.bits["4"][direction].items():
            assert zero.bits["4"][direction][name] == pytest.approx(value * 15 / 20)
    assert zero.queries_without_relevant == skip.queries_without_relevant == 5
    assert "15 of 20 queries have a relevant item; the others count as 0" in figures_table(zero)


def test_a_run_says_how_many_texts_are_zero(dataset, tmp_path):
    assert "2 of 80 texts are all zero" in measured(dataset, tmp_path / "out").notes


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ties": "optimistic"}, "--topk-rule nonzero-hits has no bound --ties optimistic"),
        ({"ties": "pessimistic"}, "--topk-rule nonzero-hits has no bound --ties pessimistic"),
        ({"no_relevant": "zero"}, "--topk-rule nonzero-hits leaves out queries that --no-relevant zero counts"),
    ],
)
def test_rules_that_contradict_each_other_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        check(Config(evaluation=EvaluationConfig(topk_rule="nonzero-hits", **options)))
    check(Config(evaluation=EvaluationConfig(topk_rule="hits", **options)))
