"""Our UCCH and CVH beside figures known of them on the same files: whether the rivals of HINT are given their due.

    python benchmarks/training/known_figures.py            results/known_figures.md: six minutes of one core
    python benchmarks/training/known_figures.py --quick    16 bits, one seed

UCCH's figures come from its authors' program, which keeps the epoch with the best labelled mAP of the queries. So every epoch is
evaluated here, and both the last one and the best one by that rule are shown; ours reports the last. CVH's are those of canonical
correlations and signs. Equal distances count in the order of the database, as there. Sets are read from HINT_SHARED_DATA.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.training.accuracy_report import spread
from benchmarks.training.figures import ROOT, SHARED

import hint_train
from hint_train import preset
from hint_train.config.sections import EvaluationConfig
from hint_train.data import load_dataset
from hint_train.data.pairs import PairedData
from hint_train.methods.entries import METHODS
from hint_train.retrieval.directions import both_directions, codes_of
from hint_train.training.checkpoint import CheckpointFolder
from hint_train.training.method import Method, TrainingSet
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


def retrieval(method: Method, data: PairedData, bits: int) -> Pair:
    """mAP@all in both directions, ties in the order of the database."""
    codes = codes_of(data, method.networks)
    found = both_directions(data, codes, codes, bits, EvaluationConfig(cutoffs=(), ties="index"), CPU)
    image_to_text, text_to_image = (x.scores["map"] for x in found.values())
    return image_to_text, text_to_image


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
        trainer.run(lambda _: None, lambda _: found.append(retrieval(method, data, bits)), lambda: False)
    return found


def ucch_table(seeds: dict[int, int]) -> str:
    """Rows of UCCH: known, last epoch, best epoch, and how far the latter is below what is known."""
    data = load_dataset(str(SHARED / "wikipedia-t100.npz"), None)
    rows = []
    for bits, count in seeds.items():
        runs = [ucch_epochs(data, bits, seed) for seed in range(count)]
        for way, name in enumerate(("I→T", "T→I")):
            last = [run[-1][way] for run in runs]
            best = [max(run, key=sum)[way] for run in runs]
            gap = statistics.fmean(best) - UCCH[bits][way]
            rows.append(
                [f"{bits} {name}", str(count), f"{UCCH[bits][way]:.3f}", spread(last), spread(best), f"{gap:+.3f}"]
            )
            measure.write(f"UCCH, {' | '.join(rows[-1])}\n")
    return measure.table(["bits", "seeds", "known", "ours, last epoch", "ours, best epoch", "best less known"], rows)


def cvh_table(lengths: Sequence[int]) -> str:
    """Rows of CVH: known, ours, difference."""
    config = preset("default", "cvh")
    config = replace(config, dataset=str(SHARED / "fashion20k.npz"), bits=tuple(lengths), device="cpu")
    config = replace(config, evaluation=replace(config.evaluation, ties="index"))
    with tempfile.TemporaryDirectory() as folder:
        found = hint_train.run(config, Path(folder) / "run").bits
    rows = []
    for bits in lengths:
        for name, known, score in zip(("I→T", "T→I"), CVH[bits], found[str(bits)].values(), strict=True):
            ours = score["map"]
            rows.append([f"{bits} {name}", f"{known:.3f}", f"{ours:.3f}", f"{ours - known:+.3f}"])
    return measure.table(["bits", "known", "ours", "difference"], rows)


def main() -> None:
    """Measure and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="16 bits, one seed")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "known_figures.md")
    options = parser.parse_args()
    logging.disable(logging.INFO)
    seeds = {16: 1} if options.quick else SEEDS
    text = (
        f"# Known figures\n\n`python benchmarks/training/known_figures.py{' --quick' if options.quick else ''}`; made with "
        f"{measure.machine('torch')}. mAP@all, equal distances in the order of the database.\n\n"
        "## UCCH on wikipedia-t100\n\nHidden width 1024, 20 epochs. Known: its authors' program, one seed, the epoch with the best "
        f"labelled mAP of the queries. Ours: mean and standard deviation over seeds; the best epoch by the same rule, for this comparison alone: every other table has the last epoch.\n\n"
        f"{ucch_table(seeds)}\n## CVH on fashion20k\n\nKnown: canonical correlations and signs.\n\n{cvh_table(tuple(seeds))}"
    )
    options.out.write_text(text, encoding="utf-8")
    measure.write(f"{options.out}\n")


if __name__ == "__main__":
    main()
