"""Tree construction on generated graphs of 10^3 to 10^6 nodes: the default, effort fast, and merge-compress.

    pytest --benchmark-only                               all of it: some minutes
    pytest --benchmark-only -k "knn and 50000"            one graph
    pytest --benchmark-only --benchmark-json=out.json     with extra_info for every row

Each row records nodes, edges, entropy (bits), height and peak memory (bytes above what the process
held before the build) in extra_info, and checks its own answer. One thread unless the name says so.
"""

import functools
import gc
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.trees import benchmark_graphs

import hint_se

SIZES = (1_000, 10_000, 50_000, 1_000_000)
LARGE = {"knn", "blocks", "power-law"}
BUILDERS = {
    "auto": {"algorithm": "auto"},
    "fast": {"algorithm": "auto", "effort": "fast"},
    "merge-compress": {"algorithm": "merge-compress"},
}
CASES = [
    pytest.param(family, n, marks=[pytest.mark.slow] if n == 1_000_000 else [], id=f"{family}-{n}")
    for family in benchmark_graphs.FAMILIES
    for n in SIZES
    if n < 1_000_000 or family in LARGE
]

# A child process reads its own high-water mark: the parent's never falls again after the largest graph.
PEAK = """
import resource, sys
sys.path.insert(0, {folder!r})
import hint_se
from benchmarks.trees import benchmark_graphs
edges, weights, n = benchmark_graphs.FAMILIES[{family!r}]({n})
graph = hint_se.Graph.from_edges(edges, weights, n_nodes=n)
del edges, weights
with open("/proc/self/clear_refs", "w") as marks:
    marks.write("5")
def peak(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))
before = peak("VmRSS")
hint_se.build_tree(graph, height={height!r}, n_threads=1, **{options!r})
print(peak("VmHWM") - before)
"""


@functools.lru_cache(maxsize=1)
def make_graph(family: str, n: int) -> hint_se.Graph:
    edges, weights, nodes = benchmark_graphs.FAMILIES[family](n)
    return hint_se.Graph.from_edges(edges, weights, n_nodes=nodes)


def peak_memory(family: str, n: int, builder: str, height: int | None) -> int | None:
    """Return the bytes that a build takes above its graph, measured in a process of its own; Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    folder = str(Path(benchmark_graphs.__file__).parents[2])
    code = PEAK.format(folder=folder, family=family, n=n, options=BUILDERS[builder], height=height)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    # Some containers do not let a process reset its mark; then there is no figure rather than a wrong one.
    return int(done.stdout) if done.returncode == 0 else None


@pytest.mark.parametrize(("family", "n"), CASES)
@pytest.mark.parametrize("height", [None, 3], ids=["full", "height3"])
@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.timeout(1800)
def test_build_tree(benchmark, quick, builder, height, family, n):
    if quick and n > 10_000:
        pytest.skip("timed runs only")
    graph = make_graph(family, n)
    gc.collect()
    build = functools.partial(hint_se.build_tree, graph, height=height, n_threads=1, **BUILDERS[builder])
    rounds = 1 if n >= 1_000_000 or (builder == "merge-compress" and n >= 50_000) else 5
    tree = benchmark.pedantic(build, rounds=1 if quick else rounds, warmup_rounds=0)
    benchmark.extra_info.update(
        nodes=graph.n_nodes,
        edges=graph.n_edges,
        entropy=tree.entropy,
        height=tree.height,
        peak_memory=None if quick else peak_memory(family, n, builder, height),
    )
    assert height is None or tree.height <= height
    assert tree.entropy == pytest.approx(hint_se.structural_entropy(graph, tree), rel=1e-9)
    assert tree.entropy <= hint_se.one_dimensional_entropy(graph) + 1e-9
