"""Any bytes as a file of another program, or as text under any delimiter: refused with GraphError, or a valid graph."""

import bz2
import lzma
import warnings

import hint_se
from fuzz_targets.scratch import scratch
from hint_se import Graph, GraphError, SelfLoopWarning
from hint_se.errors import InputWarning

FORMS = ("pajek", "metis", "konect", "dimacs", "gml", "graphml", "parquet", "arrow", None, "csv", "text")
PACKERS = (bytes, bytes, bz2.compress, lzma.compress)
TEXTS = (
    {},
    {"delimiter": ";"},
    {"delimiter": "space"},
    {"delimiter": "tab", "header": True},
    {"decimal": ",", "header": False},
    {"decimal": ",", "delimiter": "|"},
)


def one_input(data):
    how, more = (data[0], data[1]) if len(data) > 1 else (0, 0)
    form, pack = FORMS[how % len(FORMS)], PACKERS[how // len(FORMS) % len(PACKERS)]
    options = TEXTS[more % len(TEXTS)] if form in ("csv", "text") else {}
    directed = (None, True, False)[more // len(TEXTS) % 3]
    with scratch("edges.txt") as path, warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", SelfLoopWarning)
        warnings.simplefilter("ignore", InputWarning)
        path.write_bytes(pack(data[2:]))
        try:
            graph = hint_se.read_graph(path, format=form, directed=directed, **options)
        except GraphError as error:
            said = str(error)
            graph = None
    if graph is None:
        assert str(path) in said
        assert len(said) < 600
    else:
        assert Graph(graph.indptr, graph.indices, graph.weights, graph.node_names) == graph


def seeds():
    """Return small files of every format, with directions asked for, left aside, and neither."""
    samples = (
        (0, b'*Network x\n*Vertices 3\n1 "a b" 0.1\n2 b\n% x\n*Arcs\n1 2 2.5\n*Edges\n2 3 1 c Red\n'),
        (0, b"# x\n*Vertices\n0 a\n7 b\n*Links\n0 7 3\n*Edgeslist\n0 7 7\n"),
        (1, b"% x\n3 2 11 1\n7 2 5\n7 1 5 3 1.5\n7 2 1.5\n\n"),
        (1, b"4 1\n\n3\n2\n\n"),
        (2, b"% bip weighted\n% 2 1 2\n1 1 5 1100\n1 2 .5 1200\n"),
        (2, b"% asym positive\n1 2\n2 3\n"),
        (3, b"c x\np sp 3 2\na 1 2 5\na 2 3 1\n"),
        (3, b"p edge 3 2\nn 1 4\ne 1 2\ne 2 3\n"),
        (4, b'graph [ directed 1 node [ id 0 label "a" ] node [ id 1 label "b" ] edge [ source 0 target 1 weight 2 ] ]'),
        (5, b'<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed"><node id="a"/>'
            b'<node id="b"/><edge source="a" target="b"/></graph></graphml>'),
        (8, b"# Directed graph: x\n# from\tto\n0\t1\n1\t2\n"),
        (8, b"(0, 1)\n[1, 2]\n#a b\n"),
        (9, b'Source;Target;Type;Weight\n"a;b";c;Directed;1,5\nc;"d""e";Undirected;2\n'),
        (10, b'"a b" c 1\n#c d 2 \n001 1 3\n'),
        (10, b"3 2\n0 1\n1 2\n"),
    )  # fmt: skip
    for form, body in samples:
        for pack in (0, 2, 3):
            for more in (0, 6 + pack, 12 + pack):
                yield bytes((form + len(FORMS) * pack, more)) + body
