"""Killed at awkward moments and resumed: `benchmarks/kill_resume.py` does it at 20 random ones."""

import kill_resume
import numpy as np
import pytest


@pytest.mark.slow
def test_killed_in_preparation_and_in_a_checkpoint_ends_the_same(tmp_path):
    rng = np.random.default_rng(0)
    centre = rng.integers(6, size=300)
    image, text = (rng.standard_normal((6, d))[centre] * 2 + rng.standard_normal((300, d)) for d in (16, 12))
    labels = np.eye(6, dtype=np.uint8)[centre]
    path = tmp_path / "small.npz"
    np.savez(path, image=image, text=text, labels=labels, query=np.arange(50), retrieval=np.arange(50, 300))
    kinds = [kill_resume.in_preparation, kill_resume.in_checkpoint]
    rows = kill_resume.kill_and_resume(str(path), kill_resume.OPTIONS, kinds, 0, tmp_path)
    assert [row["differing"] for row in rows] == [[], []]
    assert rows[1]["where"][0].startswith("writing a checkpoint")
