#!/bin/sh
# Two writers of networkit 11.3 lose what they are given without a word:
# * SNAP writes the head `p n m u u 0`, undirected and unweighted, for a directed and weighted graph, drops the weights,
#   and networkit's own reader of SNAP refuses the file.
# * GML drops the weights.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q networkit==11.3
cd "$folder"
venv/bin/python - <<'PYTHON'
import pathlib

import networkit

print("networkit", networkit.__version__)
graph = networkit.Graph(3, weighted=True, directed=True)
graph.addEdge(0, 1, 2.5)
graph.addEdge(1, 2, 0.5)
networkit.writeGraph(graph, "graph.snap", networkit.Format.SNAP)
written = pathlib.Path("graph.snap").read_text()
print(written)
assert written.split() == ["p", "3", "2", "u", "u", "0", "0", "1", "1", "2"]
try:
    networkit.readGraph("graph.snap", networkit.Format.SNAP)
except OSError as error:
    print("networkit on its own file:", error)
else:
    raise SystemExit("networkit reads its own file now")
networkit.writeGraph(graph, "graph.gml", networkit.Format.GML)
gml = pathlib.Path("graph.gml").read_text()
print(gml)
assert "directed 1" in gml
assert "2.5" not in gml
assert "weight" not in gml
PYTHON
