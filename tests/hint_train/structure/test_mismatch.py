"""Pairs that may be mismatched, beside a program that counts with sets, and where it is known which pairs were exchanged."""

import itertools

import numpy as np
import pytest

from hint_train.structure import mismatch
from hint_train.structure.mismatch import mismatched


def nearest(x, a):
    """(n, a) rows by cosine, nearest first."""
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    product = x @ x.T
    np.fill_diagonal(product, -2)
    return np.argsort(-product, axis=1, kind="stable")[:, :a].astype(np.int32)


def clustered(n, n_clusters, exchanged, seed=0):
    """Neighbours of both halves of pairs in clusters, the texts of the first `exchanged` passed around among them."""
    rng = np.random.default_rng(seed)
    cluster = rng.integers(n_clusters, size=n)
    image, text = (
        rng.standard_normal((n_clusters, 24))[cluster] + 0.4 * rng.standard_normal((n, 24)) for _ in range(2)
    )
    text[:exchanged] = np.roll(text[:exchanged], 1, axis=0)
    wrong = np.zeros(n, dtype=bool)
    wrong[:exchanged] = cluster[:exchanged] != np.roll(cluster[:exchanged], 1)
    return nearest(image, 50), nearest(text, 50), wrong


def counted(image, text, k, partner):
    """Shared neighbours of image i and text partner_i, by sets."""
    found = []
    for i, j in enumerate(partner):
        a, b = image[i], text[j]
        found.append(len(set(a[:k]) & set(b)) + len(set(b[:k]) & set(a)))
    return found


def by_definition(image, text, k, seed):
    """The likelihoods from relative frequencies in dictionaries."""
    n, rng = len(image), np.random.default_rng(seed)
    own = counted(image, text, k, range(n))
    rounds = -(-20_000 // n)
    drawn = list(itertools.chain.from_iterable(counted(image, text, k, rng.permutation(n)) for _ in range(rounds)))
    own_of, chance_of = np.asarray(own), np.asarray(drawn)
    values = range(max(own + drawn) + 1)
    upper = [t for t in values if (chance_of <= t).mean() >= 0.5]
    share = min(1.0, *((own_of <= t).mean() / (chance_of <= t).mean() for t in upper))
    rate = {t: min(1.0, share * (chance_of == t).mean() / (own_of == t).mean()) for t in values if (own_of == t).any()}
    return [(1 - share) * max(value for t, value in rate.items() if t >= x) for x in own]


@pytest.mark.parametrize("block", [37, 16_384])
def test_it_is_the_local_false_discovery_rate(block, monkeypatch):
    monkeypatch.setattr(mismatch, "_BLOCK_ROWS", block)
    image, text, _ = clustered(300, 12, 60)
    found = mismatched(image, text, 10, seed=3)
    assert found == pytest.approx(by_definition(image, text, 10, seed=3), abs=1e-6)
    assert 0.5 < found.max() < 1
    assert found.min() < 0.02


def test_exchanged_pairs_are_found_and_others_are_not():
    image, text, wrong = clustered(2000, 20, 200)
    found = mismatched(image, text, 20, seed=0)
    assert found[wrong].mean() > 0.8
    assert found[~wrong].mean() < 0.02


def test_without_exchanged_pairs_hardly_one_is_doubted():
    assert mismatched(*clustered(2000, 20, 0)[:2], 20, seed=0).mean() < 0.005


def test_where_all_pairs_look_drawn_none_is_doubted_much():
    """Then it is the modalities that have nothing in common."""
    image, text, _ = clustered(2000, 20, 2000)
    assert mismatched(image, text, 20, seed=0).max() < 0.1


def test_where_every_row_is_near_nothing_can_be_told():
    rng = np.random.default_rng(0)
    image, text = (nearest(rng.standard_normal((12, 5)), 11) for _ in range(2))
    assert not mismatched(image, text, 11, seed=0).any()


def test_pairs_are_drawn_by_the_seed():
    image, text, _ = clustered(400, 12, 40)
    assert np.array_equal(mismatched(image, text, 10, seed=1), mismatched(image, text, 10, seed=1))
    assert not np.array_equal(mismatched(image, text, 10, seed=1), mismatched(image, text, 10, seed=2))
