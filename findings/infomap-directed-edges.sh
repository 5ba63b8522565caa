#!/bin/sh
# Infomap 2.16.0 and two things that other programs read differently, without a word from it:
# * with --directed, the undirected lines below `*Edges` of a Pajek file become arcs of one direction, so that all flow
#   ends at the last node of a path; networkx reads the same file as undirected.
# * a link from a node to itself counts once in the flow of the node, where networkx's degree counts it twice: 2/5 instead of 3/6.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q infomap==2.16.0 networkx==3.6.1
cd "$folder"
printf '*Vertices 3\n1 "a"\n2 "b"\n3 "c"\n*Edges\n1 2\n2 3\n' > path.net
venv/bin/python -W ignore - <<'PYTHON'
import infomap
import networkx

print("infomap", infomap.__version__, "networkx", networkx.__version__)
read = networkx.read_pajek("path.net")
print("networkx reads *Edges as directed:", read.is_directed())
assert not read.is_directed()
walk = infomap.Infomap("--silent --directed")
walk.read_file("path.net")
walk.run()
flow = {node.node_id: round(node.flow, 3) for node in walk.nodes}
print("infomap --directed, flow along a - b - c:", flow)
assert flow[1] < flow[2] < flow[3]

looped = networkx.Graph([(0, 1), (1, 2), (0, 0)])
degrees = dict(looped.degree())
walk = infomap.Infomap("--silent --two-level")
for link in looped.edges:
    walk.add_link(*link)
walk.run()
flow = {node.node_id: round(node.flow, 3) for node in walk.nodes}
print("flow of a path with a loop at node 0:", flow, "degrees in networkx:", degrees)
assert flow[0] == 0.4
assert degrees[0] / sum(degrees.values()) == 0.5
PYTHON
