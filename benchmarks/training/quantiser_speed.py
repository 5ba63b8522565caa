"""Queries a second over a million items: indexes of faiss over codes and over real numbers, one thread, in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import faiss
import numpy as np
from benchmarks import measure
from benchmarks.records import Records
from benchmarks.training import quantiser_codes as codes

from hint_train.packing import pack

ITEMS, QUERIES, ROUNDS = 10**6, 16, 5
NEIGHBOURS, RESCORED = codes.NEIGHBOURS, codes.RESCORED
_BLOCK = 50_000
NAMES = {
    "Hamming distance (HINT, rotation, ITQ)": "IndexBinaryFlat",
    "Hamming distance, first 40 rescored": "IndexBinaryFlat, then products",
    "RaBitQ": "IndexRaBitQ",
    "RaBitQ, fast scan": "IndexRaBitQFastScan",
    "TurboQuant, 1 bit a dimension": "IndexScalarQuantizer",
    "TurboQuant, 4 bits a dimension": "IndexScalarQuantizer",
    "real numbers, as many as bits": "IndexFlatIP",
}
_FACTORIES = {"RaBitQ": "RaBitQ", "RaBitQ, fast scan": "RaBitQfs", "real numbers, as many as bits": "Flat"}


def blocks(rows: np.ndarray, items: int) -> list[np.ndarray]:
    """`items` rows of unit length: the real ones over and over, each time with other small noise."""
    source = np.random.default_rng(0)
    found = []
    for start in range(0, items, _BLOCK):
        tiled = rows[np.arange(start, min(start + _BLOCK, items)) % len(rows)]
        noise = 0.05 / np.sqrt(rows.shape[1]) * source.standard_normal(tiled.shape, dtype=np.float32)
        found.append(codes.unit(tiled + noise))
    return found


def _binary(parts: list[np.ndarray], bits: int, rescore: bool) -> Callable[[np.ndarray], np.ndarray]:
    index = faiss.IndexBinaryFlat(bits)
    for part in parts:
        index.add(pack(part))
    stored = faiss.vector_to_array(index.xb).reshape(-1, bits // 8)

    def search(query: np.ndarray) -> np.ndarray:
        _, rows = index.search(pack(query), RESCORED if rescore else NEIGHBOURS)
        if not rescore:
            return np.asarray(rows)
        signs = 2.0 * np.unpackbits(stored[rows], axis=-1, bitorder="little") - 1
        order = np.argsort(-np.einsum("ij,ikj->ik", query, signs), axis=1)[:, :NEIGHBOURS]
        return np.take_along_axis(rows, order, axis=1)

    return search


def _real(parts: list[np.ndarray], factory: str) -> Callable[[np.ndarray], np.ndarray]:
    index = faiss.index_factory(parts[0].shape[1], factory, faiss.METRIC_INNER_PRODUCT)
    index.train(parts[0])
    for part in parts:
        index.add(part)
    return lambda query: np.asarray(index.search(query, NEIGHBOURS)[1])


def searches(rows: np.ndarray, bits: int, items: int) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Searches by name over `items` made of `rows` (n, `bits`)."""
    parts = blocks(rows, items)
    quarter = blocks(np.ascontiguousarray(rows[:, : bits // 4]), items)
    found = {name: _binary(parts, bits, "rescored" in name) for name in list(NAMES)[:2]}
    found |= {name: _real(parts, factory) for name, factory in _FACTORIES.items()}
    found["TurboQuant, 1 bit a dimension"] = _real(parts, "SQtqmse1")
    found["TurboQuant, 4 bits a dimension"] = _real(quarter, "SQtqmse4")
    return found


def measured(records: Records, lengths: tuple[int, ...], *, items: int = ITEMS) -> None:
    """Measure every length that is missing, the searches in turn."""
    missing = [b for b in lengths if records.get(f"{items} items, {b} bits") is None]
    if not missing:
        return
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    space = codes.space("fashion20k")
    try:
        for bits in missing:
            one = codes.rotated(space, bits, 0)
            query = one.query["image"][:QUERIES]
            found = searches(one.database["text"], bits, items)
            seconds: dict[str, list[float]] = {name: [] for name in found}
            for _ in range(ROUNDS + 1):  # the first warms up
                for name, search in found.items():
                    own = np.ascontiguousarray(query[:, : bits // 4]) if "4 bits" in name else query
                    started = time.process_time()
                    search(own)
                    seconds[name].append(time.process_time() - started)
            rates = {name: QUERIES / statistics.median(spent[1:]) for name, spent in seconds.items()}
            records.add({"name": f"{items} items, {bits} bits", "bits": bits, "rates": rates})
            measure.write(f"{items} items, {bits} bits: {', '.join(f'{n} {r:.0f}' for n, r in rates.items())}\n")
    finally:
        faiss.omp_set_num_threads(before)


def table(records: Records) -> str:
    """The section of the report; empty where nothing was measured."""
    lines = sorted((line for line in records if "rates" in line), key=lambda line: line["bits"])
    if not lines:
        return ""
    head = ["code", "index of faiss", *(f"{line['bits']} bits" for line in lines)]
    rows = [[name, index, *(f"{line['rates'][name]:,.0f}" for line in lines)] for name, index in NAMES.items()]
    return (
        f"\n## Queries a second\n\nTen neighbours among {ITEMS:,} items, {QUERIES} queries at a time on one thread, by processor time; medians of "
        f"{ROUNDS} rounds, the searches in turn. The items are the texts of fashion20k over and over with small noise, in as many dimensions as bits "
        f"(a quarter of them at 4 bits a dimension); no search prunes.\n\n{measure.table(head, rows)}"
    )
