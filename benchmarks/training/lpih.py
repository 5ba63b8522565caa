"""LPIH over its bases at 5, 10, 20 and 50 % of labels, and the fully supervised ceiling: one command, resumed where it was stopped.

    python benchmarks/training/lpih.py                  all tables: a quarter of an hour of one idle core
    python benchmarks/training/lpih.py --quick          the two small sets, one seed: two minutes
    python benchmarks/training/lpih.py --memory         peak memory of 200,000 pairs with 1,000 anchors: four minutes
    python benchmarks/training/lpih.py --render         no measurement, only the tables

Sets and keys are those of accuracy.py. Every figure is a line of lpih.jsonl; lpih.md is made from those lines.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Replay
from benchmarks.records import Records
from benchmarks.training import accuracy_cells as plan
from benchmarks.training.accuracy_report import spread, values
from benchmarks.training.figures import arguments, cell_key, chosen_sets, figures, groups, measure_row, parsed

from hint_train import Config, preset

COMMAND = "python benchmarks/training/lpih.py"
REPLAY = Replay(groups=groups, left_out="seconds; the memory of 200,000 pairs")
BASES = ("srlch", "batch", "dch")
SHARES = (0.05, 0.1, 0.2, 0.5)
BITS = (16, 64)
ABLATION: dict[str, dict[str, Any]] = {
    "default": {},
    "no inherited codes in the scores (α = 0)": {"lpih_inherit": 0.0},
    "inherited hash functions left out (η = 0)": {"lpih_stay": 0.0},
    "inherited hash functions held fast (η = 0.1)": {"lpih_stay": 0.1},
    "scores smoothed over the kNN graph (β = 1)": {"lpih_smooth": 1.0},
    "definite pseudo-labels": {"lpih_pseudo": "cardinality"},
    "all weights 1": {"lpih_confidence": False},
    "codes that reproduce similarity": {"lpih_target": "similarity"},
}
"""Options of LPIH on BATCH at 10 % of labels."""
PAIRS, ANCHORS, FEATURES, CLASSES = 200_000, 1000, (512, 300), 24
_RIDGES = {
    "srlch": {"srlch_image_ridge": 1.0, "srlch_text_ridge": 1.0},
    "batch": {"batch_ridge": 1.0},
    "dch": {"dch_ridge": 1.0},
}
"""The control: hash functions of the base with a hundred times the published ridge, or ten times."""


def supervised(method: str, share: float) -> Config:
    """The default of a supervised method at a share of labels."""
    return plan.changed(preset("default", method), "labels", labelled=(share,))


def on(base: str, share: float, **options: Any) -> plan.Row:
    """LPIH on a base."""
    config = plan.changed(supervised("lpih", share), "lpih", base=base, **options)
    return plan.Row(f"lpih on {base}, {share:g}{''.join(f', {k} {v}' for k, v in options.items())}", config)


def only(base: str, share: float) -> plan.Row:
    """The base on the labelled pairs alone; on all pairs it is the ceiling."""
    return plan.Row(f"{base}, {share:g}", supervised(base, share))


def control(base: str, share: float) -> plan.Row:
    """The base on the labelled pairs alone with a larger ridge."""
    return plan.Row(f"{base}, ridge 1, {share:g}", plan.changed(supervised(base, share), base, **_RIDGES[base]))


def rows() -> Iterator[plan.Row]:
    """Every row that is measured."""
    for base in BASES:
        for share in SHARES:
            yield from (only(base, share), on(base, share), control(base, share))
        yield only(base, 1.0)
    for options in ABLATION.values():
        yield on("batch", 0.1, **options)


def seeds_of(dataset: str, *, quick: bool) -> int:
    """Three, but one on the large set."""
    return 1 if quick or dataset in plan.LARGE else 3


class Found:
    """The measured lines of one set."""

    def __init__(self, dataset: str, records: Records, *, quick: bool) -> None:
        self._dataset, self._records, self._quick = dataset, records, quick

    def lines(self, row: plan.Row, bits: int) -> list[dict[str, Any]]:
        """A line per seed; fewer where some were not measured."""
        seeds = range(seeds_of(self._dataset, quick=self._quick))
        keys = [cell_key(self._dataset, row.config, bits, seed) for seed in seeds]
        return [line for line in map(self._records.get, keys) if line is not None]

    def gains(self, base: str, share: float, bits: int) -> list[float]:
        """mAP of LPIH less mAP of its base on the labelled pairs alone, for each seed: both saw the same labels."""
        pairs = (self.lines(row, bits) for row in (on(base, share), only(base, share)))
        return [b - a for b, a in zip(*map(values, pairs), strict=False)]


def main_table(found: Found) -> str:
    """mAP of the base on the labelled pairs alone, of LPIH on it, and the gain, for each share; and the ceiling."""
    head = [f"{share:.0%}: alone → LPIH, gain" for share in SHARES]
    out = [["base", "bits", *head, "all labels"]]
    for base in BASES:
        for bits in BITS:
            cells = []
            for share in SHARES:
                alone, lifted = (found.lines(row(base, share), bits) for row in (only, on))
                gains = found.gains(base, share, bits)
                cells.append(
                    f"{statistics.fmean(values(alone)):.3f} → {statistics.fmean(values(lifted)):.3f}, {spread(gains)}"
                    if gains
                    else ""
                )
            ceiling = found.lines(only(base, 1.0), bits)
            out.append([base, str(bits), *cells, spread(values(ceiling)) if ceiling else ""])
    return measure.table(out[0], out[1:])


def summary(every: dict[str, Found]) -> str:
    """Gains by share over all sets, bases and code lengths: of mAP, relative, and of what is missing to all labels."""
    head = (
        "labels",
        "gain of mAP",
        "in per cent",
        "of the gap to all labels",
        "lost",
        "gain of ridge 1",
        "above the better",
    )
    out = [list(head)]
    for share in SHARES:
        cells, relative, closed, controlled, above = [], [], [], [], []
        for found in every.values():
            for base in BASES:
                for bits in BITS:
                    alone, lifted = (found.lines(row(base, share), bits) for row in (only, on))
                    firm, ceiling = (found.lines(row, bits) for row in (control(base, share), only(base, 1.0)))
                    if not (alone and lifted and firm and ceiling):
                        continue
                    a, b, c, d = (statistics.fmean(values(x)) for x in (alone, lifted, firm, ceiling))
                    cells.append(b - a)
                    relative.append(100 * (b / a - 1))
                    closed.append(100 * (b - a) / (d - a))
                    controlled.append(c - a)
                    above.append(b - max(a, c))
        if len(cells) > 1:
            lost = f"{sum(x <= 0 for x in cells)} of {len(cells)}"
            gains = (spread(cells), spread(relative, 0), spread(closed, 0), lost)
            out.append([f"{share:.0%}", *gains, spread(controlled), spread(above)])
    return measure.table(out[0], out[1:])


def ablation(every: dict[str, Found]) -> str:
    """mAP of LPIH on BATCH at 10 % of labels under its options."""
    head = [f"{dataset}, {bits}" for dataset in every for bits in BITS]
    out = [["", *head, "mean"]]
    for name, options in ABLATION.items():
        lines = [f.lines(on("batch", 0.1, **options), bits) for f in every.values() for bits in BITS]
        if all(lines):
            scores = [values(x) for x in lines]
            out.append([name, *map(spread, scores), f"{statistics.fmean(map(statistics.fmean, scores)):.3f}"])
    return measure.table(out[0], out[1:])


def memory_text(line: dict[str, Any] | None) -> str:
    """What `--memory` found."""
    if line is None:
        return "Not measured: `python benchmarks/training/lpih.py --memory`.\n"
    return (
        f"{line['pairs']:,} pairs of {line['features'][0]} and {line['features'][1]} features, {line['anchors']:,} anchors for "
        f"either modality, {line['labelled']:,} labelled, {line['bits']} bits: peak {line['peak'] / 2**30:.2f} GB of the whole "
        f"process, of which {line['before'] / 2**30:.2f} GB were libraries, features and labels; {line['seconds']:.0f} s of one "
        f"thread. The kernel features alone would take {line['whole'] / 2**30:.2f} GB in float64.\n"
    )


def report(every: dict[str, Found], records: Records, *, quick: bool) -> str:
    """The whole document."""
    parts = [
        f"# LPIH\n\n`python benchmarks/training/lpih.py{' --quick' if quick else ''}`; made with {records.made_with()}.\n\n"
        "Mean mAP@all of both directions over the whole database, encoded by the hash functions; equal distances count by their "
        f"mean. {'One seed.' if quick else 'Three seeds (± standard deviation) on the two small sets, one on fashion20k.'} "
        "A seed draws the labelled pairs, the anchors and the first codes; LPIH and its base see the same labels and anchors.\n\n"
        "## Summary\n\nMean and standard deviation over sets, bases and code lengths. The base's constants are the published ones, "
        "made for thousands of labelled pairs, so a larger ridge of its hash functions is tried as well: what that gains with the "
        "labelled pairs alone, and how far LPIH is above the better of the two in each cell. The abstract of LPIH claims "
        "about 5 % on average over other methods, on sets that it does not name.\n\n",
        summary(every),
    ]
    for dataset, found in every.items():
        parts.append(f"\n## {dataset}\n\n{main_table(found)}")
    parts.append(f"\n## What its parts are worth\n\nLPIH on batch at 10 % of labels.\n\n{ablation(every)}")
    parts.append(
        f"\n## Memory\n\n`python benchmarks/training/lpih.py --memory`\n\n{memory_text(records.get('memory'))}"
    )
    return "".join(parts)


_MEMORY = """
import json, sys, time, resource
import numpy as np, torch
from hint_train import preset
from hint_train.data.pairs import LabelledPart, TrainingPairs
from hint_train.training.method import TrainingSet
from hint_train import METHODS
from dataclasses import replace
torch.set_num_threads(1)
n, anchors, wide, narrow, classes, bits = map(int, sys.argv[1:])
rng = np.random.default_rng(0)
of = rng.integers(classes, size=n)
image, text = (rng.standard_normal((classes, d), dtype=np.float32)[of] for d in (wide, narrow))
for x in (image, text):
    for start in range(0, n, 10000):
        x[start : start + 10000] += rng.standard_normal(x[start : start + 10000].shape, dtype=np.float32)
rows = np.arange(n // 10)
part = LabelledPart(rows, np.eye(classes, dtype=bool)[of[rows]])
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before, start = peak(), time.process_time()
config = preset("default", "lpih")
config = replace(config, anchors=replace(config.anchors, image_anchors=anchors, text_anchors=anchors))
entry = METHODS["lpih"]
made = entry.prepare(TrainingPairs(image, text), part, config, torch.device("cpu"))
method = entry.build(made, TrainingSet(torch.from_numpy(image), torch.from_numpy(text)), config, bits, 0)
codes = method.learned.signs
assert codes.shape == (n, bits)
print(json.dumps({"before": before, "peak": peak(), "seconds": time.process_time() - start}))
"""


def measure_memory(records: Records) -> None:
    """Peak memory and seconds of LPIH on drawn pairs, in a process of its own."""
    sizes = [PAIRS, ANCHORS, *FEATURES, CLASSES, 64]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "memory.py"
        script.write_text(_MEMORY)
        command = [sys.executable, str(script), *map(str, sizes)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=measure.threads(1))
    line = json.loads(done.stdout.splitlines()[-1])
    sizes_by_name = {"pairs": PAIRS, "anchors": ANCHORS, "features": FEATURES, "labelled": PAIRS // 10, "bits": 64}
    records.add({"name": "memory", **line, **sizes_by_name, "whole": 2 * PAIRS * ANCHORS * 8})
    measure.write(f"memory: peak {line['peak'] / 2**30:.2f} GB in {line['seconds']:.0f} s\n")


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = arguments(__doc__)
    parser.add_argument("--memory", action="store_true", help="peak memory of 200,000 pairs and nothing else")
    return parsed(parser)


def main() -> None:
    """Measure what is missing and write the tables, after every set."""
    options = parse()
    logging.disable(logging.INFO)
    sets = chosen_sets(options)
    records = figures(options.out / "lpih.jsonl", COMMAND, fresh=options.fresh)
    every = {dataset: Found(dataset, records, quick=options.quick) for dataset in sets}
    path, started = options.out / "lpih.md", time.monotonic()
    if options.memory:
        measure_memory(records)
    for dataset in [] if options.memory or options.render else sets:
        for row in rows():
            seeds = range(seeds_of(dataset, quick=options.quick))
            measure_row(dataset, row, [(bits, seed) for seed in seeds for bits in BITS], records)
        path.write_text(report(every, records, quick=options.quick))
    if not any(found.lines(row, bits) for found in every.values() for row in rows() for bits in BITS):
        raise SystemExit(f"nothing to render: {options.out / 'lpih.jsonl'} holds no figure of these sets and this code")
    path.write_text(report(every, records, quick=options.quick))
    measure.write(f"{path} after {time.monotonic() - started:.0f} s\n")


if __name__ == "__main__":
    main()
