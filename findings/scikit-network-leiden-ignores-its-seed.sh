#!/bin/sh
# scikit-network 0.33.5: the refinement of Leiden draws from rand() of the C library, which `random_state` does not reach. Calls with one
# and the same random_state, one after the other, give different communities; they repeat once srand() is called before each. The first
# call of every process is the same, as nobody seeds rand(), so that a script run twice looks reproducible. Louvain has no such draw.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q scikit-network==0.33.5 numpy==2.4.6 scipy==1.17.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import ctypes
from importlib.metadata import version

from sknetwork.clustering import Leiden, Louvain
from sknetwork.data.models import block_model

print("scikit-network", version("scikit-network"))
adjacency = block_model([200] * 5, 0.1, 0.05, seed=0).tocsr()
libc = ctypes.CDLL(None)


def partitions(method, before=lambda: None):
    found = set()
    for _ in range(10):
        before()
        found.add(tuple(map(int, method(random_state=1).fit_predict(adjacency))))
    return len(found)


louvain, leiden = partitions(Louvain), partitions(Leiden)
seeded = partitions(Leiden, lambda: libc.srand(1))
print(f"ten calls with random_state=1: {louvain} partition of Louvain, {leiden} of Leiden, {seeded} of Leiden after srand(1)")
assert louvain == 1
assert leiden > 1
assert seeded == 1
PYTHON
