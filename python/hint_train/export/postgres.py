"""A script for psql: the distinct codes with their index, and the items that share each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hint_train.export.binary_files import BLOCK
from hint_train.export.codes import export_codes

if TYPE_CHECKING:
    from pathlib import Path

    from hint_train.export.database import Database
    from hint_train.export.whole_folder import Progress

_HEAD = """\
-- Binary codes for PostgreSQL with pgvector: psql -v ON_ERROR_STOP=1 -f codes.sql
-- An HNSW index over rows that share codes loses whole codes, so the index is over the distinct ones.
BEGIN;
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE codes (code_id integer PRIMARY KEY, code bit({bits}) NOT NULL UNIQUE);
CREATE TABLE items (item bigint PRIMARY KEY, id text NOT NULL UNIQUE, code_id integer NOT NULL);
COPY codes (code_id, code) FROM stdin;
"""
_ITEMS = """\
\\.
COPY items (item, id, code_id) FROM stdin;
"""
_TAIL = """\
\\.
ALTER TABLE items ADD FOREIGN KEY (code_id) REFERENCES codes;
CREATE INDEX ON items (code_id, item);
CREATE INDEX ON codes USING hnsw (code bit_hamming_ops);
COMMIT;
ANALYZE codes, items;
"""
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def write_pgvector(folder: Path, codes: Database, engine: str, progress: Progress) -> None:
    """`codes.sql`: schema, rows and indexes in one transaction."""
    n = len(codes.ids)
    with (folder / "codes.sql").open("w", encoding="utf-8", newline="\n") as file:
        file.write(_HEAD.format(bits=codes.bits))
        for start in range(0, len(codes.distinct), BLOCK):
            strings = export_codes(codes.distinct[start : start + BLOCK], to=engine, bits=codes.bits)
            file.writelines(f"{start + i}\t{code}\n" for i, code in enumerate(strings))
        file.write(_ITEMS)
        for start in progress(range(0, n, BLOCK)):
            for item in range(start, min(start + BLOCK, n)):
                file.write(f"{item}\t{str(codes.ids[item]).translate(_ESCAPES)}\t{codes.code_of[item]}\n")
        file.write(_TAIL)
