#!/bin/sh
# DuckDB 2.0.1 casts a BIT of 12 bits to a BLOB with the padding in front, where numpy.packbits, faiss and PostgreSQL put it behind, and
# casts it back to 16 bits: the value changes by its round trip, and xor of the two is refused as they differ in length.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q duckdb==2.0.1 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb
import numpy as np

print("duckdb", duckdb.__version__)
text = "110111111111"
query = f"SELECT bits::BLOB, bits::BLOB::BIT::VARCHAR, bits::BLOB::BIT = bits FROM (SELECT '{text}'::BIT AS bits)"
[(blob, back, same)] = duckdb.sql(query).fetchall()
print(text, "->", blob.hex(), "->", back, same)
assert blob == b"\x0d\xff"
assert back == "0000110111111111"
assert not same
assert np.packbits([int(bit) for bit in text]).tobytes() == b"\xdf\xf0"
try:
    duckdb.sql(f"SELECT xor('{text}'::BIT::BLOB::BIT, '{text}'::BIT)").fetchall()
except duckdb.Error as error:
    print(error)
else:
    raise SystemExit("DuckDB compares them now")
PYTHON
