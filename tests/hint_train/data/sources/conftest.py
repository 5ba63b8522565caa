"""Manifests that fit the small data set of `layouts`."""

from dataclasses import replace

import pytest
from layouts import N_QUERY, N_TRAIN, N

from hint_train.data.sources.manifest import read_manifest, split_by_rule


@pytest.fixture
def small_manifests(monkeypatch):
    """The manifests with sizes that fit 40 pairs."""

    def read(name):
        pairs = {N: split_by_rule(name, N, N_QUERY, N_TRAIN).hashes()}
        sizes = {"n_query": N_QUERY, "n_train": N_TRAIN, "pairs": pairs, "image": (6,), "text": (5,)}
        return replace(read_manifest(name), **sizes, density=0.5, tolerance=0.49)

    for module in ("named", "verify"):
        monkeypatch.setattr(f"hint_train.data.sources.{module}.read_manifest", read)
