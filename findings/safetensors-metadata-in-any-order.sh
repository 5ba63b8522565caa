#!/bin/sh
# safetensors 0.8.0 writes the metadata of a file in another order each time: the same tensors and the same metadata give files that
# differ in their bytes and their SHA-256, between two calls of one process too. Without metadata, or with one entry, the bytes are the same.
# So a digest of a model file says which file it is, not whether two trainings agree: compare tensors.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q safetensors==0.8.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import hashlib

import numpy as np
import safetensors
from safetensors.numpy import load, save

print("safetensors", safetensors.__version__)
tensors = {"weight": np.arange(6, dtype=np.float32)}
found = {}
for entries in (0, 1, 8):
    metadata = {f"key{number}": "value" for number in range(entries)} or None
    files = [save(tensors, metadata) for _ in range(20)]
    found[entries] = len({hashlib.sha256(file).hexdigest() for file in files})
    assert all(np.array_equal(load(file)["weight"], tensors["weight"]) for file in files)
print("different files of 20, by entries of metadata:", found)
assert found[0] == found[1] == 1
assert found[8] > 1
PYTHON
