"""What a wheel must do on the platform that it was built for, with NumPy alone: `python tests/smoke.py`."""

import sys
import sysconfig
import tempfile
from pathlib import Path

import numpy as np

import hint_se

edges = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]
assert hint_se.build_tree(edges, height=2).labels(1).tolist() == [0, 0, 0, 1, 1, 1]

pairs = np.random.default_rng(0).integers(0, 5_000, (20_000, 2))
graph = hint_se.Graph.from_edges(pairs[pairs[:, 0] != pairs[:, 1]])
one, two = (hint_se.build_tree(graph, n_threads=n) for n in (1, 2))
assert one == two
assert abs(hint_se.structural_entropy(graph, one) - one.entropy) < 1e-9

with tempfile.TemporaryDirectory() as folder:
    one.report(Path(folder) / "tree.html")
    assert "d3-hierarchy" in (Path(folder) / "tree.html").read_text(encoding="utf-8")

if sysconfig.get_config_var("Py_GIL_DISABLED"):
    assert not sys._is_gil_enabled(), "importing hint_se turned the interpreter lock on"
