"""Folders for engines: whole or not at all, loaded by the engine, with the exact neighbours even where codes are short."""

import base64
import json
import re
from pathlib import Path

import faiss
import numpy as np
import pytest
from exact_codes import PUBLISHED, hamming, nearest, packed
from processes import interrupted

from hint_train.errors import ConfigError, DataError
from hint_train.export.codes import export_codes
from hint_train.export.conventions import CONVENTIONS
from hint_train.export.database import database
from hint_train.export.whole_folder import write_index

K = 50
PAGE = Path(__file__).parents[3] / "docs" / "export.md"
ABOUT = {"model": "0" * 64, "method": "hint", "modality": "image", "seed": 0}


@pytest.fixture
def write(tmp_path):
    """Write a folder for an engine; return it and its side-car."""

    def written(engine, codes, ids=None, bits=None):
        folder = tmp_path / engine
        write_index(folder, database(codes, ids, bits=bits), to=engine, about=ABOUT)
        return folder, json.loads((folder / "hint-codes.json").read_text())

    return written


@pytest.fixture
def colliding():
    """1,000 items on each of two codes that are neighbours."""
    return np.repeat(np.array([[0, 0], [1, 0]], dtype=np.uint8), 1000, axis=0)


def by_code(side, keys):
    """The first K items of a list of codes by distance, as the recipe joins them."""
    code_of = np.array(side["code_of"])
    return [[int(item) for key in row for item in np.flatnonzero(code_of == key)][:K] for row in keys]


def assert_exact(found, queries, codes, k=K):
    """Every item found has a distance that the exact answer has in that place."""
    _, expected = nearest(queries, codes, k)
    every = hamming(queries, codes)
    for row, items in enumerate(found):
        assert len(set(items)) == len(items) == k
        np.testing.assert_array_equal(every[row, items], expected[row])


def test_faiss_reads_its_file(write, short_codes):
    images, texts = short_codes
    folder, side = write("faiss", images)
    index = faiss.read_index_binary(str(folder / "codes.faiss"))
    distances, labels = index.search(export_codes(texts, to="faiss"), K)
    rows, expected = nearest(texts, images, K)
    np.testing.assert_array_equal(distances, expected)
    np.testing.assert_array_equal(labels, rows)
    assert "code_of" not in side


def test_usearch_reads_its_file_and_finds_all(write, short_codes):
    usearch = pytest.importorskip("usearch.index")
    images, texts = short_codes
    folder, side = write("usearch", images)
    index = usearch.Index.restore(str(folder / "codes.usearch"))
    index.expansion_search = 256
    found = index.search(export_codes(texts, to="usearch"), K)
    assert_exact(by_code(side, found.keys.tolist()), texts, images)


def test_usearch_writes_the_same_graph_each_time(tmp_path, short_codes):
    pytest.importorskip("usearch.index")
    for folder in ("one", "two"):
        write_index(tmp_path / folder, database(short_codes[0]), to="usearch", about=ABOUT)
    assert (tmp_path / "one" / "codes.usearch").read_bytes() == (tmp_path / "two" / "codes.usearch").read_bytes()


def test_faiss_graph_over_distinct_codes_finds_all(short_codes):
    images, texts = short_codes
    of = database(images)
    graph = faiss.IndexBinaryHNSW(16, 16)
    graph.hnsw.efSearch = 256
    graph.add(export_codes(of.distinct, to="faiss"))
    _, keys = graph.search(export_codes(texts, to="faiss"), K)
    assert_exact(by_code({"code_of": of.code_of}, keys.tolist()), texts, images)


JOIN, SCAN = re.findall(r"^```sql\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def asked(psql, query, codes, k=K):
    """Distances and ids of the first k items of each code, by a query of the page."""
    script = "".join(f"\\set code {code}\n{query}" for code in codes)
    return np.array(psql("-v", f"k={k}", script=script), dtype=np.float64).reshape(len(codes), k, 2)


def test_pgvector_loads_its_script_and_finds_all_by_its_graph(write, psql, short_codes):
    images, texts = short_codes
    folder, _ = write("pgvector", images)
    psql("-f", folder / "codes.sql")
    plan = psql(
        "-v",
        "k=50",
        script=f"SET enable_seqscan = off;\n\\set code {'0' * 16}\n{JOIN.replace('SELECT near', 'EXPLAIN SELECT near')}",
    )
    assert "Index Scan using codes_code_idx on codes" in str(plan)
    found = asked(psql, f"SET enable_seqscan = off; {JOIN}", export_codes(texts, to="pgvector"))
    assert_exact(found[:, :, 1].astype(int).tolist(), texts, images)


def test_pgvector_scans_exactly(write, psql, short_codes):
    images, texts = short_codes
    folder, _ = write("pgvector", images)
    psql("-f", folder / "codes.sql")
    found = asked(psql, SCAN, export_codes(texts, to="pgvector"))
    rows, distances = nearest(texts, images, K)
    np.testing.assert_array_equal(found[:, :, 0], distances)
    np.testing.assert_array_equal(found[:, :, 1], rows)


def test_pgvector_finds_every_item_of_two_codes(write, psql, colliding):
    folder, _ = write("pgvector", colliding)
    psql("-f", folder / "codes.sql")
    found = asked(psql, f"SET enable_seqscan = off; {JOIN}", ["0" * 16], 2000)
    assert found[0, :, 0].tolist() == [0] * 1000 + [1] * 1000


def test_usearch_finds_every_item_of_two_codes(write, colliding):
    usearch = pytest.importorskip("usearch.index")
    folder, side = write("usearch", colliding)
    index = usearch.Index.restore(str(folder / "codes.usearch"))
    found = index.search(np.zeros(2, dtype=np.uint8), 2000)
    assert found.keys.tolist() == [0, 1]
    assert np.bincount(side["code_of"]).tolist() == [1000, 1000]


NAMES = ["a", "tab\there", "back\\slash", 'a "quote"', "line\nbreak", "ünïcode", "\\N"]


@pytest.mark.parametrize("vectors", PUBLISHED["sets"], ids=lambda vectors: f"{vectors['bits']} bits")
def test_pgvector_brings_codes_and_names_back(write, psql, vectors):
    folder, _ = write("pgvector", packed(vectors["codes"]), NAMES, vectors["bits"])
    psql("-f", folder / "codes.sql")
    found = psql("-c", "SELECT json_build_array(id, code) FROM items JOIN codes USING (code_id) ORDER BY item")
    assert [json.loads("|".join(row)) for row in found] == [
        list(pair) for pair in zip(NAMES, vectors["codes"], strict=True)
    ]


def test_sqlite_vec_finds_the_neighbours_in_its_file(write, short_codes):
    apsw, vec = pytest.importorskip("apsw"), pytest.importorskip("sqlite_vec")
    images, texts = short_codes
    folder, _ = write("sqlite-vec", images)
    connection = apsw.Connection(str(folder / "codes.sqlite"), flags=apsw.SQLITE_OPEN_READONLY)
    connection.enable_load_extension(True)
    connection.load_extension(vec.loadable_path())
    query = "SELECT vec_distance_hamming(vec_bit(code), vec_bit(?)) AS distance, item FROM codes ORDER BY distance, item LIMIT ?"
    found = [connection.execute(query, (code, K)).fetchall() for code in export_codes(texts[:20], to="sqlite-vec")]
    connection.close()
    rows, distances = nearest(texts[:20], images, K)
    np.testing.assert_array_equal(np.array(found)[:, :, 0], distances)
    np.testing.assert_array_equal(np.array(found)[:, :, 1], rows)


def test_duckdb_finds_the_neighbours_in_a_parquet_file(write, short_codes):
    duckdb = pytest.importorskip("duckdb")
    images, texts = short_codes
    folder, _ = write("duckdb", images)
    query = f"""SELECT bit_count(xor(code::BIT, ?::BLOB::BIT)) AS distance, item
        FROM '{folder}/codes.parquet' ORDER BY distance, item LIMIT {K}"""
    with duckdb.connect() as connection:
        found = [connection.execute(query, [code]).fetchall() for code in export_codes(texts[:20], to="duckdb")]
        back = connection.execute(f"SELECT code FROM '{folder}/codes.parquet' ORDER BY item").fetchall()
    rows, distances = nearest(texts[:20], images, K)
    np.testing.assert_array_equal(np.array(found)[:, :, 0], distances)
    np.testing.assert_array_equal(np.array(found)[:, :, 1], rows)
    assert [code for (code,) in back] == export_codes(images, to="duckdb")
    assert (folder / "codes.parquet").stat().st_size < 40 * len(images)


def test_arrays_are_what_export_codes_returns(write, short_codes):
    for engine in ("numpy", "sentence-transformers", "sentence-transformers-binary"):
        folder, side = write(engine, short_codes[0])
        np.testing.assert_array_equal(np.load(folder / "codes.npy"), export_codes(short_codes[0], to=engine))
        assert side["items"] == 2500


def test_documents_hold_the_items_of_each_code(write):
    codes = packed(["100000000001", "000000000000", "100000000001"])
    for engine in ("elasticsearch", "opensearch"):
        folder, _ = write(engine, codes, ["x", "y", "z"], 12)
        lines = [json.loads(line) for line in (folder / "bulk.jsonl").read_text().splitlines()]
        assert lines == [
            {"index": {"_id": "0"}},
            {"code": [-128, 16], "ids": ["x", "z"]},
            {"index": {"_id": "1"}},
            {"code": [0, 0], "ids": ["y"]},
        ]
        field = json.loads((folder / "mapping.json").read_text())["mappings"]["properties"]["code"]
        assert field.get("dims", field.get("dimension")) == 16
    folder, _ = write("vespa", codes, ["x", "y", "z"], 12)
    lines = [json.loads(line) for line in (folder / "feed.jsonl").read_text().splitlines()]
    assert lines[0] == {"put": "id:hint:code::0", "fields": {"code": {"values": [-128, 16]}, "ids": ["x", "z"]}}
    assert "tensor<int8>(x[2])" in (folder / "code.sd").read_text()
    folder, _ = write("mongodb", codes, ["x", "y", "z"], 12)
    first = json.loads((folder / "codes.jsonl").read_text().splitlines()[0])
    assert first["ids"] == ["x", "z"]
    assert base64.b64decode(first["code"]["$binary"]["base64"]) == b"\x10\x00\x80\x10"
    assert json.loads((folder / "index.json").read_text())["fields"][0]["numDimensions"] == 16
    folder, _ = write("milvus", codes, ["x", "y", "z"], 12)
    rows = json.loads((folder / "rows.json").read_text())["rows"]
    assert rows[0] == {"item": 0, "id": "x", "code": [1, 8]}
    assert [row["id"] for row in rows] == ["x", "y", "z"]


def test_side_car_says_how_to_ask(write):
    _, side = write("pgvector", packed(["100000000001", "000000000000", "100000000001"]), [7, 8, 9], 12)
    assert side == {
        "format": "hint-train codes",
        "version": 1,
        "engine": "pgvector",
        **ABOUT,
        "bits": 12,
        "width": 12,
        "bit_order": "most significant first",
        "byte_order": "byte j holds bits 8j to 8j + 7",
        "form": "bit string",
        "sign": "–",
        "threshold": ">= 0",
        "distance": "<~>",
        "items": 3,
        "distinct": 2,
        "one_entry": "distinct code",
        "ids": [7, 8, 9],
        "code_of": [0, 1, 0],
    }


@pytest.mark.parametrize("engine", CONVENTIONS)
def test_a_folder_is_whole_or_not_there(tmp_path, monkeypatch, engine):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("hint_train.export.whole_folder.sidecar", stop)
    pytest.importorskip("usearch")
    with pytest.raises(KeyboardInterrupt):
        write_index(tmp_path / "out", database(np.zeros((3, 2), dtype=np.uint8)), to=engine, about=ABOUT)
    assert list(tmp_path.iterdir()) == []


def test_a_graph_can_be_interrupted(tmp_path):
    """usearch answers Ctrl-C by an error of its own."""
    pytest.importorskip("usearch")
    codes = database(np.random.default_rng(0).integers(0, 256, size=(200_000, 16), dtype=np.uint8))
    with pytest.raises(KeyboardInterrupt), interrupted(after=0.5):
        write_index(tmp_path / "out", codes, to="usearch", about=ABOUT)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays(tmp_path):
    codes = database(np.zeros((3, 2), dtype=np.uint8))
    (tmp_path / "out").mkdir()
    write_index(tmp_path / "out", codes, to="numpy", about=ABOUT)  # an empty folder is as good as none
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with pytest.raises(ConfigError, match="exists already; choose a new name or an empty folder"):
        write_index(tmp_path / "out", codes, to="numpy", about=ABOUT)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    with pytest.raises(ConfigError, match="expected a name in a folder that exists"):
        write_index(tmp_path / "no" / "out", codes, to="numpy", about=ABOUT)


def test_a_missing_library_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "usearch", None)
    monkeypatch.setitem(__import__("sys").modules, "usearch.index", None)
    with pytest.raises(ConfigError, match="written by usearch, which is not installed: pip install usearch"):
        write_index(tmp_path / "out", database(np.zeros((3, 2), dtype=np.uint8)), to="usearch", about=ABOUT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("codes", "ids", "message"),
    [
        (np.zeros((0, 2), dtype=np.uint8), None, "there are no codes to export"),
        (np.zeros((2, 2), dtype=np.uint8), ["a"], "expected 2 ids, one for each code, got 1"),
        (np.zeros((2, 2), dtype=np.uint8), ["a", ("b",)], "must be text or whole numbers, got ('b',)"),
        (np.zeros((2, 2), dtype=np.uint8), ["1", 1], "different as text too"),
        (np.zeros((2, 2), dtype=np.uint8), ["a", "b\0"], "must not contain a null character"),
    ],
)
def test_what_is_no_database_is_refused(codes, ids, message):
    with pytest.raises(DataError, match=re.escape(message)):
        database(codes, ids)
