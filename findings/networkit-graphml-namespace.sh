#!/bin/sh
# The GraphML that networkit 11.3 writes declares no namespace: its root says `xmlnsi=` where `xmlns=` is meant.
# networkit and igraph read it back; networkx, which looks for elements of the namespace, finds no graph in it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q networkit==11.3 networkx==3.6.1 igraph==1.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import pathlib

import igraph
import networkit
import networkx

print("networkit", networkit.__version__, "networkx", networkx.__version__, "igraph", igraph.__version__)
graph = networkit.Graph(3, weighted=True)
graph.addEdge(0, 1, 2.5)
graph.addEdge(1, 2, 0.5)
networkit.writeGraph(graph, "graph.graphml", networkit.Format.GraphML)
text = pathlib.Path("graph.graphml").read_text()
print(text[:120])
assert 'xmlnsi="http://graphml.graphdrawing.org/xmlns"' in text
assert ' xmlns="' not in text
assert igraph.Graph.Read_GraphML("graph.graphml").ecount() == 2
try:
    networkx.read_graphml("graph.graphml")
except networkx.NetworkXError as error:
    print("networkx:", error)
else:
    raise SystemExit("networkx reads it now")
pathlib.Path("mended.graphml").write_text(text.replace("xmlnsi=", "xmlns="))
assert networkx.read_graphml("mended.graphml").number_of_edges() == 2
print("with xmlns in place of xmlnsi networkx reads it")
PYTHON
