#!/bin/sh
# fsspec 2026.9.0 finds no files in an object store that does not answer: glob returns an empty list, where ls of the same folder raises OSError. Who
# reads by a pattern through it, as DuckDB 2.0.1 does with a registered file system, says that no files match. So edges in a store
# are asked for once before they are read.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q fsspec==2026.9.0 pyarrow==26.0.1 duckdb==2.0.1
cd "$folder"
export AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret
venv/bin/python - <<'PYTHON'
import duckdb
import fsspec
import pyarrow
from fsspec.implementations.arrow import ArrowFSWrapper
from pyarrow import fs

print("fsspec", fsspec.__version__, "pyarrow", pyarrow.__version__, "duckdb", duckdb.__version__)
nobody = fs.S3FileSystem(endpoint_override="http://127.0.0.1:9", region="us-east-1")
store = ArrowFSWrapper(nobody)
found = store.glob("bucket/edges/*.parquet")
try:
    listed = store.ls("bucket/edges")
except OSError as error:
    listed = f"OSError: {str(error)[:90]}"
connection = duckdb.connect()
connection.register_filesystem(store)
try:
    said = connection.read_parquet("s3://bucket/edges/*.parquet").fetchall()
except duckdb.Error as error:
    said = str(error)
print("glob:", found, "| ls:", listed, "| duckdb:", said)
assert found == [], "glob finds or raises now"
assert listed.startswith("OSError")
assert "No files found" in said
PYTHON
