"""Whether a tree's upper levels hold broad classes and lower ones fine classes: on the set whose labels have three levels themselves."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.training.figures import where

import hint_se
import hint_train
from hint_train.data import load_dataset
from hint_train.retrieval.hamming import CPU

NESTED = "fashion20k"
CLASSES = ("labels_master", "labels", "labels_article")
"""Fields of its file, from broad to fine."""
_MOST = 24
"""Levels that are looked at: all of them, or as many evenly spaced ones."""


def granularity(config: hint_train.Config) -> dict[str, Any]:
    """Adjusted mutual information of the images' communities with each kind of class, by level of the tree from the root down."""
    from sklearn.metrics import adjusted_mutual_info_score  # a library that the page itself does without

    pairs = load_dataset(where(NESTED)).training_pairs()
    with tempfile.TemporaryDirectory() as folder:
        hint_train.METHODS["hint"].prepare(pairs, config, CPU).save(Path(folder))
        tree = hint_se.Tree.load(Path(folder) / "tree.npz")
    levels = np.unique(np.linspace(1, tree.height - 1, _MOST).round().astype(int)).tolist()
    with np.load(where(NESTED)) as held:
        classes = {name: held[name][held["train"]].argmax(axis=1) for name in CLASSES}
    found = {level: tree.labels(level=level)[: len(pairs)] for level in levels}
    shared = {
        name: [round(float(adjusted_mutual_info_score(of, found[level])), 4) for level in levels]
        for name, of in classes.items()
    }
    return {
        "height": tree.height,
        "levels": levels,
        "classes": [int(of.max()) + 1 for of in classes.values()],
        **shared,
    }
