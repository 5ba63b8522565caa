"""Any bytes as an edge file, under any options: refused with GraphError, or a graph that holds every invariant."""

import gzip
import io
import warnings

import numpy as np

import hint_se
from fuzz_targets.scratch import scratch
from hint_se import Graph, GraphError, SelfLoopWarning
from hint_se.errors import InputWarning

SUFFIXES = ("txt", "csv", "tsv", "mtx", "npz", "txt.gz", "csv.gz", "mtx.gz")
OPTIONS = (
    {},
    {"names": True},
    {"names": False},
    {"n_nodes": 5},
    {"columns": ("target", "source")},
    {"columns": (2, 1)},
    {"columns": (1, 2, 3)},
)


def one_input(data):
    how = data[0] if data else 0
    suffix, options = SUFFIXES[how % len(SUFFIXES)], OPTIONS[how // len(SUFFIXES) % len(OPTIONS)]
    body = data[1:]
    # Half of the compressed ones are wrapped here, so that mutations reach the lines inside.
    wrapped = gzip.compress(body, 1, mtime=0) if suffix.endswith("gz") and how < 128 else body
    try:
        with scratch(f"edges.{suffix}") as path, warnings.catch_warnings():
            path.write_bytes(wrapped)
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", SelfLoopWarning)
            warnings.simplefilter("ignore", InputWarning)
            graph = hint_se.read_graph(path, **options)
    except GraphError:
        return
    except ValueError as error:
        # An option that does not fit the format.
        if not str(error).startswith(("columns: ", "names: ")):
            raise
        return
    assert Graph(graph.indptr, graph.indices, graph.weights, graph.node_names) == graph
    if options.get("n_nodes"):
        assert graph.n_nodes == options["n_nodes"]


def seeds():
    """Return small files of every format."""
    yield b"\x000 1\n1 2 \n\n# note\n2\t3\n"
    yield b"\x00a b 2.5\nb c 1e3\r\nc a .5"
    yield b"\x10% note\n0 1 1\n0 5 2\n"
    yield b'\x01source,target,weight\nann,bob,2\n"bob, jr","c""d",0.5\n'
    yield b"\x21id;target;source\n1;2;3\n4;5;6\n"
    yield b"\x0230\t10\t1\n10\t20\t2\n"
    yield b"\x03%%MatrixMarket matrix coordinate real symmetric\n% note\n3 3 2\n2 1 1.5\n3 1 2\n"
    yield b"\x03%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 2\n2 1\n"
    yield b"\x050 1\n1 2\n"
    yield b"\x851 2\n"
    for arrays in ({"edges": [[0, 1], [1, 2]]}, {"edges": [[0, 1]], "weights": [0.5]}, {"edges": [["a", "b"]]}):
        stream = io.BytesIO()
        np.savez(stream, **{name: np.array(values) for name, values in arrays.items()})
        yield b"\x04" + stream.getvalue()
