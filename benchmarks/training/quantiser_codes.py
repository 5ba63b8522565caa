"""Codes that need no training, over one real-valued space of both modalities, and what their rankings are measured by."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace

import faiss
import numpy as np
from benchmarks.training.figures import SHARED

from hint_train.data import PairedData, load_dataset
from hint_train.methods.cvh.method import canonical, iterative_quantisation, seeded_rotation
from hint_train.methods.cvh.options import CvhConfig
from hint_train.packing import pack
from hint_train.retrieval.evaluate import evaluate

Real = np.ndarray
"""float32 or float64 of shape (rows, width)."""
Scores = Callable[[Real, Real], np.ndarray]
"""Queries (q, w) and database (n, w) to how near they are (q, n), greater is nearer."""

NEIGHBOURS, RESCORED = 10, 40
"""Neighbours that recall is of, and candidates that are rescored for them: four times as many."""
ROTATIONS = 50
QUERIES = 500
"""Queries of a set at most, drawn by a fixed seed: rankings by real numbers are sorted, where those by codes are counted."""
COMPONENTS, POWERS = (16, 32, 64, 128, 256), (0.0, 1.0, 2.0)
_BLOCK = 200


@dataclass(frozen=True, slots=True)
class Space:
    """Unit rows of queries and database in one space, by modality, and the training rows of both."""

    query: dict[str, Real]
    database: dict[str, Real]
    train: Real


@functools.cache
def dataset(name: str) -> PairedData:
    """A set of the shared folder, with `QUERIES` queries at most."""
    data = load_dataset(str(SHARED / f"{name}.npz"))
    return replace(data, query=np.sort(np.random.default_rng(0).permutation(data.query)[:QUERIES]))


def unit(rows: Real) -> Real:
    """Rows of length 1."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), dtype=np.float32)


@functools.cache
def _components(name: str, share: float) -> tuple[dict[str, Real], np.ndarray, np.ndarray]:
    """Canonical components of all rows, their correlations, and the training rows that they were not fitted to."""
    data = dataset(name)
    rows = np.random.default_rng(0).permutation(data.train)
    fitted = np.sort(rows[: round(share * len(rows))])
    image, text = (x[fitted].astype(np.float64) for x in (data.image, data.text))
    solution = canonical(image, text, CvhConfig().cvh_ridge)
    found = {m: (getattr(data, m) - view.mean) @ view.maps for m, view in solution.views.items()}
    return found, solution.correlations, np.setdiff1d(data.train, fitted)


def chosen(name: str) -> tuple[int, float, float]:
    """Components, and power of the correlations that scale them, by which held-out training pairs find each other best.

    The measure is the mean reciprocal rank of a row's own pair among the held-out fifth, both ways; no label and no query is seen.
    """
    found, correlations, rows = _components(name, 0.8)
    best = (0, 0.0, -1.0)
    for count in (c for c in COMPONENTS if c <= len(correlations)) if len(correlations) >= 16 else (len(correlations),):
        for power in POWERS:
            image, text = (unit((found[m][rows, :count]) * correlations[:count] ** power) for m in ("image", "text"))
            score = image @ text.T
            own = np.diag(score)
            ranks = [1 + (score > own[:, None]).sum(axis=1), 1 + (score > own).sum(axis=0)]
            value = float(np.mean([np.mean(1 / r) for r in ranks]))
            best = max(best, (count, power, value), key=lambda one: one[2])
    return best


@functools.cache
def space(name: str) -> Space:
    """Scaled canonical components of a set at the choice of `chosen`, rows of unit length."""
    data = dataset(name)
    found, correlations, _ = _components(name, 1.0)
    count, power, _ = chosen(name)
    rows = {m: unit(x[:, :count] * correlations[:count] ** power) for m, x in found.items()}
    return Space(
        {m: x[data.query] for m, x in rows.items()},
        {m: x[data.retrieval] for m, x in rows.items()},
        np.concatenate([x[data.train] for x in rows.values()]),
    )


def mapped(one: Space, maps: np.ndarray) -> Space:
    """The space after a linear map (w, d), rows of unit length again."""
    query, database = ({m: unit(x @ maps) for m, x in part.items()} for part in (one.query, one.database))
    return Space(query, database, unit(one.train @ maps))


def rotated(one: Space, width: int, seed: int) -> Space:
    """The space after a random rotation to `width` dimensions: an isometry where they are no fewer than before."""
    return mapped(one, seeded_rotation(width, one.train.shape[1], seed).T)


def itq(one: Space, bits: int, seed: int) -> Space:
    """The first `bits` dimensions at most, rotated by iterative quantisation of the training rows."""
    count = min(bits, one.train.shape[1])
    points = one.train[:, :count].astype(np.float64)
    rotation = iterative_quantisation(points, seeded_rotation(bits, count, seed), ROTATIONS)
    first = np.eye(one.train.shape[1])[:, :count]
    return mapped(one, first @ rotation.T)


def cosine(query: Real, database: Real) -> np.ndarray:
    """Products of rows of unit length."""
    return unit(query) @ unit(database).T


def hamming(query: Real, database: Real) -> np.ndarray:
    """Minus twice the Hamming distance, and the code length: products of the signs."""
    signs = [np.where(x >= 0, np.float32(1), np.float32(-1)) for x in (query, database)]
    return np.asarray(signs[0] @ signs[1].T)


def rescored(query: Real, database: Real) -> np.ndarray:
    """Hamming distance, but the first 40 in the order of the products of real-valued queries and signs."""
    first = hamming(query, database)
    candidates = np.argsort(-first, axis=1, kind="stable")[:, :RESCORED]
    signs = np.where(database >= 0, np.float32(1), np.float32(-1))
    products = np.einsum("ij,ikj->ik", query, signs[candidates])
    # Above every code length; within them by rank, as products may be of any size.
    order = np.argsort(np.argsort(products, axis=1), axis=1)
    np.put_along_axis(first, candidates, (query.shape[1] + 1 + order).astype(np.float32), axis=1)
    return first


def rabitq(query: Real, database: Real) -> np.ndarray:
    """The inner products that RaBitQ of faiss estimates: the index is asked for all its rows."""
    index = faiss.IndexRaBitQ(database.shape[1], faiss.METRIC_INNER_PRODUCT)
    index.train(database)
    index.add(database)
    found, rows = index.search(query, len(database))
    out = np.empty_like(found)
    np.put_along_axis(out, rows, found, axis=1)
    return out


def turboquant(each: int) -> Scores:
    """Inner products with the rows that TurboQuant of faiss keeps `each` bits a dimension of, which is what its index ranks by."""

    def scores(query: Real, database: Real) -> np.ndarray:
        kind = getattr(faiss.ScalarQuantizer, f"QT_{each}bit_tqmse")
        index = faiss.IndexScalarQuantizer(database.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
        index.train(database)
        kept: np.ndarray = index.sa_decode(index.sa_encode(database))
        return query @ kept.T

    return scores


def figures(data: PairedData, one: Space, scores: Scores, bits: int | None) -> dict[str, float]:
    """mAP and recall of ten in both directions.

    Parameters
    ----------
    one
        The real-valued space: its ten nearest by cosine are what recall is of.
    bits
        Code length where `scores` is the Hamming distance, whose ties count by their mean; else there are none.
    """
    assert data.labels is not None
    out: dict[str, float] = {}
    for source, target in (("image", "text"), ("text", "image")):
        query, database = one.query[source], one.database[target]
        labels = data.labels[data.query], data.labels[data.retrieval]
        recall = []
        found = scores(query, database)
        for start in range(0, len(query), _BLOCK):
            rows = slice(start, start + _BLOCK)
            exact = np.argpartition(-cosine(query[rows], database), NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
            recall.append(recall_of(found[rows], exact))
        name = f"{source}_to_{target}"
        if bits is None:
            out[f"map {name}"] = mean_average_precision(found, *labels)
        else:
            result = evaluate(pack(query), pack(database), *labels, bits=bits, cutoffs=())
            out[f"map {name}"] = result.scores["map"]
        out[f"recall {name}"] = float(np.concatenate(recall).mean())
    return out


def mean_average_precision(scores: np.ndarray, query: np.ndarray, database: np.ndarray) -> float:
    """Mean average precision of scores (q, n) over the whole ranking; relevant are rows whose labels (q, c), (n, c) share one.

    Queries without a relevant item are left out.
    """
    found = []
    for start in range(0, len(scores), _BLOCK):
        rows = slice(start, start + _BLOCK)
        relevant = query[rows].astype(np.float32) @ database.T.astype(np.float32) > 0
        found.append(average_precision(scores[rows], relevant))
    return float(np.nanmean(np.concatenate(found)))


def average_precision(scores: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Average precision of each query over the whole ranking; NaN without a relevant item."""
    hit = np.take_along_axis(relevant, np.argsort(-scores, axis=1, kind="stable"), axis=1)
    hits = hit.cumsum(axis=1)
    total = np.where(hit, hits / np.arange(1, hit.shape[1] + 1), 0.0).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(total / hits[:, -1])


def recall_of(scores: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Share of the `exact` (q, k) that are among the k of the greatest scores, in expectation over the order of ties."""
    k = exact.shape[1]
    cut = -np.partition(-scores, k - 1, axis=1)[:, k - 1 : k]
    above, tied = (scores > cut).sum(axis=1), (scores == cut).sum(axis=1)
    own = np.take_along_axis(scores, exact, axis=1)
    chance = ((k - above) / tied)[:, None]
    return np.asarray(np.where(own > cut, 1.0, np.where(own == cut, chance, 0.0)).mean(axis=1))
