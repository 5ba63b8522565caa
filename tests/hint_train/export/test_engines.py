"""Every engine that the test environment has, on the published vectors: distances, order of bits, what is missing, ties."""

import faiss
import numpy as np
import pytest
from exact_codes import PUBLISHED

from hint_train.export.conventions import CONVENTIONS

SETS = [pytest.param(vectors, id=f"{vectors['bits']} bits") for vectors in PUBLISHED["sets"]]
WHOLE = [case for case in SETS if case.values[0]["bits"] % 8 == 0]


def signs(vectors):
    return np.array([[1.0 if bit == "1" else -1.0 for bit in code] for code in vectors["codes"]], dtype=np.float32)


def blobs(vectors, engine):
    return [bytes.fromhex(code) for code in vectors["exported"][engine]]


def array(vectors, engine):
    return np.array(vectors["exported"][engine], dtype=np.uint8)


def in_order(labels, distances):
    """Distances by label, of answers that name every label."""
    return np.take_along_axis(distances, np.argsort(labels, axis=1), axis=1).tolist()


@pytest.mark.parametrize("vectors", SETS)
def test_faiss_counts_the_distances(vectors):
    codes = array(vectors, "faiss")
    index = faiss.IndexBinaryFlat(8 * codes.shape[1])
    index.add(codes)
    distances, labels = index.search(codes, len(codes))
    assert in_order(labels, distances) == vectors["hamming"]


@pytest.mark.parametrize("vectors", WHOLE)
def test_faiss_helpers_pack_the_signs_so(vectors):
    floats, bits = signs(vectors), vectors["bits"]
    codes = np.zeros((len(floats), bits // 8), dtype=np.uint8)
    faiss.real_to_binary(floats.size, faiss.swig_ptr(floats), faiss.swig_ptr(codes))
    assert codes.tolist() == vectors["exported"]["faiss"]
    faiss.fvecs2bitvecs(faiss.swig_ptr(floats), faiss.swig_ptr(codes), bits, len(floats))
    assert codes.tolist() == vectors["exported"]["faiss"]


def test_faiss_helpers_disagree_about_zero():
    zeros = np.zeros(8, dtype=np.float32)
    first, second = np.zeros(1, dtype=np.uint8), np.zeros(1, dtype=np.uint8)
    faiss.real_to_binary(8, faiss.swig_ptr(zeros), faiss.swig_ptr(first))
    faiss.fvecs2bitvecs(faiss.swig_ptr(zeros), faiss.swig_ptr(second), 8, 1)
    assert (first.item(), second.item()) == (0, 255)
    assert CONVENTIONS["faiss"].zero == "0 by `real_to_binary`, 1 by `fvecs2bitvecs`"


@pytest.mark.parametrize(("kind", "far"), [("BFlat", 2147483647), ("BHNSW16", -2147483648)])
def test_faiss_names_missing_neighbours_so(kind, far):
    index = faiss.index_binary_factory(16, kind)
    index.add(np.array([[0, 0], [0, 1], [255, 255], [0, 0]], dtype=np.uint8))
    distances, labels = index.search(np.zeros((1, 2), dtype=np.uint8), 6)
    assert labels.tolist() == [[0, 3, 1, 2, -1, -1]]
    assert distances.tolist() == [[0, 0, 1, 16, far, far]]
    assert str(far) in CONVENTIONS["faiss"].missing


def test_faiss_takes_no_length_but_a_multiple_of_8():
    with pytest.raises(RuntimeError, match="% 8 == 0"):
        faiss.IndexBinaryFlat(12)


@pytest.mark.parametrize("vectors", SETS)
def test_usearch_counts_the_distances(vectors):
    usearch = pytest.importorskip("usearch.index")
    codes = array(vectors, "usearch")
    index = usearch.Index(ndim=8 * codes.shape[1], metric="hamming", dtype="b1")
    index.add(np.arange(len(codes), dtype=np.uint64), codes)
    found = index.search(codes, len(codes), exact=True)
    assert in_order(found.keys.astype(np.int64), found.distances) == vectors["hamming"]


def test_usearch_names_missing_neighbours_so():
    usearch = pytest.importorskip("usearch.index")
    index = usearch.Index(ndim=16, metric="hamming", dtype="b1")
    index.add(np.array([7, 8], dtype=np.uint64), np.array([[0, 0], [0, 1]], dtype=np.uint8))
    many = index.search(np.zeros((2, 2), dtype=np.uint8), 3)
    assert many.keys[0].tolist() == [7, 8, 0]
    assert many.distances[0, :2].tolist() == [0, 1]
    assert np.isnan(many.distances[0, 2])
    assert many.counts.tolist() == [2, 2]
    assert index.search(np.zeros(2, dtype=np.uint8), 3).keys.tolist() == [7, 8]


@pytest.mark.parametrize("vectors", SETS)
def test_pgvector_counts_the_distances_of_exact_lengths(psql, vectors):
    bits, codes = vectors["bits"], vectors["exported"]["pgvector"]
    rows = ", ".join(f"({number}, B'{code}')" for number, code in enumerate(codes))
    found = psql(
        "-c", f"CREATE EXTENSION vector; CREATE TABLE t (i int, code bit({bits})); INSERT INTO t VALUES {rows}",
        "-c", "SELECT a.i, b.i, a.code <~> b.code, bit_count(a.code # b.code) FROM t a, t b ORDER BY 1, 2",
    )  # fmt: skip
    distances = np.array(found, dtype=np.float64).reshape(len(codes), len(codes), 4)
    assert distances[:, :, 2].tolist() == vectors["hamming"]
    assert distances[:, :, 3].tolist() == vectors["hamming"]


@pytest.mark.parametrize("vectors", SETS[:2])
def test_pgvector_packs_the_signs_so(psql, vectors):
    texts = [str(row) for row in signs(vectors).tolist()]
    queries = "; ".join(f"SELECT binary_quantize('{text}'::vector)" for text in texts)
    assert psql("-c", f"CREATE EXTENSION vector; {queries}") == [[code] for code in vectors["exported"]["pgvector"]]


def test_pgvector_makes_zero_of_zero(psql):
    assert psql("-c", "CREATE EXTENSION vector; SELECT binary_quantize('[0, 1]'::vector)") == [
        [CONVENTIONS["pgvector"].zero + "1"]
    ]


@pytest.fixture
def sqlite():
    """A connection that knows sqlite-vec; not every Python's own SQLite loads extensions."""
    apsw, vec = pytest.importorskip("apsw"), pytest.importorskip("sqlite_vec")
    connection = apsw.Connection(":memory:")
    connection.enable_load_extension(True)
    connection.load_extension(vec.loadable_path())
    yield connection
    connection.close()


@pytest.mark.parametrize("vectors", SETS)
def test_sqlite_vec_counts_the_distances(sqlite, vectors):
    codes = blobs(vectors, "sqlite-vec")
    query = "SELECT vec_distance_hamming(vec_bit(?), vec_bit(?))"
    assert [[sqlite.execute(query, (a, b)).fetchall()[0][0] for b in codes] for a in codes] == vectors["hamming"]


@pytest.mark.parametrize("vectors", WHOLE)
def test_sqlite_vec_packs_the_signs_so(sqlite, vectors):
    packed = [
        sqlite.execute("SELECT vec_quantize_binary(?)", (row.tobytes(),)).fetchall()[0][0] for row in signs(vectors)
    ]
    assert packed == blobs(vectors, "sqlite-vec")
    lists = [sqlite.execute("SELECT vec_to_json(vec_bit(?))", (code,)).fetchall()[0][0] for code in packed]
    assert [text.replace(",", "")[1:-1] for text in lists] == vectors["codes"]


def test_sqlite_vec_makes_zero_of_zero(sqlite):
    zeros = np.zeros(8, dtype=np.float32).tobytes()
    assert sqlite.execute("SELECT hex(vec_quantize_binary(?))", (zeros,)).fetchall() == [("00",)]
    assert CONVENTIONS["sqlite-vec"].zero == "0"


@pytest.mark.parametrize("vectors", SETS)
def test_duckdb_counts_the_distances_and_reads_the_bits_so(vectors):
    duckdb = pytest.importorskip("duckdb")
    codes, bits = blobs(vectors, "duckdb"), vectors["bits"]
    with duckdb.connect() as connection:
        query = "SELECT bit_count(xor(?::BLOB::BIT, ?::BLOB::BIT))"
        found = [[connection.execute(query, [a, b]).fetchall()[0][0] for b in codes] for a in codes]
        assert found == vectors["hamming"]
        texts = [connection.execute("SELECT ?::BLOB::BIT::VARCHAR", [code]).fetchall()[0][0] for code in codes]
    assert [text[:bits] for text in texts] == vectors["codes"]
    assert all(set(text[bits:]) <= {"0"} for text in texts)


def test_duckdb_pads_bits_on_the_other_side():
    """A bit string of 12 becomes a blob with its zeros in front, so only blobs are compared with blobs."""
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        assert connection.execute("SELECT '010111111111'::BIT::BLOB").fetchall() == [(b"\x05\xff",)]
