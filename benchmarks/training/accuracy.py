"""Accuracy of HINT beside its rivals, its ablation, and its sensitivity: one command, resumed where it was stopped.

    python benchmarks/training/accuracy.py                        the table: under two hours on two cores
    python benchmarks/training/accuracy.py --study noise k tau similarity iterative ablation levels
    python benchmarks/training/accuracy.py --quick                the two small sets, two lengths, one seed: minutes
    python benchmarks/training/accuracy.py --render               no measurement, only the tables

The sets are read from the folder in HINT_SHARED_DATA (default ../shared/data beside the checkout). Every figure is a line of
accuracy.jsonl with the options that its method reads, and is measured once; `python benchmarks/replay.py accuracy` measures a sample
of them again. accuracy.md and accuracy-STUDY.md are made from those lines.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Replay
from benchmarks.records import Records
from benchmarks.training import accuracy_cells as plan
from benchmarks.training import accuracy_report as report
from benchmarks.training.figures import (
    SHARED,
    arguments,
    cell_key,
    chosen_sets,
    figures,
    groups,
    measure_row,
    options_of,
    parsed,
    same_data,
    validation_key,
)

import hint_train
from hint_train.data import load_dataset
from hint_train.retrieval.hamming import hamming_distances

COMMAND = "python benchmarks/training/accuracy.py"
REPLAY = Replay(
    groups=groups,
    left_out="seconds; the criterion that chose the temperature of InfoNCE, which no table of results has",
)


def reciprocal_rank(queries: np.ndarray, database: np.ndarray) -> float:
    """Mean over rows of 1 / rank of the row's own pair among all; equal distances count half."""
    distance = hamming_distances(queries, database)
    own = np.diag(distance)[:, None]
    rank = 1 + (distance < own).sum(1) + ((distance == own).sum(1) - 1) / 2
    return float((1 / rank).mean())


def choice(dataset: str, records: Records, *, render: bool) -> dict[float, float]:
    """The criterion for each temperature of InfoNCE; what was not measured is left out when only rendering."""
    configs = {tau: plan.infonce(tau, dataset) for tau in plan.TAUS}
    known = {tau: c for tau, c in configs.items() if not render or records.get(validation_key(dataset, c))}
    return {tau: validate(dataset, config, records) for tau, config in known.items()}


def validate(dataset: str, config: hint_train.Config, records: Records) -> float:
    """Pair retrieval on a fifth of the training pairs that was held out, 64 bits: no label, query or database row is used.

    Returns
    -------
    mrr
        Mean reciprocal rank of a held-out pair's other half among all held-out pairs, mean of both directions.
    """
    found = records.get(validation_key(dataset, config))
    if found is None:
        same_data(dataset, records)
        pairs = load_dataset(str(SHARED / f"{dataset}.npz"), None).training_pairs()
        order = np.random.default_rng(0).permutation(len(pairs))
        held, kept = np.split(order, [len(pairs) // 5])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "part.npz"
            np.savez(path, image=pairs.image, text=pairs.text, query=held, retrieval=kept, train=kept)
            hint_train.run(replace(config, dataset=str(path), bits=(64,), device="cpu"), Path(folder) / "run")
            saved = hint_train.load(Path(folder) / "run")
            image = saved.encode(pairs.image[held], modality="image")
            text = saved.encode(pairs.text[held], modality="text")
        mrr = (reciprocal_rank(image, text) + reciprocal_rank(text, image)) / 2
        found = records.add({"set": dataset, "validation": mrr, "options": options_of(config)})
    return float(found["validation"])


def collect(
    dataset: str, rows: list[plan.Row], bits: tuple[int, ...], records: Records, *, study: bool, quick: bool
) -> report.Table:
    """The measured lines of a table, by row and code length; cells that were not measured are left out."""
    found: report.Table = {}
    for row in rows:
        for length, seed in plan.cells(row, dataset, bits, study=study, quick=quick):
            line = records.get(cell_key(dataset, row.config, length, seed))
            if line is not None:
                found.setdefault(row.name, {}).setdefault(length, []).append(line)
    return found


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = arguments(__doc__)
    parser.add_argument("--bits", nargs="+", type=int, default=None)
    parser.add_argument("--rows", nargs="+", default=None, help="only rows whose name starts with one of these")
    parser.add_argument(
        "--study", nargs="+", choices=plan.STUDIES, default=None, help="sensitivity instead, at 64 bits"
    )
    return parsed(parser)


def main() -> None:
    """Measure what is missing and write the tables, after every set."""
    options = parse()
    logging.disable(logging.INFO)
    sets = chosen_sets(options)
    records = figures(options.out / "accuracy.jsonl", COMMAND, fresh=options.fresh)
    started = time.monotonic()
    for study in options.study or [None]:
        bits = tuple(options.bits or ((64,) if study else (16, 64) if options.quick else plan.BITS))
        tables: dict[str, report.Table] = {}
        choices: dict[str, dict[float, float]] = {}
        how: dict[str, bool] = {"study": study is not None, "quick": options.quick}
        for dataset in sets:
            rows = plan.study_rows(study, dataset) if study else plan.main_rows(dataset)
            if options.rows:
                rows = [row for row in rows if row.name.startswith(tuple(options.rows))]
            for row in [] if options.render else rows:
                measure_row(dataset, row, list(plan.cells(row, dataset, bits, **how)), records)
            if not study and any(row.name.startswith("InfoNCE") for row in rows):
                choices[dataset] = choice(dataset, records, render=options.render)
            tables[dataset] = collect(dataset, rows, bits, records, **how)
            path = options.out / f"accuracy{'-' + study if study else ''}.md"
            heading = report.heading(study, tables, records.made_with, quick=options.quick)
            path.write_text(heading + report.body(tables, bits, choices) + report.claims(study, tables))
        measure.write(f"{path} after {time.monotonic() - started:.0f} s\n")


if __name__ == "__main__":
    main()
