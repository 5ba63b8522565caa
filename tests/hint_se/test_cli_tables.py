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
