"""How the default of HINT was chosen: candidates on training pairs alone, a fifth of which ask the others; one command, resumed where it was stopped.

    python benchmarks/training/choice.py                    results/choice.md and .jsonl: an hour and a half of one core
    python benchmarks/training/choice.py --sets digits --rows default

No query and no database row of a set is used. Sets differ in size, in the worth of their features, and in how fine their classes
are: the labels of fashion20k are read at three levels and those of emoji at two. Two forms of uci-mfeat are made worse on purpose:
noise on the features, pairs exchanged. The digits are halves of pictures, 1,797 of 8 by 8 that scikit-learn brings.
"""

from __future__ import annotations

import argparse
import functools
import logging
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks.training.figures import LIBRARIES, SHARED  # first: it says how torch's threads wait  # isort: skip

import numpy as np
from benchmarks import measure
from benchmarks.cells import Cell, Figures, Group, Replay, cell_of, flat
from benchmarks.records import RESULTS, Line, Records
from benchmarks.training import accuracy_cells as plan
from benchmarks.training.emoji_set import PATH as EMOJI
from benchmarks.training.emoji_set import made

import hint_train
from hint_train import Config, preset
from hint_train.data.pairs import MODALITIES
from hint_train.packing import pack
from hint_train.retrieval.directions import Codes
from hint_train.retrieval.evaluate import evaluate

COMMAND = "python benchmarks/training/choice.py"
BITS, SEEDS = (16, 64), (0, 1)
TOLERANCE = 0.05
_CLASSES = {
    "fashion20k": {"sub-categories": "labels", "master categories": "labels_master", "articles": "labels_article"},
    "emoji": {"subgroups": "labels", "groups": "labels_group"},
}
_NOISE, _EXCHANGED = 1.0, 0.1


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Training pairs of a set, some of which ask.

    Attributes
    ----------
    image, text
        (n, d) float32.
    shown
        (k, d) float32, the texts that the pairs in `kept` are trained with.
    classes
        (n, c) bool by the name of a level.
    asking, kept
        Rows that ask, and rows that are trained on and found.
    """

    image: np.ndarray
    text: np.ndarray
    shown: np.ndarray
    classes: dict[str, np.ndarray]
    asking: np.ndarray
    kept: np.ndarray


def _pairs(name: str) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    if name == "digits":
        from sklearn.datasets import load_digits

        found = load_digits()
        halves = [found.images[:, rows].reshape(len(found.images), -1) for rows in (slice(4), slice(4, None))]
        return halves[0], halves[1], {"digits": np.eye(10, dtype=bool)[found.target]}
    if name == "emoji":
        made()
    with np.load(EMOJI if name == "emoji" else SHARED / f"{name}.npz") as held:
        rows, names = held["train"], _CLASSES.get(name, {"classes": "labels"})
        return held["image"][rows], held["text"][rows], {k: held[v][rows].astype(bool) for k, v in names.items()}


@functools.cache
def held_out(name: str) -> HeldOut:
    """A set by its name, the same at every call."""
    base, _, form = name.partition(", ")
    image, text, classes = _pairs(base)
    image, text = image.astype(np.float32), text.astype(np.float32)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(image))
    asking, kept = (np.sort(x) for x in np.split(order, [len(image) // 5]))
    if form == "noisy":
        image, text = (
            (x + _NOISE * x.std(axis=0) * rng.standard_normal(x.shape)).astype(np.float32) for x in (image, text)
        )
    shown = text[kept]
    if form == "pairs exchanged":
        wrong = rng.permutation(len(kept))[: round(_EXCHANGED * len(kept))]
        shown[wrong] = shown[np.roll(wrong, 1)]
    return HeldOut(image, text, shown, classes, asking, kept)


SETS = (
    "fashion20k",
    "wikipedia-t100",
    "uci-mfeat",
    "uci-mfeat, noisy",
    "uci-mfeat, pairs exchanged",
    "digits",
    "emoji",
)


def candidates() -> dict[str, Config]:
    """Configurations: the steps to the default, and what else was tried, each a change of the one that takes pairs as given."""
    default, given, before = preset("default"), plan.pairs_as_given(), plan.own_communities()
    return {
        "own communities": before,
        "walks alone": plan.changed(before, "loss", walk=default.loss.walk),
        "pairs as given": given,
        "default": default,
        "walk 4": plan.changed(given, "loss", walk=4),
        "walk 16": plan.changed(given, "loss", walk=16),
        "no sharpening": plan.changed(given, "loss", sharpen=0.0),
        "temperature 0.3": plan.changed(given, "loss", bank_tau=0.3),
        "temperature 0.5": plan.changed(given, "loss", bank_tau=0.5),
        "without the leaves": plan.changed(given, "loss", bank_levels="communities"),
        "pair loss 0.5": plan.changed(given, "loss", pair_loss=0.5),
        "step size 2e-3": plan.changed(given, "optimiser", learning_rate=2e-3),
        "100 confirm → 50": plan.changed(given, "graph", agreement_k=50),
        "100 confirm → 200": plan.changed(given, "graph", agreement_k=200),
    }


def key(dataset: str, name: str, bits: int, seed: int) -> str:
    """What a line is found by."""
    return f"{dataset}; {name}; {bits} bits; seed {seed}"


def measured(dataset: str, config: Config, seed: int) -> dict[int, dict[str, dict[str, float]]]:
    """mAP and mAP@50, the means of both directions, by code length and level of the classes."""
    held = held_out(dataset)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "part.npz"
        text = held.text.copy()
        text[held.kept] = held.shown
        np.savez(path, image=held.image, text=text, query=held.asking, retrieval=held.kept, train=held.kept)
        config = replace(config, dataset=str(path), bits=BITS, seed=seed, device="cpu")
        hint_train.run(config, Path(folder) / "run")
        run = hint_train.load(Path(folder) / "run")
    found: dict[int, dict[str, dict[str, float]]] = {}
    for bits in BITS:
        features = {"image": held.image, "text": held.text}
        codes = {m: pack(run.outputs(features[m], modality=m, bits=bits)) for m in MODALITIES}
        found[bits] = {name: _scores(codes, held, labels, bits) for name, labels in held.classes.items()}
    return found


def _scores(codes: Codes, held: HeldOut, labels: np.ndarray, bits: int) -> dict[str, float]:
    each = [
        evaluate(
            codes[source][held.asking],
            codes[target][held.kept],
            labels[held.asking],
            labels[held.kept],
            bits=bits,
            cutoffs=(50,),
        ).scores
        for source, target in (MODALITIES, MODALITIES[::-1])
    ]
    return {name: round(statistics.fmean(x[name] for x in each), 6) for name in ("map", "map@50")}


def measure_all(records: Records, sets: list[str], names: list[str], seeds: list[int]) -> None:
    """Measure the lines that are missing, the first seed of everything first."""
    for seed in seeds:
        for dataset in sets:
            for name in names:
                if all(records.get(key(dataset, name, bits, seed)) is not None for bits in BITS):
                    continue
                for bits, value in measured(dataset, candidates()[name], seed).items():
                    line = {"set": dataset, "row": name, "bits": bits, "seed": seed, "value": value}
                    records.add({"name": key(dataset, name, bits, seed), **line})
                    shown = " ".join(f"{level} {x['map']:.3f}/{x['map@50']:.3f}" for level, x in value.items())
                    measure.write(f"{key(dataset, name, bits, seed)}: {shown}\n")


def groups(records: Records) -> Iterator[Group]:
    """Every run as a group: its code lengths share graph and tree."""
    for dataset, name, seed in dict.fromkeys((x["set"], x["row"], x["seed"]) for x in records):
        lines = [x for x in records if (x["set"], x["row"], x["seed"]) == (dataset, name, seed)]
        cells: list[Cell] = [cell_of(records, x, flat(x["value"]), name, dataset, tolerance=TOLERANCE) for x in lines]
        again = functools.partial(_again, dataset, name, seed)
        yield Group(name=f"{dataset}, {name}, {seed}", cells=cells, measure=again, seconds=30.0)


def _again(dataset: str, name: str, seed: int) -> dict[str, Figures]:
    found = measured(dataset, candidates()[name], seed)
    return {key(dataset, name, bits, seed): flat(value) for bits, value in found.items()}


REPLAY = Replay(groups=groups)


def report(records: Records) -> str:
    """The document: gains over the first candidate, where both were measured."""
    text = (
        f"# How the default was chosen\n\n`{COMMAND}`\n\n{len(records)} lines measured {records.made_with()}.\n\nTraining pairs alone: a fifth of them, "
        "drawn once, ask the other four fifths, which were trained on. Cells: mAP over the whole ranking / mAP@50, means of both "
        f"directions, of {' and '.join(map(str, BITS))} bits and of the seeds that were measured (last column). The first row is in figures, "
        "the others are differences to it, over the lines that both have. Below the default are changes of `pairs as given`.\n\n"
    )
    for dataset in SETS:
        levels = list(dict.fromkeys(level for x in records if x["set"] == dataset for level in x["value"]))
        if not levels:
            continue
        text += f"## {dataset}\n\n{measure.table(['candidate', *levels, 'seeds'], _rows(records, dataset, levels))}\n"
    return (
        text
        + "## All sets\n\nMeans over the levels of all sets, and in how many of these a candidate gains.\n\n"
        + _summary(records)
    )


def _rows(records: Records, dataset: str, levels: list[str]) -> Iterator[list[str]]:
    first, *_ = candidates()
    for name in candidates():
        seeds = [s for s in SEEDS if all(_line(records, dataset, n, s) for n in (name, first))]
        if seeds:
            yield [name, *(_cell(records, dataset, name, level, seeds) for level in levels), str(len(seeds))]


def _line(records: Records, dataset: str, name: str, seed: int) -> list[Line]:
    lines = [records.get(key(dataset, name, bits, seed)) for bits in BITS]
    return [x for x in lines if x is not None] if all(x is not None for x in lines) else []


def _mean(records: Records, dataset: str, name: str, level: str, figure: str, seeds: list[int]) -> float:
    return statistics.fmean(x["value"][level][figure] for s in seeds for x in _line(records, dataset, name, s))


def _cell(records: Records, dataset: str, name: str, level: str, seeds: list[int]) -> str:
    first, *_ = candidates()
    own = [_mean(records, dataset, name, level, figure, seeds) for figure in ("map", "map@50")]
    if name == first:
        return " / ".join(f"{x:.3f}" for x in own)
    before = [_mean(records, dataset, first, level, figure, seeds) for figure in ("map", "map@50")]
    return " / ".join(f"{x - y:+.3f}" for x, y in zip(own, before, strict=True))


def _summary(records: Records) -> str:
    first, *others = candidates()
    rows = []
    for name in others:
        gains: list[list[float]] = []
        for dataset in SETS:
            seeds = [s for s in SEEDS if all(_line(records, dataset, n, s) for n in (name, first))]
            for level in _line(records, dataset, name, seeds[0])[0]["value"] if seeds else ():
                both = ("map", "map@50")
                gains.append(
                    [
                        _mean(records, dataset, name, level, x, seeds) - _mean(records, dataset, first, level, x, seeds)
                        for x in both
                    ]
                )
        if gains:
            means = [f"{statistics.fmean(x):+.4f}" for x in zip(*gains, strict=True)]
            rising = [f"{sum(x > 0 for x in column)} of {len(gains)}" for column in zip(*gains, strict=True)]
            rows.append([name, *means, *rising])
    return measure.table(["candidate", "mAP", "mAP@50", "gains in mAP", "in mAP@50"], rows)


def main() -> None:
    """Measure what is missing and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--rows", nargs="+", choices=candidates(), default=list(candidates()))
    parser.add_argument("--seeds", nargs="+", type=int, choices=SEEDS, default=list(SEEDS))
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--out", type=Path, default=RESULTS, help="the folder of the results")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    records = Records(options.out / "choice.jsonl", COMMAND, LIBRARIES)
    if not options.render:
        measure_all(records, options.sets, options.rows, options.seeds)
    (options.out / "choice.md").write_text(report(records), encoding="utf-8")


if __name__ == "__main__":
    main()
