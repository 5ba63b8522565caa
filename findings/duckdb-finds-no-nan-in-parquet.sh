#!/bin/sh
# DuckDB 2.0.1 answers WHERE isnan(w) from the statistics of a Parquet file, which leave NaN out as the format asks: the row that holds one is
# not found. SUM(CASE WHEN isnan(w) ...) over the same file counts it, and a file that DuckDB wrote itself is searched. Weights are checked
# without such a filter for that.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q duckdb==2.0.1 pyarrow==26.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb
import pyarrow
from pyarrow import parquet

print("duckdb", duckdb.__version__, "pyarrow", pyarrow.__version__)
parquet.write_table(pyarrow.table({"w": [1.0, float("nan")]}), "arrow.parquet")
duckdb.sql("COPY (FROM 'arrow.parquet') TO 'duck.parquet'")


def rows(file, condition):
    return duckdb.sql(f"SELECT count(*) FROM '{file}' WHERE {condition}").fetchall()[0][0]


counted = duckdb.sql("SELECT sum(CASE WHEN isnan(w) THEN 1 ELSE 0 END) FROM 'arrow.parquet'").fetchall()[0][0]
found = {condition: rows("arrow.parquet", condition) for condition in ("isnan(w)", "NOT isfinite(w)", "w > 5")}
print("of one NaN: counted", counted, "found", found, "in a file of its own", rows("duck.parquet", "isnan(w)"))
assert counted == 1
assert set(found.values()) == {0}, "DuckDB finds it now"
assert rows("duck.parquet", "isnan(w)") == rows("duck.parquet", "w > 5") == 1
PYTHON
