"""The page of mismatched pairs: in step with its figures, which are those of a perfect and of a blind judge where it is one."""

import numpy as np
import pytest
from benchmarks.records import RESULTS, ROOT, Records
from benchmarks.training import mismatch as page
from benchmarks.training.accuracy_cells import SETS

from hint_train.data.pairs import TrainingPairs


def test_the_page_is_in_step_with_the_figures():
    text = page.report(Records(RESULTS / "mismatch.jsonl", page.COMMAND), list(SETS), quick=False)
    assert (RESULTS / "mismatch.md").read_text(encoding="utf-8") == text, f"{page.COMMAND} --render"
    assert "results/mismatch.md" in (ROOT / "docs" / "results-studies.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("judge", "area", "recall"), [("perfect", 1.0, 1.0), ("blind", 0.5, 0.0)])
def test_figures_of_a_perfect_and_of_a_blind_judge(judge, area, recall, monkeypatch):
    given = TrainingPairs(*(np.random.default_rng(0).standard_normal((200, 4)).astype(np.float32) for _ in range(2)))

    class Found:
        mismatched: np.ndarray

    def prepare(pairs, _config, _device):
        found = Found()
        found.mismatched = ((pairs.text != given.text).any(axis=1) if judge == "perfect" else np.zeros(200)) * 0.9
        return found

    monkeypatch.setattr(page, "prepare", prepare)
    monkeypatch.setattr(page, "load_dataset", lambda _: type("Data", (), {"training_pairs": lambda _self: given})())
    value = page.measured("any", 0.1, 0)
    assert (value["area"], value["recall"]) == (area, recall)
    assert value["doubted"] == pytest.approx(0.1 * recall)
