#!/bin/sh
# Two things about faiss-cpu 1.15.1 and binary codes:
# * Where an index has fewer items than asked for, the label is -1 everywhere, but the distance is the largest int32 of IndexBinaryFlat
#   and IndexBinaryIVF, and the smallest of IndexBinaryHNSW: sorted by distance, missing neighbours come first there.
# * Its two helpers that pack signs disagree about 0: real_to_binary makes it a 0 bit, fvecs2bitvecs a 1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q faiss-cpu==1.15.1 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import faiss
import numpy as np

print("faiss", faiss.__version__)
codes = np.array([[0, 0], [0, 1], [255, 255]], dtype=np.uint8)
for kind, far in (("BFlat", 2**31 - 1), ("BIVF1", 2**31 - 1), ("BHNSW16", -(2**31))):
    index = faiss.index_binary_factory(16, kind)
    index.train(codes)
    index.add(codes)
    distances, labels = index.search(codes[:1], 5)
    print(kind, labels[0], distances[0])
    assert labels.tolist() == [[0, 1, 2, -1, -1]]
    assert distances.tolist() == [[0, 1, 16, far, far]]
zeros = np.zeros(8, dtype=np.float32)
first, second = np.zeros(1, dtype=np.uint8), np.zeros(1, dtype=np.uint8)
faiss.real_to_binary(8, faiss.swig_ptr(zeros), faiss.swig_ptr(first))
faiss.fvecs2bitvecs(faiss.swig_ptr(zeros), faiss.swig_ptr(second), 8, 1)
print("eight zeros: real_to_binary", first, "fvecs2bitvecs", second)
assert (first.item(), second.item()) == (0, 255)
PYTHON
