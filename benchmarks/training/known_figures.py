"""Our UCCH and CVH beside figures known of them on the same files: whether the rivals of HINT are given their due.

    python benchmarks/training/known_figures.py            results/known_figures.md and .jsonl: six minutes of one core
    python benchmarks/training/known_figures.py --quick    16 bits, one seed

UCCH's figures come from its authors' program, which keeps the epoch with the best labelled mAP of the queries. So every epoch is
evaluated here, and both the last one and the best one by that rule are shown; ours reports the last. CVH's are those of canonical
correlations and signs. Equal distances count in the order of the database, as there. Sets are read from HINT_SHARED_DATA.
"""

from __future__ import annotations

import argparse
import functools
import logging
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of
from benchmarks.records import QUICK, RESULTS, Records
from benchmarks.training.figures import LIBRARIES, SHARED

import hint_train
from hint_train import METHODS, preset
from hint_train.data import load_dataset
from hint_train.data.pairs import PairedData
from hint_train.retrieval.directions import both_directions, codes_of
from hint_train.training.checkpoint import CheckpointFolder
from hint_train.training.method import TrainingSet
from hint_train.training.trainer import Plan, Trainer

Pair = tuple[float, float]
"""mAP@all of image to text and of text to image."""

UCCH: dict[int, Pair] = {16: (0.304, 0.389), 32: (0.306, 0.391), 64: (0.331, 0.419), 128: (0.339, 0.417)}
"""The authors' program on wikipedia-t100: hidden width 1024, 20 epochs, one seed, best epoch."""
CVH: dict[int, Pair] = {16: (0.526, 0.522), 32: (0.455, 0.453), 64: (0.393, 0.390), 128: (0.331, 0.330)}
"""Canonical correlations and signs on fashion20k."""
SEEDS = {16: 10, 32: 3, 64: 3, 128: 3}
"""At 16 bits seeds differ by ten times as much as at 64."""
CPU = torch.device("cpu")
WAYS = ("I→T", "T→I")
EVALUATION = replace(preset("default").evaluation, cutoffs=(), ties="index")
COMMAND = "python benchmarks/training/known_figures.py"
TOLERANCE = 0.03
"""What a mean over seeds, or the mAP of CVH, may be off elsewhere: rounding acts like other seeds."""


def ucch_epochs(data: PairedData, bits: int, seed: int) -> list[Pair]:
    """The retrieval figures of UCCH after each epoch."""
    config = preset("default", "ucch")
    pairs = data.training_pairs()
    train = TrainingSet(torch.from_numpy(pairs.image), torch.from_numpy(pairs.text))
    entry = METHODS["ucch"]
    method = entry.build(entry.prepare(pairs, config, CPU), train, config, bits, seed)
    found: list[Pair] = []
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(bits, seed, config.n_epochs(len(train)), checkpoint_seconds=3600)
        trainer = Trainer(method, train, config.optimiser, plan, CheckpointFolder(Path(folder)))

        def after_epoch(_: object) -> None:
            codes = codes_of(data, method.networks)
            figures = both_directions(data, codes, codes, bits, EVALUATION, CPU).values()
            image_to_text, text_to_image = (one.scores["map"] for one in figures)
            found.append((image_to_text, text_to_image))

        trainer.run(lambda _: None, after_epoch, lambda: False)
    return found


def ucch(bits: int, seeds: int) -> dict[str, Figures]:
    """What is known of UCCH at a code length, and means and deviations over seeds of ours: last epoch, best epoch."""
    data = load_dataset(str(SHARED / "wikipedia-t100.npz"), None)
    runs = [ucch_epochs(data, bits, seed) for seed in range(seeds)]
    figures: dict[str, Figures] = {}
    for way, name in enumerate(WAYS):
        last = [run[-1][way] for run in runs]
        best = [max(run, key=sum)[way] for run in runs]
        figures[f"UCCH, {bits} bits, {name}"] = {
            "seeds": seeds,
            "known": UCCH[bits][way],
            **_spread("last", last),
            **_spread("best", best),
            "difference": statistics.fmean(best) - UCCH[bits][way],
        }
    return figures


def _spread(name: str, values: Sequence[float]) -> Figures:
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return {name: statistics.fmean(values), f"{name}, deviation": deviation}


def cvh(lengths: Sequence[int]) -> dict[str, Figures]:
    """What is known of CVH, and ours."""
    config = preset("default", "cvh")
    config = replace(config, dataset=str(SHARED / "fashion20k.npz"), bits=tuple(lengths), device="cpu")
    config = replace(config, evaluation=replace(config.evaluation, ties="index"))
    with tempfile.TemporaryDirectory() as folder:
        found = hint_train.run(config, Path(folder) / "run").bits
    return {
        f"CVH, {bits} bits, {name}": {"known": known, "ours": score["map"], "difference": score["map"] - known}
        for bits in lengths
        for name, known, score in zip(WAYS, CVH[bits], found[str(bits)].values(), strict=True)
    }


def groups(records: Records) -> Iterator[Group]:
    """Every code length of UCCH, whose lines are means over the same runs; and CVH."""
    by_name = {line["name"]: line for line in records}
    parts = [
        (f"UCCH, {bits} bits", functools.partial(ucch, bits, seeds), 15.0 * seeds) for bits, seeds in SEEDS.items()
    ]
    for name, again, seconds in (*parts, ("CVH", functools.partial(cvh, tuple(SEEDS)), 15.0)):
        lines = [line for key, line in by_name.items() if key.startswith(f"{name}, ")]
        cells = [cell_of(records, line, line["value"], name.split(",")[0], name, tolerance=TOLERANCE) for line in lines]
        yield Group(name=name, cells=cells, measure=again, seconds=seconds)


REPLAY = Replay(groups=groups)


def report(records: Records, *, quick: bool) -> str:
    """The whole document."""
    tables: dict[str, list[list[str]]] = {"UCCH": [], "CVH": []}
    for line in records:
        method, bits, way = line["name"].split(", ")
        one = line["value"]
        known, gap = f"{one['known']:.3f}", f"{one['difference']:+.3f}"
        ours = [_shown(one, name) for name in (("last", "best") if method == "UCCH" else ("ours",))]
        seeds = [str(one["seeds"])] if method == "UCCH" else []
        tables[method].append([f"{bits.split()[0]} {way}", *seeds, known, *ours, gap])
    heads = {
        "UCCH": ["bits", "seeds", "known", "ours, last epoch", "ours, best epoch", "best less known"],
        "CVH": ["bits", "known", "ours", "difference"],
    }
    return (
        f"# Known figures\n\n`{COMMAND}{' --quick' if quick else ''}`; made with {records.made_with()}. mAP@all, equal "
        "distances in the order of the database.\n\n"
        "## UCCH on wikipedia-t100\n\nHidden width 1024, 20 epochs. Known: its authors' program, one seed, the epoch with the best "
        "labelled mAP of the queries. Ours: mean and standard deviation over seeds; the best epoch by the same rule, for this "
        "comparison alone: every other table has the last epoch.\n\n"
        f"{measure.table(heads['UCCH'], tables['UCCH'])}\n## CVH on fashion20k\n\nKnown: canonical correlations and signs.\n\n"
        f"{measure.table(heads['CVH'], tables['CVH'])}"
    )


def _shown(figures: Figures, name: str) -> str:
    deviation = figures.get(f"{name}, deviation")
    return f"{figures[name]:.3f}" + ("" if deviation is None else f" ± {deviation:.3f}")


def main() -> None:
    """Measure and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="16 bits, one seed; into build/benchmarks")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    logging.disable(logging.INFO)
    out = options.out or (QUICK if options.quick else RESULTS) / "known_figures.md"
    records = Records(out.with_suffix(".jsonl"), COMMAND, LIBRARIES, fresh=not options.render)
    seeds = {16: 1} if options.quick else SEEDS
    parts = [functools.partial(ucch, bits, count) for bits, count in seeds.items()]
    for measured in [] if options.render else [*parts, functools.partial(cvh, tuple(seeds))]:
        for name, figures in measured().items():
            records.add({"name": name, "value": figures})
            measure.write(f"{name}: {figures}\n")
    out.write_text(report(records, quick=options.quick), encoding="utf-8")
    measure.write(f"{out}\n")


if __name__ == "__main__":
    main()
