"""Rankings by real numbers: figures against scikit-learn's, the table below the ranking, and lines that another default does not take."""

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.records import RESULTS
from benchmarks.training import ceilings, figures, leaderboard
from benchmarks.training.accuracy_cells import SETS

from hint_train import preset
from hint_train.data.pairs import PairedData


@pytest.fixture
def tiny(monkeypatch):
    rng = np.random.default_rng(0)
    labels = np.eye(3, dtype=np.uint8)[rng.integers(0, 3, 60)]
    image, text = (labels @ rng.normal(size=(3, w)) + rng.normal(size=(60, w)) for w in (8, 5))
    data = PairedData(
        name="tiny",
        image=image.astype(np.float32),
        text=text.astype(np.float32),
        labels=labels.astype(bool),
        query=np.arange(20),
        retrieval=np.arange(20, 60),
        train=np.arange(20, 60),
    )
    monkeypatch.setattr(ceilings, "data_of", lambda _: data)
    return data


def test_one_modality_alone_is_ranked_by_the_cosine_of_centred_features(tiny):
    metrics = pytest.importorskip("sklearn.metrics")
    found = ceilings.alone("tiny")
    assert found["numbers"] == "8 / 5"
    for direction, x in zip(ceilings.DIRECTIONS, (tiny.image, tiny.text), strict=True):
        x = x - x[tiny.train].mean(axis=0)
        x = x / np.linalg.norm(x, axis=1, keepdims=True)
        relevant = tiny.labels[tiny.query].astype(int) @ tiny.labels[tiny.retrieval].T.astype(int) > 0
        each = map(metrics.average_precision_score, relevant, x[tiny.query] @ x[tiny.retrieval].T)
        assert found[direction] == pytest.approx(np.mean(list(each)), abs=1e-6)


def test_a_line_is_of_the_options_that_it_was_made_with():
    config = preset("default")
    names = {ceilings.line_name("s", c, 64, 0) for c in (config, replace(config, noise=0.1))}
    assert len(names) == 2
    assert ceilings.line_name("s", replace(config, seed=3, bits=(8,)), 64, 0) in names


def test_every_set_has_its_ceilings_below_the_ranking():
    records = ceilings.figures(RESULTS / "ceilings.jsonl")
    codes = figures.figures(RESULTS / "leaderboard.jsonl", leaderboard.COMMAND)
    page = (RESULTS / "leaderboard.md").read_text(encoding="utf-8")
    for name in SETS:
        hint = leaderboard.collect(name, leaderboard.BITS, codes, quick=False)["HINT"]
        lines = ceilings.text(name, leaderboard.BITS, records, hint).splitlines()[2:]
        rows = [line.split(" | ")[0].removeprefix("| ") for line in lines]
        assert rows[-2:] == ["canonical components (CCA)", f"{ceilings.ALONE}, I→I / T→T"], name
        assert rows[:-2] == ["HINT's codes", ceilings.OURS] * len(leaderboard.BITS)
        assert all(line in page for line in lines), f"{leaderboard.COMMAND} --render"
