"""Lines of JSON for engines that hold documents, with the schema that they need: one document a distinct code, with the ids of its items."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from hint_train.export.binary_files import BLOCK
from hint_train.export.codes import export_codes
from hint_train.export.conventions import CONVENTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hint_train.export.database import Database
    from hint_train.export.whole_folder import Progress

    Lines = Callable[[int, Any, list[str]], list[dict[str, Any]]]
    """From number, exported code and ids of a distinct code to the lines that say them."""

_VESPA = """\
schema code {{
    document code {{
        field code type tensor<int8>(x[{bytes}]) {{
            indexing: attribute | index
            attribute {{ distance-metric: hamming }}
        }}
        field ids type array<string> {{ indexing: summary }}
    }}
    rank-profile hamming {{
        inputs {{ query(code) tensor<int8>(x[{bytes}]) }}
        first-phase {{ expression: closeness(field, code) }}
    }}
}}
"""


def write_elasticsearch(folder: Path, codes: Database, engine: str, progress: Progress) -> None:
    """`mapping.json`, the body that creates the index, and `bulk.jsonl`, the body of `_bulk`."""
    field = {"type": "dense_vector", "element_type": "bit", "dims": CONVENTIONS[engine].width(codes.bits)}
    _write_json(folder / "mapping.json", {"mappings": _properties(field)})
    _write_lines(folder / "bulk.jsonl", codes, engine, progress, _indexed)


def write_opensearch(folder: Path, codes: Database, engine: str, progress: Progress) -> None:
    """`mapping.json`, the body that creates the index, and `bulk.jsonl`, the body of `_bulk`."""
    field = {"type": "knn_vector", "dimension": CONVENTIONS[engine].width(codes.bits), "data_type": "binary"}
    method = {"name": "hnsw", "engine": "faiss", "space_type": "hamming"}
    mapping = {"settings": {"index": {"knn": True}}, "mappings": _properties(field | {"method": method})}
    _write_json(folder / "mapping.json", mapping)
    _write_lines(folder / "bulk.jsonl", codes, engine, progress, _indexed)


def write_vespa(folder: Path, codes: Database, engine: str, progress: Progress) -> None:
    """`code.sd`, the schema, and `feed.jsonl` for `vespa feed`."""
    (folder / "code.sd").write_text(_VESPA.format(bytes=codes.codes.shape[1]), encoding="utf-8")
    _write_lines(folder / "feed.jsonl", codes, engine, progress, _put)


def write_mongodb(folder: Path, codes: Database, engine: str, progress: Progress) -> None:
    """`index.json`, the definition of the vector search index, and `codes.jsonl` for `mongoimport`."""
    width = CONVENTIONS[engine].width(codes.bits)
    field = {"type": "vector", "path": "code", "numDimensions": width, "similarity": "euclidean"}
    _write_json(folder / "index.json", {"fields": [field]})
    _write_lines(folder / "codes.jsonl", codes, engine, progress, _extended)


def write_milvus(folder: Path, codes: Database, engine: str, progress: Progress) -> None:
    """`schema.json`, what the collection holds, and `rows.json` for its import: a row an item, as its `BIN_FLAT` index is exact."""
    field = {"name": "code", "type": "BINARY_VECTOR", "dim": CONVENTIONS[engine].width(codes.bits)}
    fields = [{"name": "item", "type": "INT64", "primary": True}, {"name": "id", "type": "VARCHAR"}, field]
    index = {"field": "code", "index_type": "BIN_FLAT", "metric_type": "HAMMING"}
    _write_json(folder / "schema.json", {"fields": fields, "index": index})
    with (folder / "rows.json").open("w", encoding="utf-8") as file:
        file.write('{"rows": [\n')
        for start in progress(range(0, len(codes.codes), BLOCK)):
            blobs = export_codes(codes.codes[start : start + BLOCK], to=engine, bits=codes.bits)
            for item, blob in enumerate(blobs, start):
                comma = "" if item == 0 else ",\n"
                file.write(comma + json.dumps({"item": item, "id": str(codes.ids[item]), "code": list(blob)}))
        file.write("\n]}\n")


def _indexed(number: int, code: Any, ids: list[str]) -> list[dict[str, Any]]:
    return [{"index": {"_id": str(number)}}, {"code": code, "ids": ids}]


def _put(number: int, code: Any, ids: list[str]) -> list[dict[str, Any]]:
    return [{"put": f"id:hint:code::{number}", "fields": {"code": {"values": code}, "ids": ids}}]


def _extended(number: int, code: Any, ids: list[str]) -> list[dict[str, Any]]:
    binary = {"$binary": {"base64": base64.b64encode(code).decode("ascii"), "subType": "09"}}
    return [{"_id": number, "code": binary, "ids": ids}]


def _properties(field: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {"code": field, "ids": {"type": "keyword", "index": False}}}


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def _write_lines(path: Path, codes: Database, engine: str, progress: Progress, lines: Lines) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for number, code, ids in _documents(codes, engine, progress):
            file.writelines(json.dumps(line) + "\n" for line in lines(number, code, ids))


def _documents(codes: Database, engine: str, progress: Progress) -> Iterator[tuple[int, Any, list[str]]]:
    items = codes.items_of()
    for start in progress(range(0, len(codes.distinct), BLOCK)):
        exported = export_codes(codes.distinct[start : start + BLOCK], to=engine, bits=codes.bits)
        for number, code in enumerate(exported, start):
            yield number, code, [str(codes.ids[item]) for item in items[number]]
