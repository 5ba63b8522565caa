#!/bin/sh
# Binary indexes of faiss 1.15, where codes are short and items share them:
# * IndexBinaryHNSW over 1,000 items on each of two codes of 16 bits returns a part of the 2,000, and for one of the queries
#   no item of the other code, although k and efSearch are 2,000. IndexBinaryFlat and an IVF that visits all cells return all.
# * Where there is no neighbour the label is -1 in all of them, but the distance is 2147483647 in flat and IVF, and
#   -2147483648 in HNSW, so that "distance <= radius" keeps what is missing.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q faiss-cpu==1.15.1 numpy==2.4.6
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'PYTHON'
import faiss
import numpy as np

print("faiss", faiss.__version__)
source = np.random.default_rng(0)
two = source.integers(0, 256, (2, 2), dtype=np.uint8)
codes = two[np.repeat([0, 1], 1000)]
source.shuffle(codes)
graph = faiss.IndexBinaryHNSW(16, 32)
graph.add(codes)
cells = faiss.IndexBinaryIVF(faiss.IndexBinaryFlat(16), 16, 1)
cells.train(codes)
cells.add(codes)
flat = faiss.IndexBinaryFlat(16)
flat.add(codes)
searches = {
    "flat": lambda k: flat.search(two, k),
    "IVF": lambda k: cells.search(two, k),
    "HNSW": lambda k: graph.search(two, k, params=faiss.SearchParametersHNSW(efSearch=k)),
}
found = {name: (search(2000)[1] >= 0).sum(axis=1).tolist() for name, search in searches.items()}
print("found of 2,000:", found)
assert found["flat"] == found["IVF"] == [2000, 2000]
assert max(found["HNSW"]) < 2000
labels = searches["HNSW"](2000)[1]
seen = [len(np.unique(codes[row[row >= 0]], axis=0)) for row in labels]
print("distinct codes in the answers of HNSW:", seen)
assert min(seen) == 1
missing = {}
for name, search in searches.items():
    distances, labels = search(2100)
    missing[name] = np.unique(distances[labels < 0]).tolist()
print("distance of what is missing:", missing)
assert missing == {"flat": [2147483647], "IVF": [2147483647], "HNSW": [-2147483648]}
PYTHON
