"""Pages of trees: how large, how long to write, how long until a browser has drawn them, and what that holds in memory.

    python benchmarks/trees/explorer.py              34 to 10^6 leaves: some minutes, resumable
    python benchmarks/trees/explorer.py --quick      to 3,000 leaves
    python benchmarks/trees/explorer.py --render     the table from what was measured

Writes benchmarks/results/explorer.md and beside it explorer.jsonl. Needs Chromium and its driver, and psutil.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from benchmarks import measure
from benchmarks.cells import Replay
from benchmarks.records import QUICK, RESULTS, Records
from benchmarks.trees.benchmark_graphs import cross_modal_knn

import hint_se

COMMAND = "python benchmarks/trees/explorer.py"
REPLAY = Replay(left_out="all of it: seconds, bytes and memory")
SHOWN = "return document.documentElement.dataset.shown"
LIMIT = 3600.0
#: Of so many openings the quickest counts: what comes first also waits for the browser itself.
OPENINGS = 3


def named_graph(name: str) -> Callable[[], hint_se.Graph]:
    """Return a graph of networkx."""

    def make() -> hint_se.Graph:
        import networkx

        return hint_se.Graph.from_networkx(getattr(networkx, name)())

    return make


def knn(n: int) -> Callable[[], hint_se.Graph]:
    """Return a kNN graph of image-text pairs, whose nodes have names as long as those of files."""

    def make() -> hint_se.Graph:
        edges, weights, _ = cross_modal_knn(n)
        found = hint_se.Graph.from_edges(edges, weights, n_nodes=n)
        names = tuple(f"pictures/{k % 97}/{k:07}.jpg" for k in range(n))
        return hint_se.Graph(found.indptr, found.indices, found.weights, names, found.extra_volume)

    return make


GRAPHS = {
    "karate club": (34, named_graph("karate_club_graph")),
    "les Misérables": (77, named_graph("les_miserables_graph")),
    "kNN, 3,000": (3_000, knn(3_000)),
    "kNN, 50,000": (50_000, knn(50_000)),
    "kNN, 1,000,000": (1_000_000, knn(1_000_000)),
}


def measured(name: str) -> dict[str, Any]:
    """Return everything about the page of one graph, in a process of its own."""
    graph = GRAPHS[name][1]()
    tree = hint_se.build_tree(graph, effort="fast", n_threads=1)
    tree.summary()  # the null model of a small graph is no part of the page
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "tree.html"
        (_, seconds, _), above, _ = measure.peak_above(lambda: measure.timed(lambda: tree.report(path)))
        return {
            "leaves": tree.n_leaves,
            "nodes": tree.parent.size,
            "bytes": path.stat().st_size,
            "write": seconds,
            "write_memory": above,
            **opened(path, Path(scratch) / "profile", tree),
        }


def opened(path: Path, profile: Path, tree: hint_se.Tree) -> dict[str, Any]:
    """Return seconds until a page is drawn, zoomed into and searched, and bytes that the browser holds."""
    import psutil
    from browser import chromium, screen, until

    with chromium(profile) as browser:
        screen(browser, 1400, 1000, still=True)
        first = []
        for _ in range(OPENINGS):
            browser.get("about:blank")
            begin = time.perf_counter()
            browser.get(path.as_uri())
            until(lambda: browser.execute_script(SHOWN), 120)
            first.append(time.perf_counter() - begin)
        tiles = browser.execute_script("return document.querySelectorAll('.tile').length")
        heap = browser.execute_cdp_cmd("Runtime.getHeapUsage", {})["usedSize"]
        children = psutil.Process(browser.service.process.pid).children(recursive=True)
        renderers = [one for one in children if "--type=renderer" in one.cmdline()]
        resident = max(one.memory_info().rss for one in renderers)
        deepest = deepest_leaf(tree)
        begin = time.perf_counter()
        browser.execute_script("location.hash = `#${arguments[0]}`", deepest)
        until(lambda: browser.execute_script(SHOWN) == str(deepest), 120)
        link = time.perf_counter() - begin
        begin = time.perf_counter()
        browser.execute_script(
            "document.getElementById('words').value = '1'; document.getElementById('search').requestSubmit()"
        )
        until(lambda: browser.find_element("id", "status").text.split(";")[0].endswith("found"), 120)
        search = time.perf_counter() - begin
    return {
        "first": min(first),
        "tiles": tiles,
        "heap": heap,
        "resident": resident,
        "link": link,
        "search": search,
    }


def deepest_leaf(tree: hint_se.Tree) -> int:
    """Return the smallest leaf of the greatest depth."""
    depth = [0] * tree.parent.size
    up = tree.parent.tolist()
    for node in range(tree.parent.size - 2, -1, -1):
        depth[node] = depth[up[node]] + 1
    leaves = depth[: tree.n_leaves]
    return leaves.index(max(leaves))


def report(records: Records) -> str:
    """Return the table."""
    head = (
        "graph",
        "file, MB",
        "seconds to write",
        "memory to write, MB",
        "seconds to the first drawing",
        "elements drawn",
        "script memory, MB",
        "memory of the tab, MB",
        "seconds to a linked leaf",
        "seconds to search all names",
    )
    rows = [
        [
            line["name"],
            f"{value['bytes'] / 1e6:.2f}",
            f"{value['write']:.2f}",
            f"{value['write_memory'] / 1e6:.0f}",
            f"{value['first']:.2f}",
            value["tiles"],
            f"{value['heap'] / 1e6:.0f}",
            f"{value['resident'] / 1e6:.0f}",
            f"{value['link']:.2f}",
            f"{value['search']:.2f}",
        ]
        for line in records
        for value in [line["value"]]
    ]
    return f"# Pages of trees\n\n`{COMMAND}`\n\n{records.made_with()}\n\n{_ABOUT}\n{measure.table(head, rows)}"


_ABOUT = """Trees of effort "fast", with their graph. Seconds to write are processor seconds; those of the browser, Chromium without a window at
1400 × 1000, are wall seconds, of three openings the quickest, and an upper bound where others use the machine. The linked leaf is the deepest one. Nodes of the
kNN graphs have names of 23 letters.
"""


def main() -> None:
    """Measure what is missing, show and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="to 3,000 leaves; into build/benchmarks")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        measure.write(json.dumps(measured(options.one)) + "\n")
        return
    out = (QUICK if options.quick else RESULTS) / "explorer.md"
    records = Records(out.with_suffix(".jsonl"), COMMAND, ("numpy", "selenium"), same_machine=True)
    for name, (leaves, _) in GRAPHS.items():
        if options.render or (options.quick and leaves > 3_000) or records.get(name):
            continue
        measure.write(f"{name}\n")
        value = measure.child([__file__, "--one", name], LIMIT, cpus=2)
        if value.pop("status") == "ok":
            records.add({"name": name, "value": value})
        else:
            measure.write(f"  failed: {value}\n")
    out.write_text(report(records), encoding="utf-8")
    measure.write(f"report in {out}\n")


if __name__ == "__main__":
    main()
