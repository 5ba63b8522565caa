"""Edges in an object store on loopback, and in tables of Delta Lake: the tree of the same edges in files."""

import networkx
import pyarrow
import pytest
from edgetables import edge_table
from pyarrow import fs, parquet

import hint_se

pytest.importorskip("deltalake")
moto = pytest.importorskip("moto.server")
EDGES = list(networkx.planted_partition_graph(4, 15, 0.4, 0.03, seed=3).edges)
NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ALLOW_HTTP")


@pytest.fixture(scope="module")
def server():
    """Return the address of a store of objects, in a thread of this process."""
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(server, monkeypatch):
    """Let the names of AWS in the environment lead to the store; return the name of a bucket with the edges in three files."""
    for name, value in zip(NAMES, ("key", "secret", "us-east-1", server, "true"), strict=True):
        monkeypatch.setenv(name, value)
    made = fs.S3FileSystem(allow_bucket_creation=True, endpoint_override=server)
    made.create_dir("bucket")
    for part in range(3):
        parquet.write_table(edge_table(EDGES[part::3]), f"bucket/edges/part-{part}.parquet", filesystem=made)
    return "bucket"


def test_files_of_a_store_and_a_delta_table_in_it(build, rows_of, bucket):
    from deltalake import write_deltalake

    write_deltalake(f"s3://{bucket}/delta", edge_table(EDGES), mode="overwrite")
    wanted = rows_of(build(edge_table(EDGES), core=1000))
    for address in (f"s3://{bucket}/edges/*.parquet", f"s3://{bucket}/delta"):
        assert rows_of(build(address, core=1000)) == wanted


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_delta_table_is_its_last_version(build, rows_of, tmp_path, engine):
    """Its folder holds files of edges that were deleted."""
    from deltalake import DeltaTable, write_deltalake

    from hint_se.tables.folder import source_of

    place = str(tmp_path / "delta")
    write_deltalake(place, edge_table([*EDGES, (0, 10**6)]))
    before = source_of(place)
    DeltaTable(place).delete("target = 1000000")
    write_deltalake(place, edge_table(EDGES[:1]), mode="append")
    assert source_of(place) != before
    assert rows_of(build(place, engine=engine, core=1000)) == rows_of(build(edge_table(EDGES), core=1000))
    with pytest.raises(hint_se.GraphError, match="expected one Delta table, or files, got 2 addresses"):
        build([place, "more.parquet"], engine=engine)


def test_what_is_wrong_is_one_sentence(build, bucket, tmp_path, monkeypatch):
    from deltalake import write_deltalake

    with pytest.raises(
        hint_se.GraphError, match=r"s3://bucket/none/\*.parquet: expected files of edges.*No files found"
    ):
        build(f"s3://{bucket}/none/*.parquet")
    write_deltalake(f"s3://{bucket}/other", pyarrow.table({"a": [1], "b": [2], "c": [3]}), mode="overwrite")
    with pytest.raises(hint_se.GraphError, match="table: expected the columns source, target"):
        build(f"s3://{bucket}/other")
    (tmp_path / "delta" / "_delta_log").mkdir(parents=True)
    with pytest.raises(hint_se.GraphError, match="expected a Delta table that deltalake reads"):
        build(str(tmp_path / "delta"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(OSError, match=r"s3://bucket/edges/\*.parquet: the object store cannot be reached"):
        build(f"s3://{bucket}/edges/*.parquet")


def test_a_package_that_is_missing_is_named(build, tmp_path, monkeypatch):
    import sys

    (tmp_path / "delta" / "_delta_log").mkdir(parents=True)
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with pytest.raises(ModuleNotFoundError, match=r"the Delta table \S+ needs deltalake: pip install deltalake"):
        build(str(tmp_path / "delta"))
