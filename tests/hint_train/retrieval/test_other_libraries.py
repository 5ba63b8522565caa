"""mAP as scikit-learn and torchmetrics compute it, where their rules are among ours."""

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score

from hint_train.packing import pack
from hint_train.retrieval.evaluate import evaluate


def ranked(bits, seed=0):
    """Codes and labels of 20 queries and 300 items; the last query has no relevant item."""
    source = np.random.default_rng(seed)
    labels = np.eye(4, dtype=bool)[np.concatenate([source.integers(3, size=319), [3]])]
    outputs = source.standard_normal((320, bits)) + 0.8 * labels @ source.standard_normal((4, bits))
    codes, labels = pack(np.roll(outputs, 20, axis=0).astype(np.float32)), np.roll(labels, 20, axis=0)
    distances = np.bitwise_count(codes[:20, None] ^ codes[None, 20:]).sum(axis=2, dtype=int)
    return (codes[:20], codes[20:], labels[:20], labels[20:]), distances, labels[:20] @ labels[20:].T


@pytest.mark.parametrize("bits", [8, 16, 64])
def test_scikit_learn_sees_equal_distances_at_once(bits):
    given, distances, relevant = ranked(bits)
    theirs = [average_precision_score(r, -d) for r, d in zip(relevant, distances, strict=True) if r.any()]
    ours = evaluate(*given, bits=bits, cutoffs=(), ties="block")
    assert len(theirs) == 19 == 20 - ours.queries_without_relevant
    assert ours.scores["map"] == pytest.approx(np.mean(theirs), abs=1e-12)


@pytest.mark.parametrize("bits", [8, 64])
@pytest.mark.parametrize(("empty", "no_relevant"), [("skip", "skip"), ("neg", "zero")])
def test_torchmetrics_with_scores_above_0_that_do_not_tie(bits, empty, no_relevant):
    retrieval = pytest.importorskip("torchmetrics.retrieval")
    given, distances, relevant = ranked(bits)
    scores = torch.from_numpy((bits + 1 - distances - np.arange(300) / 300).ravel())
    which, target = torch.arange(20).repeat_interleave(300), torch.from_numpy(relevant.ravel())
    for k in (None, 5, 50):
        theirs = retrieval.RetrievalMAP(top_k=k, empty_target_action=empty)(scores, target, which)
        ours = evaluate(*given, bits=bits, cutoffs=(5, 50), ties="index", topk="hits", no_relevant=no_relevant)
        assert ours.scores["map" if k is None else f"map@{k}"] == pytest.approx(float(theirs), abs=1e-6)
    minus = retrieval.RetrievalMAP()(-torch.from_numpy(distances.ravel()).double(), target, which)
    assert minus == 0  # every item with a score of 0 or less is irrelevant there
