"""Run the published vectors of binary codes through engines that are too large for the tests' environment.

    pip install sentence-transformers==6.2.0 pymongo==4.20.1 lancedb==0.40.0 annoy==1.17.3 \
        "pymilvus[bulk-writer]==3.0.2" milvus-lite==3.2.2 qdrant-client==1.20.0 chromadb==1.5.9
    python benchmarks/library/engines.py

Prints a line for each engine: its version, and what it does with the codes. Ends with 1 where one of those that are installed does
something else than `docs/export.md` says.
"""

from __future__ import annotations

import importlib.metadata
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hint_train.export.codes import export_codes
from hint_train.packing import pack

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

BITS = 24
OUTPUTS = np.random.default_rng(0).standard_normal((40, BITS)).astype(np.float32)


def distances(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Hamming distances of the first code to all, ascending."""
    return np.sort(np.bitwise_count(codes[0] ^ codes).sum(axis=1, dtype=np.int64))


def sentence_transformers() -> str:
    from sentence_transformers.util.quantization import quantize_embeddings, semantic_search_faiss

    codes = pack(OUTPUTS)
    unsigned, signed = (export_codes(codes, to=f"sentence-transformers{end}") for end in ("", "-binary"))
    np.testing.assert_array_equal(quantize_embeddings(OUTPUTS, "ubinary"), unsigned)
    np.testing.assert_array_equal(quantize_embeddings(OUTPUTS, "binary"), signed)
    zeros = quantize_embeddings(np.zeros((1, 8), dtype=np.float32), "ubinary")
    assert zeros.tolist() == [[0]]
    options = {"corpus_precision": "ubinary", "exact": True, "rescore": False, "top_k": len(codes) + 5}
    found = semantic_search_faiss(OUTPUTS[:1], corpus_embeddings=unsigned, **options)[0][0]
    assert [hit["score"] for hit in found] == distances(codes).tolist()
    wrong = semantic_search_faiss(OUTPUTS[:1], corpus_embeddings=codes, **options)[0][0]
    first, other = ({hit["corpus_id"] for hit in hits[:10]} for hits in (found, wrong))
    return f"packs as exported, 0 becomes 0; with codes packed the other way round {len(first & other)} of 10 neighbours stay"


def pymongo() -> str:
    from bson.binary import Binary, BinaryVectorDtype

    codes = pack(OUTPUTS)
    for row, exported in zip(
        np.packbits(OUTPUTS >= 0, axis=1).tolist(), export_codes(codes, to="mongodb"), strict=True
    ):
        assert Binary.from_vector(row, BinaryVectorDtype.PACKED_BIT) == Binary(exported, 9)
    return "Binary.from_vector makes the exported bytes; no server to ask"


def lancedb() -> str:
    import lancedb as lance
    import pyarrow as arrow

    codes = export_codes(pack(OUTPUTS), to="numpy")
    column = arrow.FixedSizeListArray.from_arrays(arrow.array(codes.ravel()), codes.shape[1])
    with tempfile.TemporaryDirectory() as folder:
        table = lance.connect(folder).create_table("codes", arrow.table({"item": range(len(codes)), "code": column}))
        found = table.search(codes[0], vector_column_name="code").distance_type("hamming").limit(60).to_arrow()
    assert found["_distance"].to_pylist() == distances(codes).tolist()
    return "a fixed-size list of uint8 is compared by Hamming distance, in any order of bits; missing neighbours are left out"


def annoy() -> str:
    from annoy import AnnoyIndex

    index = AnnoyIndex(BITS, "hamming")
    for item, row in enumerate(OUTPUTS >= 0):
        index.add_item(item, row.tolist())
    index.build(10, 1)
    found = index.get_nns_by_item(0, 60, -1, include_distances=True)[1]
    assert found == distances(pack(OUTPUTS))[: len(found)].tolist()
    return f"takes single bits and packs them itself; finds {len(found)} of {len(OUTPUTS)} items"


def pymilvus() -> str:
    import pymilvus as milvus
    from pymilvus.bulk_writer.validators import binary_vector_validator

    listed = binary_vector_validator([1, 0, 0, 0, 0, 0, 0, 0], 8)
    assert listed == [128], listed
    with tempfile.TemporaryDirectory() as folder:
        client = milvus.MilvusClient(str(Path(folder) / "codes.db"))
        schema = client.create_schema()
        schema.add_field("item", milvus.DataType.INT64, is_primary=True)
        schema.add_field("code", milvus.DataType.BINARY_VECTOR, dim=BITS)
        refused = ""
        try:
            client.create_collection("codes", schema=schema)
        except milvus.MilvusException as error:
            refused = str(error)
        client.close()
    assert "BinaryVector which MilvusLite does not support" in refused, (
        refused or "Milvus Lite holds binary vectors now"
    )
    return "the bulk writer packs lists of 0 and 1 most significant bit first; Milvus Lite has no binary vectors"


def qdrant() -> str:
    from qdrant_client import QdrantClient, models

    client = QdrantClient(":memory:")
    binary = models.BinaryQuantization(binary=models.BinaryQuantizationConfig(always_ram=True))
    vectors = models.VectorParams(size=BITS, distance=models.Distance.DOT)
    client.create_collection("codes", vectors_config=vectors, quantization_config=binary)
    kept = client.get_collection("codes").config.quantization_config
    client.close()
    assert kept is None
    assert "HAMMING" not in models.Distance.__members__
    return "has no Hamming distance; the local mode ignores binary quantisation"


def chroma() -> str:
    import chromadb
    from chromadb.errors import ChromaError

    client, refused = chromadb.EphemeralClient(), ""
    try:
        client.create_collection("codes", metadata={"hnsw:space": "hamming"})
    except (ChromaError, ValueError) as error:
        refused = str(error)
    assert refused, "Chroma has a Hamming distance now"
    return "has no Hamming distance"


ENGINES: dict[str, Callable[[], str]] = {
    "sentence-transformers": sentence_transformers,
    "pymongo": pymongo,
    "lancedb": lancedb,
    "annoy": annoy,
    "pymilvus": pymilvus,
    "qdrant-client": qdrant,
    "chromadb": chroma,
}


def said(package: str, run: Callable[[], str]) -> tuple[str, bool]:
    """A line about one engine, and whether it does as expected."""
    try:
        version = importlib.metadata.version(package)
        return f"{package} {version}: {run()}", True
    except importlib.metadata.PackageNotFoundError:
        return f"{package}: not installed", True
    except AssertionError as error:
        return f"{package} {version}: WRONG: {error}", False


def main() -> None:
    right = True
    for package, run in ENGINES.items():
        line, held = said(package, run)
        sys.stdout.write(f"{line}\n")
        right &= held
    sys.exit(int(not right))


if __name__ == "__main__":
    main()
