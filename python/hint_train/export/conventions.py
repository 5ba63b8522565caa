"""What each engine takes as a binary code: order of bits, form, sign, length, distance. Data alone; `docs/export.md` is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

First = Literal["least", "most"]
Form = Literal["uint8 array", "int8 array", "bytes", "integers", "bit string", "BSON vector"]
Sign = Literal["unsigned", "two's complement", "offset by 128", "–"]


@dataclass(frozen=True, slots=True)
class Convention:
    """How one engine reads a code.

    Attributes
    ----------
    first
        Where the engine, or the helper that it documents, looks for bit 0 of a byte: `least` significant or `most`.
        Byte j holds bits 8j to 8j + 7 everywhere.
    form
        What its client takes for a code, or for all codes where that is an array.
    sign
        How a byte of more than 127 is written.
    multiple
        The length of a code in bits is a multiple of this; shorter codes end in zeros, which no Hamming distance counts.
    container
        Type of the index, column or field.
    distance
        What of it is the Hamming distance, in the engine's own words.
    missing
        What stands for neighbours where there are fewer than asked for.
    ties
        The order of items at equal distance.
    zero
        What the engine's own helper makes of an output of exactly 0, which is 1 here; none where it has no helper.
    source, version
        Where the row comes from, and of which version.
    run
        Whether tests or `benchmarks/library/engines.py` run the engine on the published vectors; else it is from documentation.
    """

    first: First
    form: Form
    sign: Sign
    multiple: int
    container: str
    distance: str
    missing: str
    ties: str
    zero: str
    source: str
    version: str
    run: bool

    def width(self, bits: int) -> int:
        """The length in bits that codes of `bits` bits have in this engine."""
        return -(-bits // self.multiple) * self.multiple


_ELASTIC = "https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/dense-vector"
_OPENSEARCH = "https://docs.opensearch.org/latest/mappings/supported-field-types/knn-memory-optimized"
_VESPA = "https://docs.vespa.ai/en/binarizing-vectors.html"
_MONGO = "https://www.mongodb.com/docs/vector-search/about/vector-quantization"
_MILVUS = "https://milvus.io/docs/binary-vector.md"

CONVENTIONS: dict[str, Convention] = {
    "numpy": Convention(
        "most", "uint8 array", "unsigned", 8, "`numpy.unpackbits`", "`bitwise_count(a ^ b).sum()`", "–", "–", "–",
        "numpy", "2.4.6", run=True,
    ),
    "faiss": Convention(
        "least", "uint8 array", "unsigned", 8, "`IndexBinary…`", "all of these indexes",
        "label -1; distance 2147483647, of HNSW -2147483648", "flat: by insertion",
        "0 by `real_to_binary`, 1 by `fvecs2bitvecs`", "faiss-cpu", "1.15.1", run=True,
    ),
    "usearch": Convention(
        "most", "uint8 array", "unsigned", 8, '`Index(dtype="b1")`', '`metric="hamming"`',
        "one query: left out; several: key 0, distance NaN", "none", "–", "usearch", "2.26.6", run=True,
    ),
    "sentence-transformers": Convention(
        "most", "uint8 array", "unsigned", 8, '`precision="ubinary"`', '`semantic_search_faiss`', "left out", "none", "0",
        "sentence-transformers", "6.2.0", run=True,
    ),
    "sentence-transformers-binary": Convention(
        "most", "int8 array", "offset by 128", 8, '`precision="binary"`', "`semantic_search_usearch`", "left out", "none", "0",
        "sentence-transformers", "6.2.0", run=True,
    ),
    "pgvector": Convention(
        "most", "bit string", "–", 1, "`bit(n)`", "`<~>`", "left out", "none; `ORDER BY` a second column", "0",
        "PostgreSQL 18.4 with pgvector", "0.8.5", run=True,
    ),
    "sqlite-vec": Convention(
        "least", "bytes", "unsigned", 8, "`BLOB`, `bit[n]`", "`vec_distance_hamming`", "left out",
        "none; `ORDER BY` a second column", "0", "sqlite-vec", "0.1.9", run=True,
    ),
    "duckdb": Convention(
        "most", "bytes", "unsigned", 8, "`BLOB`, cast to `BIT`", "`bit_count(xor(a::BIT, b::BIT))`", "left out",
        "none; `ORDER BY` a second column", "–", "duckdb", "2.0.1", run=True,
    ),
    "milvus": Convention(
        "least", "bytes", "unsigned", 8, "`BINARY_VECTOR`", "`HAMMING`", "not said", "not said", "–", _MILVUS, "names no version", run=False,
    ),
    "elasticsearch": Convention(
        "most", "integers", "two's complement", 8, '`dense_vector`, `"element_type": "bit"`',
        "score is 1 − distance / n", "not said", "not said", "–", _ELASTIC, "of 9.1", run=False,
    ),
    "opensearch": Convention(
        "most", "integers", "two's complement", 8, '`knn_vector`, `"data_type": "binary"`',
        '`"space_type": "hamming"`; score is 1 / (1 + distance)', "not said", "not said", "–", _OPENSEARCH, "of 2.16 and later", run=False,
    ),
    "vespa": Convention(
        "most", "integers", "two's complement", 8, "`tensor<int8>(x[n/8])`", "`distance-metric: hamming`", "not said", "not said",
        "0 by `binarize`", _VESPA, "names no version", run=False,
    ),
    "mongodb": Convention(
        "most", "BSON vector", "unsigned", 8, "`binData`, subtype 9, `PACKED_BIT`", '`"similarity": "euclidean"`', "not said",
        "not said", "0", _MONGO, "names no version; the bytes run here by pymongo 4.20.1", run=False,
    ),
}  # fmt: skip
"""One row an engine, by the name that `export_codes` and `hint-index --to` take."""


def tables() -> tuple[str, str]:
    """The tables of `docs/export.md`: how codes are packed, and how answers are to be read."""
    packing = [
        (
            "engine",
            "first bit",
            "a code",
            "bytes over 127",
            "bits, multiple of",
            "held in",
            "Hamming distance",
            "known from",
        )
    ]
    answers = [("engine", "fewer neighbours than asked for", "order of ties", "an output of 0 becomes, by its helper")]
    for name, one in CONVENTIONS.items():
        source = (
            f"*run here* ({one.source} {one.version})"
            if one.run
            else f"*from documentation* ([the page]({one.source}) {one.version})"
        )
        words = (f"{one.first} significant", one.form, one.sign, str(one.multiple), one.container, one.distance, source)
        packing.append((f"`{name}`", *words))
        answers.append((f"`{name}`", one.missing, one.ties, one.zero))
    return _markdown(packing), _markdown(answers)


def _markdown(rows: Sequence[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])
