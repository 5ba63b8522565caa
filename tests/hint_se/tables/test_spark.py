"""Spark in local mode: the tree of DuckDB bit for bit, with any number of workers. A step of `.ci/run` has the JRE that it takes."""

import os
import shutil
import signal
import sys
import threading
import time
import warnings

import networkx
import numpy as np
import pytest
from edgetables import edge_table
from sparkcluster import awaited, cluster, kill_machine

if os.environ.get("HINT_SPARK") != "needed":
    pytest.skip("runs where HINT_SPARK=needed says that a JRE is there", allow_module_level=True)
assert shutil.which("java"), "HINT_SPARK=needed, and there is no java"
EDGES = list(networkx.planted_partition_graph(4, 15, 0.4, 0.03, seed=3).edges)

pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet:FutureWarning", "ignore::DeprecationWarning"),
    pytest.mark.timeout(3_600),  # of virtual machines beside others on few cores
]


# Little to compute: no time is won back that a compiler takes.
QUICK = {"spark.ui.enabled": "false", "spark.sql.codegen.wholeStage": "false", "spark.sql.adaptive.enabled": "false"}


@pytest.fixture(scope="module", autouse=True)
def machine():
    """End the virtual machine, which else stays as long as this process. Its compiler does little, as it runs for seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        yield
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(60)
        SparkContext._gateway = SparkContext._jvm = None


@pytest.fixture
def source(tmp_path):
    from pyarrow import parquet

    rng = np.random.default_rng(0)
    names = [(f"n{u}", f"n{v}") for u, v in EDGES]
    for part in range(3):
        weights = rng.uniform(0.1, 3.0, len(names[part::3]))
        parquet.write_table(edge_table(names[part::3], weights), tmp_path / f"part-{part}.parquet")
    return str(tmp_path / "part-*.parquet")


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_workers_do_not_matter(build, rows_of, source, workers):
    from pyspark.sql import SparkSession

    how = {"core": 130, "community": 60, "effort": "default"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = {**QUICK, "spark.sql.shuffle.partitions": str(workers + 1)}
        builder = SparkSession.builder.master(f"local[{workers}]").config(map=settings)
        session = builder.getOrCreate()
        try:
            spark = build(source, engine=session, **how)
        finally:
            session.stop()
    assert rows_of(spark) == rows_of(build(source, **how))


def test_an_address_starts_a_session_and_ends_it(build, rows_of, source, monkeypatch):
    from pyspark import SparkContext

    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--conf spark.sql.shuffle.partitions=2 pyspark-shell")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spark = build(source, engine="local[2]", core=1000)
    assert SparkContext._active_spark_context is None
    assert rows_of(spark) == rows_of(build(source, core=1000))


def test_files_with_and_without_weights_go_together(build, tmp_path):
    """By column names, as in DuckDB: the weights that a file lacks are missing."""
    from pyarrow import parquet
    from pyspark.sql import SparkSession

    import hint_se

    parquet.write_table(edge_table(EDGES[:9]), tmp_path / "a.parquet")
    parquet.write_table(edge_table(EDGES[9:], [1.0] * len(EDGES[9:])), tmp_path / "b.parquet")
    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        with pytest.raises(hint_se.GraphError, match="is NaN; 9 rows are like that"):
            build([str(tmp_path / "a.parquet"), str(tmp_path / "b.parquet")], engine=session)
        with pytest.raises(hint_se.GraphError, match="expected"):
            build(str(tmp_path / "none*.parquet"), engine="local[1]")
        assert session.range(3).count() == 3  # one that was there before goes on
    finally:
        session.stop()


def test_a_delta_table_is_its_last_version_and_communities_are_matched(build, rows_of, tmp_path):
    """By the files that its log names, as this session has no package of Delta's. Others of its folder hold edges that were deleted."""
    from deltalake import DeltaTable, write_deltalake
    from pyspark.sql import SparkSession

    import hint_se

    place = str(tmp_path / "an ed ge, 100%")
    write_deltalake(place, edge_table([*EDGES, (0, 10**6)]))
    DeltaTable(place).delete("target = 1000000")
    write_deltalake(place, edge_table(EDGES[:1]), mode="append")
    write_deltalake(str(tmp_path / "none"), edge_table(EDGES).slice(0, 0))
    settings = {**QUICK, "spark.sql.shuffle.partitions": "2"}
    session = SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
    try:
        after = build(place, engine=session, core=1000)
        with pytest.raises(hint_se.GraphError, match="expected a Delta table with edges, got one without rows"):
            build(str(tmp_path / "none"), engine=session)
        assert rows_of(after) == rows_of(build(edge_table(EDGES), core=1000))
        ring = [(node, (node + 1) % 60) for node in range(60)]
        before = build(edge_table([*EDGES[::3], *ring]), core=1000)
        found = after.match(before, level=2)
        wanted = hint_se.match(before.to_tree(), after.to_tree(), level=2)
        assert found.labels.sort_by("node")["community"].to_pylist() == wanted.labels.tolist()
        assert (found.split, found.new) == (wanted.split, wanted.new)
    finally:
        session.stop()


def test_a_worker_that_is_killed_during_a_round_changes_nothing(build, rows_of, tmp_path, monkeypatch):
    """Its task of a round waits until worker and executor are killed, so that another one has to do it again."""
    import narwhals
    from pyarrow import parquet
    from pyspark.sql import SparkSession

    from hint_se.tables.engines.spark import SparkEngine

    write, running, killed = SparkEngine.write, tmp_path / "running", tmp_path / "killed"

    def held(batches):
        if not killed.exists():
            mine = running.with_suffix(f".{os.getpid()}")
            mine.write_text(str(os.getpid()))
            mine.replace(running)
            while not killed.exists():
                time.sleep(0.01)
        yield from batches

    def write_held(engine, frame, table):
        if table.parent.name == "round-0001" and table.name == "sums.parquet":
            native = frame.to_native()
            frame = narwhals.from_native(native.mapInArrow(held, native.schema))
        write(engine, frame, table)

    source, fewer = str(tmp_path / "edges.parquet"), len(EDGES) - 1  # one round
    parquet.write_table(edge_table(EDGES), source)
    lost = []

    def kill(workers):
        try:
            if awaited(lambda: running.exists() or killed.exists(), "a task of the round") and not killed.exists():
                lost.append(kill_machine(workers, int(running.read_text())))
        finally:
            killed.touch()

    monkeypatch.setattr(SparkEngine, "write", write_held)
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    with cluster(tmp_path, 2) as (address, workers), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = {**QUICK, "spark.sql.shuffle.partitions": "1", "spark.driver.host": "127.0.0.1"}
        session = SparkSession.builder.master(address).config(map=settings).getOrCreate()
        killer = threading.Thread(target=kill, args=(workers,))
        killer.start()
        try:
            spark = build(source, engine=address, core=fewer)
        finally:
            killed.touch()
            killer.join()
            session.stop()
        assert lost[0].wait(60) == -signal.SIGKILL
    monkeypatch.undo()
    assert spark._manifest.rounds == 1
    assert rows_of(spark) == rows_of(build(source, core=fewer))
