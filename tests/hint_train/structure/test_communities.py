"""Means over communities against loops, also after updates and where a community lacks a modality."""

import numpy as np
import pytest
import torch

from hint_train.structure.communities import CommunityMeans

LABELS = {"image": np.array([0, 1, 1, 3, 3, 3]), "text": np.array([0, 0, 1, 2, 3, 3])}


@pytest.fixture
def bank(rng):
    return {m: torch.randn(6, 4, generator=rng) for m in LABELS}


def loop(bank, modality):
    other = "text" if modality == "image" else "image"
    out = []
    for c in range(4):
        own, cross = (bank[m][torch.from_numpy(LABELS[m] == c)] for m in (modality, other))
        out.append([(x if len(x) else y).mean(0) for x, y in ((own, cross), (cross, own))])
    return [torch.stack(x) for x in zip(*out, strict=True)]


@pytest.mark.parametrize("modality", ["image", "text"])
def test_means_follow_the_bank(bank, rng, modality):
    found = CommunityMeans(LABELS, torch.device("cpu"))
    found.fill(bank)
    for a, b in zip(found.means()[modality], loop(bank, modality), strict=True):
        assert torch.allclose(a, b, atol=1e-6)
    some = torch.tensor([3, 0, 3, 2])
    for a, b in zip(found.means(some)[modality], found.means()[modality], strict=True):
        assert torch.equal(a, b[some])
    assert (len(found), found.shared) == (4, False)
    rows, new = torch.tensor([4, 1]), torch.randn(2, 4, generator=rng)
    found.update(modality, rows, new - bank[modality][rows])
    bank[modality][rows] = new
    for a, b in zip(found.means()[modality], loop(bank, modality), strict=True):
        assert torch.allclose(a, b, atol=1e-6)


def test_sizes_count_rows_of_the_modality():
    found = CommunityMeans(LABELS, torch.device("cpu"))
    assert found.sizes["image"].tolist() == [1, 2, 0, 3]
    assert found.sizes["text"].tolist() == [2, 1, 1, 2]
