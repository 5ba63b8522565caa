"""What the second stage adds: rankings by Hamming distance, rescored by the real-valued outputs of the query.

    python benchmarks/training/rescoring.py            results/rescoring.md and .jsonl: some ten minutes of one core, resumable
    python benchmarks/training/rescoring.py --quick    the two small sets, 16 and 64 bits; into build/benchmarks

The default method is trained once for a set, with seed 0. Queries ask in both directions; figures are means of both. The database
stands in an order drawn by chance, so that the order of equal distances says nothing. The last row of a set ranks by the cosine of
real-valued outputs on both sides, which needs floats for every item.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

import numpy as np
from benchmarks import measure
from benchmarks.cells import Group, Replay, cell_of
from benchmarks.records import Records
from benchmarks.training.figures import SHARED, arguments, chosen_sets, parsed, same_data

import hint_train
from hint_train.data import load_dataset
from hint_train.data.pairs import MODALITIES
from hint_train.packing import pack
from hint_train.search.index import Index

COMMAND = "python benchmarks/training/rescoring.py"
LIBRARIES = ("torch", "numpy", "faiss-cpu")
BITS, QUICK_BITS = (16, 32, 64, 128), (16, 64)
STAGES = ("Hamming", "100", "1,000", "all", "real-valued")
FIGURES = ("map", "map@50", "recall@100", "neighbours@10")
TOLERANCE = 0.05
"""What a figure of a trained network may be off elsewhere: other kernels round otherwise, which training turns into another seed."""
DIGITS = 6
"""Decimals that are kept: scores that all but tie change places with the last bit of a sum of floats."""
_KEPT = dict.fromkeys(FIGURES, DIGITS)
_BLOCK = 100
_SECONDS = {"fashion20k": 600.0, "wikipedia-t100": 50.0, "uci-mfeat": 50.0}
"""What a set takes on an idle core."""


def rankings(
    index: Index, outputs: np.ndarray, codes: np.ndarray, real: np.ndarray
) -> Iterator[tuple[str, np.ndarray]]:
    """Every stage's ranking of the whole database, (q, n) rows each."""
    n = len(index)
    plain = index.search(codes, n).rows
    yield "Hamming", plain
    for stage, first in (("100", 100), ("1,000", 1000), ("all", n)):
        first = min(first, n)
        rows = index.search(codes, first, rescore=first, outputs=outputs).rows
        yield stage, np.concatenate([rows, plain[:, first:]], axis=1)
    yield "real-valued", np.argsort(-_cosines(outputs, real), axis=1, kind="stable")


def _cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    unit = [x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12) for x in (a, b)]
    return np.asarray(unit[0] @ unit[1].T)


def figures_of(rows: np.ndarray, relevant: np.ndarray, nearest: np.ndarray) -> np.ndarray:
    """The four figures (q, 4) of rankings.

    Parameters
    ----------
    rows
        (q, n) rows of the database, the best first.
    relevant
        (q, n) whether each row of the database is relevant.
    nearest
        (q, 10) rows that are nearest by real-valued outputs.
    """
    hits = np.take_along_axis(relevant, rows, axis=1)
    total = hits.sum(axis=1)
    precision = np.where(hits, hits.cumsum(axis=1) / np.arange(1, rows.shape[1] + 1), 0)
    found = (rows[:, :10, None] == nearest[:, None, :]).any(axis=1).mean(axis=1)
    with np.errstate(invalid="ignore"):
        map_, top = precision.sum(axis=1) / total, precision[:, :50].sum(axis=1) / np.minimum(50, total)
        return np.stack([map_, top, hits[:, :100].sum(axis=1) / total, found], axis=1)


def measured(dataset: str, lengths: Sequence[int]) -> dict[str, dict[str, float]]:
    """Train on a set, and the figures of every stage and code length by the name of the line."""
    config = replace(hint_train.Config(), dataset=str(SHARED / f"{dataset}.npz"), bits=tuple(lengths), device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        hint_train.run(config, Path(folder) / "run")
        run = hint_train.load(Path(folder) / "run")
    data = load_dataset(config.dataset)
    assert data.labels is not None
    database = np.random.default_rng(0).permutation(data.retrieval)
    features = {"image": data.image, "text": data.text}
    found: dict[str, dict[str, float]] = {}
    for bits in lengths:
        outputs = {m: run.outputs(features[m], modality=m, bits=bits) for m in MODALITIES}
        sums: dict[str, list[np.ndarray]] = {stage: [] for stage in STAGES}
        for source, target in (MODALITIES, MODALITIES[::-1]):
            real = outputs[target][database]
            index = Index(pack(real), bits=bits)
            for start in range(0, len(data.query), _BLOCK):
                rows = data.query[start : start + _BLOCK]
                asked, relevant = outputs[source][rows], data.labels[rows] @ data.labels[database].T
                ranked = dict(rankings(index, asked, pack(asked), real))
                for stage, ranking in ranked.items():
                    sums[stage].append(figures_of(ranking, relevant, ranked["real-valued"][:, :10]))
        for stage, parts in sums.items():
            means = np.nanmean(np.concatenate(parts), axis=0)
            found[_name(dataset, bits, stage)] = {
                name: round(mean, DIGITS) for name, mean in zip(FIGURES, means.tolist(), strict=True)
            }
    return found


def _name(dataset: str, bits: int, stage: str) -> str:
    return f"{dataset}, {bits} bits, {stage}"


def groups(records: Records) -> Iterator[Group]:
    """The sets: the code lengths of a run share its graph and tree."""
    for dataset in dict.fromkeys(line["set"] for line in records):
        lines = [line for line in records if line["set"] == dataset]
        cells = [cell_of(records, line, line["value"], line["stage"], dataset, tolerance=TOLERANCE) for line in lines]
        lengths = [*dict.fromkeys(line["bits"] for line in lines)]
        yield Group(name=dataset, cells=cells, measure=partial(measured, dataset, lengths), seconds=_SECONDS[dataset])


REPLAY: Replay = Replay(groups=groups)


def report(records: Records, *, quick: bool) -> str:
    """The document."""
    text = (
        f"# Rescoring\n\n`{COMMAND}{' --quick' if quick else ''}`; {records.made_with()}.\n\n"
        "The default method, seed 0. A ranking by Hamming distance; its first 100, 1,000 or all items ordered by the query's real-valued "
        "outputs; and for comparison real-valued outputs on both sides. Means of both directions over all queries. recall@100: share of "
        "the relevant items among the first 100. neighbours@10: share of the ten nearest by real-valued outputs among the first ten.\n"
    )
    for dataset in dict.fromkeys(line["set"] for line in records):
        lines = [
            [str(line["bits"]), line["stage"], *(f"{line['value'][name]:.4f}" for name in FIGURES)]
            for line in records
            if line["set"] == dataset
        ]
        head = ["bits", "rescored", "mAP", "mAP@50", "recall@100", "neighbours@10"]
        text += f"\n## {dataset}\n\n{measure.table(head, lines)}"
    return text


def main() -> None:
    """Measure the sets that are missing and write the tables."""
    options = parsed(arguments(__doc__))
    logging.disable(logging.INFO)
    lengths: tuple[int, ...] = QUICK_BITS if options.quick else BITS
    out: Path = options.out / "rescoring.md"
    records = Records(out.with_suffix(".jsonl"), COMMAND, LIBRARIES, fresh=options.fresh)
    for dataset in [] if options.render else chosen_sets(options):
        if records.get(_name(dataset, lengths[-1], STAGES[-1])) is not None:
            continue
        same_data(dataset, records)
        found: dict[str, Any] = measured(dataset, lengths)
        for bits in lengths:
            for stage in STAGES:
                name = _name(dataset, bits, stage)
                records.add(
                    {"name": name, "set": dataset, "bits": bits, "stage": stage, "value": found[name], "digits": _KEPT}
                )
        measure.write(f"{dataset}\n")
        out.write_text(report(records, quick=options.quick), encoding="utf-8")
    out.write_text(report(records, quick=options.quick), encoding="utf-8")
    measure.write(f"{out}\n")


if __name__ == "__main__":
    main()
