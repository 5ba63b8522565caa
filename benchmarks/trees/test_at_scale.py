"""Peers at scale: graphs of so many edges, trees told apart by their communities alone, a limit of processor time, and the report."""

import numpy as np
import pytest
from benchmarks import measure
from benchmarks.records import ROOT, Records
from benchmarks.trees.at_scale import groups
from benchmarks.trees.at_scale_report import report
from benchmarks.trees.families import OF_EDGES
from benchmarks.trees.parents import fingerprint


@pytest.mark.parametrize("family", OF_EDGES)
def test_graphs_have_the_edges_that_were_asked_for(family):
    edges, weights, n = OF_EDGES[family](5_000)
    assert weights is None
    assert edges.shape == (5_000, 2)
    assert len(np.unique(edges, axis=0)) == 5_000
    assert (edges[:, 0] < edges[:, 1]).all()
    assert edges.min() >= 0
    assert edges.max() < n


def test_trees_are_told_apart_by_their_communities_alone():
    tree = fingerprint([4, 4, 5, 5, 6, 6, -1], 4)
    assert fingerprint([5, 5, 4, 4, 6, 6, -1], 4) == tree
    assert fingerprint([4, 5, 4, 5, 6, 6, -1], 4) != tree
    assert fingerprint([4, 4, 4, 4, -1], 4) != tree
    assert fingerprint([4, 4, 5, 6, 5, 6, -1], 4) != tree


def test_more_processor_time_than_allowed_is_late(tmp_path):
    script = tmp_path / "busy.py"
    script.write_text(
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from benchmarks import measure\n"
        "with measure.at_most(0.1):\n"
        "    if sys.argv[1] == 'long':\n"
        "        while True: pass\n"
        "print('{}')\n"
    )
    assert measure.child([str(script), "short"], 600.0) == {"status": "ok"}
    assert measure.child([str(script), "long"], 600.0) == {"status": "late"}


def ok(tree, bits, height):
    return {"status": "ok", "cpu": [2.0], "wall": [3.0], "peak": 5e6, "bits": bits, "height": height, "tree": tree}


def test_the_report_sets_equal_heights_side_by_side_and_names_who_differs(tmp_path):
    records = Records(tmp_path / "at_scale.jsonl", "python", settings={"limit": 120.0})
    for turn, tree in enumerate("ab"):
        records.add({"name": f"kNN-1000|networkit PLM|1|{turn}", "value": ok("a", 4.0, 2)})
        records.add({"name": f"kNN-1000|networkit PLM|2|{turn}", "value": ok(tree, 4.0, 2)})
    records.add({"name": "kNN-1000|scikit-network Paris|1|0", "value": {"status": "late"}})
    records.add({"name": "kNN-1000|hint_se default K=2|1|0", "value": ok("c", 3.0, 2)})
    rows = [line.strip("| ").split(" | ") for line in report(records, "python", 7).splitlines() if line.startswith("|")]
    plm, both, late, ours = rows[2:]
    assert plm == ["networkit PLM", "1", "2", "4.0000", "3.0000", "0.7500", "500", "", "5", "yes"]
    assert both[6:] == ["500", "333", "5", "**no: 2 of 2**", "**no**"]
    assert late[:1] + late[6:7] == ["scikit-network Paris", ">120 s"]
    assert ours[9] == "one build"
    # What differs from run to run cannot be measured again.
    assert [group.name for group in groups(records)] == ["kNN-1000|hint_se default K=2|1|0"]
