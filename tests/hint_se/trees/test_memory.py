"""Memory that runs out: MemoryError reaches Python, and the next call works."""

import os
import subprocess
import sys

import pytest

resource = pytest.importorskip("resource")

# In a process of its own, whose address space is limited to little more than it holds; then to more and more.
STARVED = """
import resource, numpy as np, hint_se

def held():
    return next(int(line.split()[1]) << 10 for line in open("/proc/self/status") if line.startswith("VmSize"))

def starved(call, megabytes):
    resource.setrlimit(resource.RLIMIT_AS, (held() + int(megabytes * 2**20), hard))
    try:
        return call()
    except MemoryError:
        return None
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

soft, hard = resource.getrlimit(resource.RLIMIT_AS)
edges = np.random.default_rng(0).integers(0, 20_000, (60_000, 2))
edges = edges[edges[:, 0] != edges[:, 1]]
graph = hint_se.Graph.from_edges(edges)
tree = hint_se.build_tree(graph, effort="fast", n_threads=1)
calls = {
    "graph": (lambda: hint_se.Graph.from_edges(edges), graph),
    "tree": (lambda: hint_se.build_tree(graph, effort="fast", n_threads=1), tree),
    "threads": (lambda: hint_se.build_tree(graph, effort="fast", n_threads=3), tree),
    "entropy": (lambda: hint_se.structural_entropy(graph, tree), hint_se.structural_entropy(graph, tree)),
    "columns": (lambda: hint_se.Tree.from_parent(graph, tree.parent).parent.size, tree.parent.size),
    "labels": (lambda: tree.labels(2).tolist(), tree.labels(2).tolist()),
    "neighbours": (lambda: tree.neighbours(np.arange(20_000) % 2).same_indices.size, 20_000),
}
calls["neighbours"] = (calls["neighbours"][0], calls["neighbours"][0]())
for name, (call, expected) in calls.items():
    found = [starved(call, megabytes) for megabytes in (0, 0.25, 0.5, 1, 2, 4, 8, 2_000)]
    right = all(value is None or value == expected for value in found) and call() == expected
    print(name, sum(value is None for value in found), len(found), right)
"""


# Arrays that are freed go back, whatever their size, and threads get no memory of their own beforehand.
FRUGAL = {"MALLOC_MMAP_THRESHOLD_": "16384", "MALLOC_TRIM_THRESHOLD_": "0", "MALLOC_ARENA_MAX": "1"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits address space as a test needs it")
def test_memory_that_runs_out(record_property):
    environment = {**os.environ, **FRUGAL}
    done = subprocess.run([sys.executable, "-c", STARVED], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [name for name, *_ in rows] == ["graph", "tree", "threads", "entropy", "columns", "labels", "neighbours"]
    assert all(right == "True" for *_, right in rows), done.stdout
    # What needs no more than is free already cannot fail; what makes graphs and trees must have.
    refused = {name: int(count) for name, count, *_ in rows}
    assert min(refused["graph"], refused["tree"]) > 0, done.stdout
    record_property("memory_errors", sum(refused.values()))
    record_property("starved", sum(int(tried) for _, _, tried, _ in rows))
