#!/bin/sh
# RetrievalMAP of torchmetrics 1.9 ranks by topk, which keeps no order of equal scores: the same items with the same scores
# have another average precision when the rows are given in another order, and it is not that of the given order either.
# Hamming distances of short codes tie in most places. scikit-learn's average_precision_score is the same for any order.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torchmetrics==1.9.0 torch==2.13.0 scikit-learn==1.9.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import torch
import torchmetrics
from sklearn.metrics import average_precision_score
from torchmetrics.functional.retrieval import retrieval_average_precision

print("torchmetrics", torchmetrics.__version__, "torch", torch.__version__)


def in_given_order(scores, relevant):
    hits = relevant[np.argsort(-scores, kind="stable")]
    return (hits * hits.cumsum() / np.arange(1, len(hits) + 1)).sum() / hits.sum()


source = np.random.default_rng(0)
scores, relevant = source.integers(1, 6, 200), source.integers(0, 2, 200)
theirs, given, thresholds = [], [], []
for _ in range(20):
    order = source.permutation(200)
    a, b = scores[order], relevant[order]
    theirs.append(float(retrieval_average_precision(torch.tensor(a).float(), torch.tensor(b))))
    given.append(in_given_order(a, b))
    thresholds.append(average_precision_score(b, a))
gaps = np.abs(np.subtract(theirs, given))
print(f"torchmetrics from {min(theirs):.4f} to {max(theirs):.4f}; off the given order by up to {gaps.max():.4f}")
print(f"scikit-learn from {min(thresholds):.4f} to {max(thresholds):.4f}")
assert max(theirs) - min(theirs) > 0.01
assert gaps.max() > 0.005
assert max(thresholds) - min(thresholds) < 1e-12
PYTHON
