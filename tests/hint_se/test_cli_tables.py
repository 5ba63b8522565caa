"""`hint-se build --engine` inside this process."""

import json
import sys
from pathlib import Path

import networkx
import pytest
from edgetables import edge_table

import hint_se

for needed in ("pyarrow", "narwhals", "duckdb"):
    pytest.importorskip(needed)
KARATE = sorted(networkx.karate_club_graph().edges)


@pytest.fixture
def here(tmp_path, monkeypatch, said):
    """Run `hint-se` in a folder with the edges in two Parquet files; return its code, stdout and stderr."""
    from pyarrow import parquet

    monkeypatch.chdir(tmp_path)
    for part in range(2):
        parquet.write_table(edge_table(KARATE[part::2]), f"edges-{part}.parquet")
    return said


def test_files_become_a_folder(here):
    code, out, err = here("build", "edges-0.parquet", "edges-1.parquet", "-o", "tree", "--engine", "duckdb")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "34 nodes, 78 edges"
    assert lines[-1].endswith("written to tree")
    code, out, _ = here("build", "edges-*.parquet", "-o", "other/", "--engine", "duckdb", "--json", "--height", 2)
    found = json.loads(out)
    assert code == 0
    assert (found["n_leaves"], found["n_edges"], found["height"]) == (34, 78, 2)
    # All of it fits in memory, so that the core has built the whole tree.
    assert found["entropy"] == pytest.approx(hint_se.build_tree(KARATE, height=2).entropy, rel=0.01)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--engine", "sqlite"], 2, "--engine: expected duckdb, polars, spark://"),
        (["--engine", "duckdb", "--memory", "lots"], 2, "--memory: expected bytes, or an amount such as 4GB"),
        (["--engine", "duckdb", "--seed", "3"], 2, "--seed: expected none with --engine"),
        (["edges-1.parquet"], 2, "expected one file of edges; several need --engine"),
    ],
)
def test_what_does_not_go_together_is_one_line(here, words, code, message):
    found, out, err = here("build", "edges-0.parquet", *words, "-o", "tree.npz")
    assert (found, out) == (code, "")
    assert err.startswith(f"error: {message}")
    assert err.count("\n") == 1


def test_a_folder_of_others_is_refused(here):
    Path("mine").mkdir()
    Path("mine/file.txt").write_text("stays")
    code, _, err = here("build", "edges-0.parquet", "-o", "mine", "--engine", "duckdb")
    assert code == 2
    assert err == "error: --out: expected a new or an empty folder, got mine, which holds something else\n"
    assert [path.name for path in Path("mine").iterdir()] == ["file.txt"]


def test_a_fault_of_the_edges_is_exit_3(here):
    from pyarrow import parquet

    parquet.write_table(edge_table([(0, 1), (1, 2)], [1.0, float("nan")]), "bad.parquet")
    code, _, err = here("build", "bad.parquet", "-o", "tree", "--engine", "duckdb")
    assert code == 3
    assert err == "error: weights must be finite and > 0, but the weight of edge (1, 2) is NaN\n"


def test_a_library_that_is_missing_is_named(here, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    code, out, err = here("build", "edges-0.parquet", "-o", "tree", "--engine", "duckdb")
    assert (code, out, err) == (2, "", "error: engine='duckdb' needs duckdb: pip install duckdb\n")


def test_a_folder_is_a_tree_to_every_command(here):
    from pyarrow import parquet

    here("build", "edges-*.parquet", "-o", "tree", "--engine", "duckdb", "--height", 3)
    memory = hint_se.tables.open_tree("tree").to_tree()
    memory.save("tree.npz")
    Path("edges.csv").write_text("".join(f"{u},{v}\n" for u, v in KARATE))
    found, wanted = (json.loads(here("info", tree, "--json")[1]) for tree in ("tree", "tree.npz"))
    for level, other in zip(found.pop("levels"), wanted["levels"], strict=True):
        assert level == pytest.approx(other)
    assert found == pytest.approx({name: wanted[name] for name in found})
    assert "read" not in here("info", "tree")[1]
    for words in (
        ["labels", "{}", "--communities", 3, "--edges", "edges.csv"],
        ["entropy", "edges.csv", "{}"],
        ["export", "{}", "-o", "tree.nwk"],
        ["info", "{}", "--edges", "edges.csv"],
    ):
        answers = [here(*(str(word).format(tree) for word in words)) for tree in ("tree", "tree.npz")]
        assert answers[0] == answers[1]
        assert answers[0][0] == 0
    assert here("plot", "tree", "-o", "tree.svg")[0] == here("report", "tree", "-o", "tree.html")[0] == 0
    for words in (["--level", 2], ["--communities", 3, "--edges", "edges-*.parquet"]):
        assert here("labels", "tree", *words, "-o", "labels.parquet")[0] == 0
        table = parquet.read_table("labels.parquet").sort_by("node")
        labels = memory.labels(2) if "--level" in words else memory.cut(3, graph=KARATE)
        pairs = set(zip(table.column("community").to_pylist(), labels.tolist(), strict=True))
        assert len(pairs) == len(set(labels.tolist()))
    code, out, err = here("labels", "tree", "-o", "labels.parquet")
    assert (code, out) == (2, "")
    assert err.startswith("error: --out: a table in Parquet takes --level or --communities")


def test_a_tree_that_does_not_fit_says_so(here, monkeypatch):
    from hint_se.tables import inmemory

    here("build", "edges-*.parquet", "-o", "tree", "--engine", "duckdb")
    monkeypatch.setattr(inmemory, "_NODE_BYTES", 10**9)
    code, _, err = here("plot", "tree", "-o", "tree.svg")
    assert code == 4
    assert "GB in memory, more than the 4.0 GB that it may take; summary, labels and cut read it as a table" in err
    assert here("info", "tree")[0] == 0
