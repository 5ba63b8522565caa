"""Builds with limits so small that graphs of a few hundred nodes take rounds, a top and communities."""

import pytest

for needed in ("pyarrow", "narwhals", "duckdb"):
    pytest.importorskip(needed)


@pytest.fixture
def build(tmp_path):
    """Return a function that builds a tree of a table; ``core`` and ``community`` are the limits in edges."""
    count = iter(range(100))

    def run(table, *, core=40, community=30, engine="duckdb", threads=2, progress=None, out=None, **asked):
        from hint_se.tables.build import build_within
        from hint_se.tables.limits import Limits

        asked = {"edges": 0, "names": False, "self_loops": "drop", "height": 0, "effort": "fast", **asked}
        limits = Limits(300 * 10**6, core, community)
        out = tmp_path / f"tree-{next(count)}" if out is None else out
        return build_within(table, out, asked, limits, engine=engine, weight="auto", threads=threads, progress=progress)

    return run


@pytest.fixture
def rows_of():
    """Return a function from a tree to its rows in the order of the nodes: what is the same tree bit for bit."""

    def read(tree):
        from pyarrow import parquet

        return parquet.read_table(tree.table).sort_by("node").to_pydict()

    return read
