"""The published vectors, and codes that are none."""

import re

import numpy as np
import pytest
from exact_codes import PUBLISHED, packed

from hint_train.errors import ConfigError, DataError
from hint_train.export.codes import export_codes
from hint_train.export.conventions import CONVENTIONS
from hint_train.packing import pack

SETS = {f"{one['bits']} bits": one for one in PUBLISHED["sets"]}


def plain(exported):
    """What JSON can say of exported codes."""
    rows = exported.tolist() if isinstance(exported, np.ndarray) else exported
    return [row.hex() if isinstance(row, bytes) else row for row in rows]


@pytest.mark.parametrize("engine", CONVENTIONS)
@pytest.mark.parametrize("vectors", SETS.values(), ids=SETS)
def test_codes_are_exported_as_published(vectors, engine):
    assert plain(export_codes(packed(vectors["codes"]), to=engine, bits=vectors["bits"])) == vectors["exported"][engine]


@pytest.mark.parametrize("vectors", SETS.values(), ids=SETS)
def test_published_codes_are_those_of_signs(vectors):
    """The first bit on the left is output 0, 1 where it is not negative."""
    outputs = np.array([[1.0 if bit == "1" else -1.0 for bit in code] for code in vectors["codes"]], dtype=np.float32)
    np.testing.assert_array_equal(pack(outputs), packed(vectors["codes"]))
    expected = [[sum(a != b for a, b in zip(x, y, strict=True)) for y in vectors["codes"]] for x in vectors["codes"]]
    assert vectors["hamming"] == expected


def test_published_threshold():
    outputs = np.array([PUBLISHED["threshold"]["outputs"]], dtype=np.float32)
    np.testing.assert_array_equal(pack(outputs), packed([PUBLISHED["threshold"]["code"]]))


def test_every_engine_has_published_vectors():
    for vectors in PUBLISHED["sets"]:
        assert vectors["exported"].keys() == CONVENTIONS.keys()


def test_the_same_byte_in_every_way():
    """Bit 0 alone is set: the smallest byte, or the greatest but for the sign."""
    code = np.array([[1]], dtype=np.uint8)
    assert export_codes(code, to="faiss").tolist() == [[1]]
    assert export_codes(code, to="numpy").tolist() == [[128]]
    assert export_codes(code, to="sentence-transformers-binary").tolist() == [[0]]
    assert export_codes(code, to="vespa") == [[-128]]
    assert export_codes(code, to="pgvector") == ["10000000"]
    assert export_codes(code, to="pgvector", bits=3) == ["100"]
    assert export_codes(code, to="duckdb") == [b"\x80"]
    assert export_codes(code, to="sqlite-vec") == [b"\x01"]
    assert export_codes(code, to="mongodb") == [b"\x10\x00\x80"]


@pytest.mark.parametrize(
    ("codes", "bits", "message"),
    [
        ([[1]], None, "codes must be a uint8 array of shape (n, ceil(bits / 8)), got list"),
        (np.zeros((2, 1), dtype=np.int8), None, "got int8 (2, 1)"),
        (np.zeros(2, dtype=np.uint8), None, "got uint8 (2,)"),
        (np.zeros((2, 0), dtype=np.uint8), None, "got uint8 (2, 0)"),
        (np.zeros((2, 2), dtype=np.uint8), 17, "codes of 17 bits must have 3 bytes, got 2"),
        (np.zeros((2, 2), dtype=np.uint8), 8, "codes of 8 bits must have 1 bytes, got 2"),
        (np.zeros((2, 2), dtype=np.uint8), 0, "codes of 0 bits must have 0 bytes, got 2"),
        (np.array([[0, 15], [0, 16]], dtype=np.uint8), 12, "row 1 has a bit set beyond the last one"),
    ],
)
def test_what_is_no_code_is_refused(codes, bits, message):
    with pytest.raises(DataError, match=re.escape(message)):
        export_codes(codes, to="faiss", bits=bits)


def test_an_unknown_engine_is_refused_by_name():
    with pytest.raises(ConfigError, match="unknown engine 'lucene'; expected one of numpy, faiss, usearch, "):
        export_codes(np.zeros((1, 1), dtype=np.uint8), to="lucene")


def test_codes_may_lie_in_memory_as_they_like():
    codes = np.random.default_rng(0).integers(0, 256, size=(6, 8), dtype=np.uint8)[::2, 1:4]
    for engine in CONVENTIONS:
        for laid in (codes, np.asfortranarray(codes)):
            assert plain(export_codes(laid, to=engine)) == plain(export_codes(codes.copy(), to=engine))


def test_no_codes_are_exported_as_none():
    for engine in CONVENTIONS:
        assert len(export_codes(np.zeros((0, 2), dtype=np.uint8), to=engine)) == 0
