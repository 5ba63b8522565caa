"""The example of docs/methods.md, as it stands there: it trains for an epoch and encodes."""

import re
from pathlib import Path

import numpy as np
import pytest

from hint_train import METHODS, load

PAGE = Path(__file__).parents[3] / "docs" / "methods.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def example(tmp_path, monkeypatch):
    """Names of the page after its code ran in an empty folder."""
    monkeypatch.chdir(tmp_path)
    # Drawing takes longer than the run.
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
    before = dict(METHODS)
    names = {"__name__": "example"}
    for block in BLOCKS:
        exec(compile(block, str(PAGE), "exec"), names)
    yield names
    METHODS.clear()
    METHODS.update(before)


def test_the_example_trains_and_stays_short(example, tmp_path):
    assert len(BLOCKS) == 2
    assert len([line for block in BLOCKS for line in block.splitlines() if line.strip()]) <= 32
    result = example["result"]
    assert result.method == "twins"
    assert all(scores["map"] > result.chance for scores in result.bits["16"].values())
    saved = load(tmp_path / "runs" / "twins")
    rows = np.zeros((2, result.sizes["text_features"]), np.float32)
    assert saved.encode(rows, modality="text").shape == (2, 2)
