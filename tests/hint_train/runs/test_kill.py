"""Killed at awkward moments and resumed: `benchmarks/training/kill_resume.py` does it at 20 random ones."""

import random
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.training import kill_resume

from hint_train.methods.entries import METHODS
from hint_train.methods.presets import preset
from hint_train.runs.training_run import run


def pairs_file(path, n):
    """Six kinds of pairs, a sixth of them queries."""
    rng = np.random.default_rng(0)
    centre = rng.integers(6, size=n)
    image, text = (rng.standard_normal((6, d))[centre] * 2 + rng.standard_normal((n, d)) for d in (16, 12))
    labels = np.eye(6, dtype=np.uint8)[centre]
    np.savez(path, image=image, text=text, labels=labels, query=np.arange(n // 6), retrieval=np.arange(n // 6, n))
    return str(path)


@pytest.mark.slow
def test_killed_in_preparation_and_in_a_checkpoint_ends_the_same(tmp_path):
    path = pairs_file(tmp_path / "small.npz", 300)
    kinds = [kill_resume.in_preparation, kill_resume.in_checkpoint]
    rows = kill_resume.kill_and_resume(path, kill_resume.OPTIONS, kinds, 0, tmp_path)
    assert [row["differing"] for row in rows] == [[], []]
    assert rows[1]["where"][0].startswith("writing a checkpoint")


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, entry in METHODS.items() if entry.trains])
def test_every_method_that_trains_survives_a_kill(tmp_path, monkeypatch, name):
    """A process of its own is killed; the others run here, which spares seconds of imports."""
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
    path, folder = pairs_file(tmp_path / "tiny.npz", 150), tmp_path / "killed"
    chosen = ("--method", name, "--bits", 8, "--epochs", 8, "--batch", 32, "--hidden", 64, "--checkpoint-seconds", 0)
    kill = kill_resume.after_checkpoint(random.Random(0), 0)
    found = kill_resume.killed(["--dataset", path, *chosen, "--out", folder], folder, kill)
    assert found is not None, "the run ended, or failed, before it had a checkpoint to be killed after"
    assert found[1].endswith("epochs logged")

    base = preset("default", name)
    config = replace(
        base,
        dataset=path,
        bits=(8,),
        checkpoint_seconds=0.0,
        network=replace(base.network, hidden=64),
        optimiser=replace(base.optimiser, epochs=8, batch=32),
    )
    run(config, folder, resume=True)
    run(config, tmp_path / "whole")
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    assert len(lines) == 8
    assert kill_resume.fingerprint(folder) == kill_resume.fingerprint(tmp_path / "whole")
