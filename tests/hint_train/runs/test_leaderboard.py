"""The leaderboard's command on a tiny set: every method has its row, measured cells are used again, labels are told apart."""

import json

import numpy as np
import pytest
from benchmarks.training import accuracy, figures, leaderboard
from benchmarks.training.figures import Figures, cell_key, measure_row

from hint_train import METHODS


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A set of 120 pairs where the real ones would lie, and no picture drawn."""
    rng = np.random.default_rng(0)
    classes = rng.integers(4, size=120)
    image, text = ((rng.standard_normal((4, d)) * 2)[classes] + rng.standard_normal((120, d)) for d in (6, 5))
    rows = {"query": np.arange(30), "retrieval": np.arange(30, 120), "train": np.arange(30, 120)}
    labels = np.eye(4, dtype=np.uint8)[classes]
    np.savez(tmp_path / "tiny.npz", image=image.astype(np.float32), text=text.astype(np.float32), labels=labels, **rows)
    monkeypatch.setattr(figures, "SHARED", tmp_path)
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
    figures.data_digest.cache_clear()
    yield "tiny"
    figures.data_digest.cache_clear()


def named(name):
    return next(row for row in leaderboard.rows("tiny") if row.name == name)


def test_every_method_has_a_row_and_a_list_of_what_its_figures_depend_on(tiny):
    rows = leaderboard.rows(tiny)
    assert {row.config.method for row in rows} == set(METHODS)
    assert len({row.name for row in rows}) == len(rows)
    keys = {cell_key(tiny, row.config, 16, 0) for row in rows}
    assert len(keys) == len(rows)
    assert accuracy.cell_key is cell_key


def test_cells_are_measured_once_and_rendered_with_what_was_seen(tiny, tmp_path):
    path = tmp_path / "leaderboard.jsonl"
    found = Figures(path)
    for name in ("CVH", "CMFH", "SRLCH"):
        measure_row(tiny, named(name), [(8, 0), (8, 1)], found)
    assert len(path.read_text().splitlines()) == 6
    again = Figures(path)
    measure_row(tiny, named("CVH"), [(8, 0)], again)
    assert len(path.read_text().splitlines()) == 6
    board = leaderboard.collect(tiny, (8,), again, quick=False)
    assert set(board) == {"CVH", "CMFH", "SRLCH"}
    text = leaderboard.report({tiny: board}, (8,), quick=False)
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in text.splitlines() if line.startswith("| ")}
    assert lines["SRLCH"].rstrip(" |").endswith("90, labels of 9")
    assert lines["CVH"].rstrip(" |").endswith("90")
    for name, row in board.items():
        by_min = np.mean([scores["map@50"] for line in row[8] for scores in line["scores"].values()])
        by_hits = np.mean([value for line in row[8] for value in line["map@50 by hits"].values()])
        assert f" {by_min:.3f} / {by_hits:.3f} " in lines[name]
        assert by_hits >= by_min
    assert "**" not in lines["SRLCH"]
    assert "**" in lines["CVH"] + lines["CMFH"]
    assert list(lines).index("SRLCH") > max(list(lines).index(x) for x in ("CVH", "CMFH"))


def test_figures_of_the_accuracy_table_are_taken_over_where_they_say_what_was_seen(tiny, tmp_path):
    other, mine = Figures(tmp_path / "accuracy.jsonl"), Figures(tmp_path / "leaderboard.jsonl")
    measure_row(tiny, named("CVH"), [(8, 0), (8, 1)], other)
    old = json.loads((tmp_path / "accuracy.jsonl").read_text().splitlines()[1])
    del old["sizes"]
    other.add(old)
    leaderboard.take_over(tiny, (8,), mine, other, quick=False)
    assert [json.loads(line)["seed"] for line in (tmp_path / "leaderboard.jsonl").read_text().splitlines()] == [0]
