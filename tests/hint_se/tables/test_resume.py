"""Builds that are ended: what stays, what goes on, and what is left alone."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import networkx
import pytest
from edgetables import edge_table

import hint_se

EDGES = list(networkx.gnm_random_graph(150, 400, seed=2).edges)
# Ends itself without a word as soon as two rounds are finished.
KILLED = """
import json, os, signal, sys
from pathlib import Path
from hint_se.tables.build import build_within
from hint_se.tables.limits import Limits
source, out, asked = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])

def look(stage, fraction):
    if json.loads((out / "hint-tree.json").read_text())["rounds"] == 2:
        (out / "work" / "spill").mkdir(exist_ok=True)
        (out / "work" / "spill" / "left.tmp").write_bytes(b"x")
        (out / "work" / "round-0003").mkdir()
        (out / "work" / "round-0003" / "picked.parquet").write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)

build_within(source, out, asked, Limits(3 * 10**8, 40, 30), engine="duckdb", weight="auto", threads=1, progress=look)
"""
ASKED = {"edges": 0, "names": False, "self_loops": "drop", "height": 0, "effort": "fast"}


def test_a_killed_build_goes_on_at_the_last_finished_round(build, rows_of, tmp_path):
    from pyarrow import parquet

    source, out = tmp_path / "edges.parquet", tmp_path / "tree"
    parquet.write_table(edge_table(EDGES), source)
    words = [sys.executable, "-c", KILLED, str(source), str(out), json.dumps(ASKED)]
    done = subprocess.run(words, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    source.unlink()  # rounds need it no more
    seen = []
    tree = build(str(source), out=out, progress=lambda stage, _: seen.append(stage))
    assert "clean" not in seen
    assert rows_of(tree) == rows_of(build(edge_table(EDGES)))
    assert {path.name for path in out.iterdir()} == {"hint-tree.json", "tree.parquet"}


def test_an_interrupt_leaves_no_spill_and_the_rounds(build, rows_of, tmp_path):
    def stop(stage, fraction):
        if stage == "rounds" and fraction > 0.3:
            raise KeyboardInterrupt

    out = tmp_path / "tree"
    with pytest.raises(KeyboardInterrupt):
        build(edge_table(EDGES), out=out, progress=stop)
    assert not (out / "work" / "spill").exists()
    with pytest.raises(hint_se.TreeError, match="expected a finished tree"):
        opened(out)
    with pytest.raises(ValueError, match="unfinished build whose height was 0, not 3"):
        build(edge_table(EDGES), out=out, height=3)
    (out / "mine.txt").write_text("stays")
    (out / "work" / "mine.txt").write_text("stays")
    tree = build(edge_table(EDGES), out=out)
    assert (out / "mine.txt").read_text() == (out / "work" / "mine.txt").read_text() == "stays"
    assert rows_of(tree) == rows_of(build(edge_table(EDGES)))
    with pytest.raises(ValueError, match="which holds a finished tree"):
        build(edge_table(EDGES), out=out)


def test_a_query_that_runs_is_interrupted(tmp_path):
    """DuckDB looks for no signal while it works: the query below would take hours."""
    code = f"""
import os, signal, threading, time
from pathlib import Path
import narwhals as nw
from hint_se.tables.engines.duckdb import DuckDBEngine
engine = DuckDBEngine(300_000_000, 2, Path({str(tmp_path)!r}) / "spill")
rows = engine._connection.sql("select a.i * b.i v, count(*) c from range(2000000) a(i), range(2000000) b(i) group by 1")
threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    engine.write(nw.from_native(rows), Path({str(tmp_path)!r}) / "never.parquet")
except KeyboardInterrupt:
    engine.close()
    print("ended")
"""
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300, preexec_fn=_hear)
    assert done.stdout == "ended\n", done.stderr
    assert not (tmp_path / "spill").exists()


def test_communities_that_are_searched_are_interrupted(tmp_path):
    """Threads hear no signal: one that never ends by itself is ended by what it is told to look at."""
    import pyarrow
    from pyarrow import parquet

    from hint_se.tables.engines.bycommunity import each_of_sorted

    for side in ("left", "right"):
        parquet.write_table(pyarrow.table({"community": [1, 2, 3]}), tmp_path / side)
    ended = []

    def search(own, others, look):
        if own["community"][0] == 1:
            raise KeyboardInterrupt  # as the main thread does on Ctrl-C
        try:
            while True:
                look("search", 0.0)
        finally:
            ended.append(int(own["community"][0]))

    with pytest.raises(KeyboardInterrupt):
        each_of_sorted(tmp_path / "left", tmp_path / "right", search, {"node": "int64"}, tmp_path / "made", 3)
    assert set(ended) <= {2, 3}


def test_two_builds_in_one_folder_keep_out_of_each_other(build, tmp_path):
    out, refused = tmp_path / "tree", []

    def look(stage, fraction):
        with pytest.raises(ValueError, match="another build is at work") as error:
            build(edge_table(EDGES), out=out)
        refused.append(error)

    tree = build(edge_table(EDGES), out=out, progress=look)
    assert refused
    assert tree.n_leaves == len({v for edge in EDGES for v in edge})
    with pytest.raises(ValueError, match="which holds a finished tree"):  # the lock is gone with the build
        build(edge_table(EDGES), out=out)


def test_a_build_that_kept_nothing_yet_is_begun_anew(build, tmp_path):
    out = tmp_path / "tree"
    with pytest.raises(ValueError, match="engine: expected duckdb"):
        build(edge_table(EDGES), out=out, engine="locally")
    with pytest.raises(hint_se.GraphError, match="No files found"):
        build(str(tmp_path / "*.parquet"), out=out, height=2)
    assert build(edge_table(EDGES), out=out, height=1).height() == 1


def test_other_edges_do_not_go_on(tmp_path):
    """Neither a table of the same columns, nor a file of the same name and size."""
    import pyarrow
    from pyarrow import parquet

    from hint_se.tables.folder import source_of

    first, second = (pyarrow.table({"source": [0, 1], "target": [1, last]}) for last in (2, 3))
    assert source_of(first) == source_of(pyarrow.table(first.to_pydict())) != source_of(second)
    words = [pyarrow.table({"source": ["a"], "target": [end]}) for end in ("b", "c")]
    encoded = [table.set_column(1, "target", table["target"].dictionary_encode()) for table in words]
    assert source_of(encoded[0]) != source_of(encoded[1])
    file = tmp_path / "edges.parquet"
    parquet.write_table(first, file)
    known = source_of(str(file))
    assert known == source_of(str(tmp_path / "*.parquet"))
    size = file.stat().st_size
    parquet.write_table(second, file)
    os.utime(file, (1, 1))
    assert file.stat().st_size == size
    assert source_of(str(file)) != known


def _hear():
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_a_folder_of_something_else_is_left_alone(build, tmp_path):
    (tmp_path / "mine.txt").write_text("stays")
    with pytest.raises(ValueError, match="which holds something else"):
        build(edge_table(EDGES), out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(hint_se.TreeError, match="expected the folder of a tree"):
        opened(tmp_path)
    (tmp_path / "hint-tree.json").write_text('{"format": "other"}')
    with pytest.raises(hint_se.TreeError, match="expected the manifest of a tree"):
        opened(tmp_path)


def opened(folder: Path):
    from hint_se.tables import open_tree

    return open_tree(os.fspath(folder))
