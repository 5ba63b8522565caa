#!/bin/sh
# usearch 2.26.6 adds a batch by all threads unless `threads=1` is given. Over 2,931 distinct binary codes of 16 bits, with an effort of
# 256 for 50 neighbours, a graph of one thread has the exact distances for every one of 200 queries and the same bytes at each build. Of
# graphs added by two threads no two are alike, and most of them miss neighbours of some queries, whatever the effort of the search.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q usearch==2.26.6 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import hashlib

import numpy as np
import usearch
from usearch.index import Index

print("usearch", usearch.__version__)
source = np.random.default_rng(0)
codes = np.unique(source.integers(0, 256, size=(3000, 2), dtype=np.uint8), axis=0)
queries = codes[source.integers(0, len(codes), 200)]
exact = np.sort(np.bitwise_count(queries[:, None] ^ codes[None]).sum(axis=2), axis=1)[:, :50]


def built(threads):
    index = Index(ndim=16, metric="hamming", dtype="b1", expansion_search=256)
    for start in range(0, len(codes), 256):
        block = codes[start : start + 256]
        index.add(np.arange(start, start + len(block), dtype=np.uint64), block, threads=threads)
    return index


missed, files = {}, {}
for threads in (1, 2):
    graphs = [built(threads) for _ in range(10)]
    missed[threads] = [int((np.sort(graph.search(queries, 50).distances, axis=1) != exact).any(axis=1).sum()) for graph in graphs]
    files[threads] = len({hashlib.sha256(bytes(graph.save())).hexdigest() for graph in graphs})
    print(f"{threads} thread(s): queries of 200 with a neighbour missed, by build {missed[threads]}; different files of 10: {files[threads]}")
assert missed[1] == [0] * 10 and files[1] == 1
assert files[2] > 1 and max(missed[2]) > 0
PYTHON
