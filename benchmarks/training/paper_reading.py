"""The nearest reading of the HINT paper: which sentence has to bend for its Table 2, V1 < V2 < V3 < V4 < full, to come out.

    python benchmarks/training/paper_reading.py             results/paper_reading.md and .jsonl; resumed where it was stopped
    python benchmarks/training/paper_reading.py --sets uci-mfeat
    python benchmarks/training/paper_reading.py --render    no measurement, only the page

Readings stand in paper_readings.toml, nearest to the text first. Each is measured on training pairs that were held out: a fifth of at most
4,000, of a set against the rest, by their labels. Those that the file names as `shown` are then measured on the queries.
"""

from __future__ import annotations

import functools
import logging
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks.training import figures  # first: it says how torch's threads wait  # isort: skip

import numpy as np
from benchmarks import measure
from benchmarks.cells import Cell, Figures, Group, Replay, flat
from benchmarks.records import Line, Records
from benchmarks.training.accuracy_cells import VARIANTS, Row
from benchmarks.training.figures import (
    arguments,
    cell_key,
    chosen_sets,
    config_of,
    options_of,
    parsed,
    same_data,
    where,
)

import hint_train
from hint_train import Config, preset
from hint_train.config.config_file import with_options
from hint_train.data import load_dataset

COMMAND = "python benchmarks/training/paper_reading.py"
BITS = 128
"""The code length of Table 2."""
MOST = 4_000
TOLERANCE = 0.005
"""What a step of the ladder may lose and still hold: half of what seeds deviate. It was fixed before the queries were measured."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A name, the reading that it goes on from, the sentences that it bends beyond, and its options over `--preset paper`."""

    name: str
    base: str
    bends: tuple[tuple[str, str], ...]
    options: dict[str, Any]
    sets: tuple[str, ...]
    variants: tuple[str, ...]
    shown: tuple[str, ...]

    def config(self, variant: str) -> Config:
        """The configuration of a variant."""
        return with_options(preset("paper"), {**self.options, "variant": variant})

    def row(self, variant: str) -> Row:
        """The row of a variant on the queries."""
        return Row(f"{self.name}, {variant}", self.config(variant))


@functools.cache
def readings() -> tuple[Reading, ...]:
    """The readings of the file, each with the options of the one that it goes on from."""
    table = tomllib.loads(Path(__file__).with_name("paper_readings.toml").read_text(encoding="utf-8"))
    found: dict[str, Reading] = {}
    for one in table["reading"]:
        base = found.get(one.get("from", ""))
        found[one["name"]] = Reading(
            one["name"],
            one.get("from", ""),
            tuple((sentence, done) for sentence, done in one["bends"]),
            {**(base.options if base else {}), **one["options"]},
            tuple(one["sets"]),
            tuple(one.get("variants", VARIANTS)),
            tuple(one.get("shown", ())),
        )
    return tuple(found.values())


def held_out(dataset: str, folder: Path) -> Path:
    """A file of training pairs alone: `MOST` at most, drawn once, of which a fifth are queries and the rest is database and trained on."""
    data = load_dataset(where(dataset))
    assert data.labels is not None
    rows = np.random.default_rng(0).permutation(data.train)[:MOST]
    query, rest = np.split(np.arange(len(rows)), [len(rows) // 5])
    path = folder / "held.npz"
    np.savez(
        path,
        image=data.image[rows],
        text=data.text[rows],
        labels=data.labels[rows],
        query=query,
        retrieval=rest,
        train=rest,
    )
    return path


def key(dataset: str, config: Config) -> str:
    """What a held-out line is found by."""
    return f"held out, {cell_key(dataset, config, BITS, 0)}"


def measured(dataset: str, config: Config) -> dict[str, Any]:
    """mAP of both directions on held-out training pairs, and what the tree is like."""
    with tempfile.TemporaryDirectory() as folder:
        path = held_out(dataset, Path(folder))
        chosen = replace(config, dataset=str(path), bits=(BITS,), seed=0, device="cpu")
        result = hint_train.run(chosen, Path(folder) / "run")
    return {
        "held": {name: found["map"] for name, found in result.bits[str(BITS)].items()},
        "structure": result.structure,
    }


def measure_held(dataset: str, reading: Reading, records: Records) -> None:
    """Measure what is missing of a reading on held-out pairs."""
    for variant in reading.variants:
        config = reading.config(variant)
        if records.get(key(dataset, config)) is None:
            same_data(dataset, records)
            about = {
                "name": key(dataset, config),
                "set": dataset,
                "bits": BITS,
                "seed": 0,
                "options": options_of(config),
            }
            line = records.add({**about, **measured(dataset, config)})
            measure.write(f"{dataset}, {reading.name}, {variant}: {mean_of(line['held']):.3f}\n")


def mean_of(both: dict[str, float]) -> float:
    """Mean of both directions."""
    return float(np.mean(list(both.values())))


def ladder(dataset: str, reading: Reading, records: Records, *, held: bool) -> dict[str, float]:
    """Mean mAP of both directions by variant, of what was measured: on held-out pairs, or on the queries."""
    found = {}
    for variant in VARIANTS:
        config = reading.config(variant)
        line = records.get(key(dataset, config) if held else cell_key(dataset, config, BITS, 0))
        if line is not None:
            both = line["held"] if held else {name: one["map"] for name, one in line["scores"].items()}
            found[variant] = mean_of(both)
    return found


def steps(found: dict[str, float]) -> dict[str, float]:
    """What each variant gains over the one before, where both were measured."""
    return {b: found[b] - found[a] for a, b in pairwise(VARIANTS) if a in found and b in found}


def holds(found: dict[str, float]) -> bool:
    """Whether the whole ladder was measured, no step loses more than `TOLERANCE`, and the last is above the first by more than that."""
    if set(found) != set(VARIANTS):
        return False
    return min(steps(found).values()) >= -TOLERANCE and found["full"] - found["v1"] > TOLERANCE


def said(found: dict[str, float]) -> str:
    """What the last column of a table says."""
    lost = [f"{v} {gain:+.3f}" for v, gain in steps(found).items() if gain < -TOLERANCE]
    if holds(found) or lost:
        return ", ".join(lost) or "none: the ladder holds"
    return "none that was measured" if set(found) != set(VARIANTS) else "none, but full is no better than v1"


def groups(records: Records) -> Iterator[Group]:
    """Cells of the queries, and those of held-out pairs."""
    yield from figures.groups(records)
    for line in records:
        if "held" in line:
            cell = Cell(
                name=line["name"],
                method=f"hint, {line['options']['variant']}, held out",
                stratum=line["set"],
                figures=flat(line["held"]),
                made=records.session_of(line),
                tolerance=0.05,
            )
            again = functools.partial(_again, line, records)
            yield Group(name=line["name"], cells=[cell], measure=again, seconds=20)


def _again(line: Line, records: Records) -> dict[str, Figures]:
    same_data(line["set"], records)
    return {line["name"]: flat(measured(line["set"], config_of(line["options"]))["held"])}


REPLAY = Replay(groups=groups, left_out="seconds; structure of the trees")


def table(records: Records, *, held: bool) -> str:
    """A row for each reading and set, with the steps that lose more than the tolerance in words."""
    rows = []
    for reading in readings():
        for dataset in reading.sets if held else reading.shown:
            found = ladder(dataset, reading, records, held=held)
            if found:
                values = [f"{found[v]:.3f}" if v in found else "–" for v in VARIANTS]
                rows.append([reading.name, dataset, *values, said(found)])
    return measure.table(["reading", "set", *VARIANTS, "steps that lose"], rows)


def bends_text() -> str:
    """The sentences that each reading bends beyond the one that it goes on from, and what is done instead."""
    parts = []
    for reading in readings():
        own = "".join(f"    * “{sentence}” {done}\n" for sentence, done in reading.bends)
        more = f", as *{reading.base}*, and" if reading.base else ""
        parts.append(f"* *{reading.name}*{more}{':' if own else ''}\n{own}")
    return "".join(parts)


def report(records: Records) -> str:
    """The whole document."""
    return (
        f"# The nearest reading of the paper\n\n`{COMMAND}`: {records.made_with()}.\n\n"
        f"{BITS} bits, one seed, mean mAP@all of both directions. A step of V1 < V2 < V3 < V4 < full holds where it loses {TOLERANCE} at most; "
        "the ladder holds where all do and the full model is above V1 by more than that. Readings are `--preset paper` with what stands "
        f"below, the nearest first.\n\n## Readings\n\n{bends_text()}\n"
        f"## Held-out training pairs\n\nA fifth of the training pairs ({MOST:,} at most) against the rest.\n\n{table(records, held=True)}\n"
        f"## Queries\n\n{table(records, held=False)}"
    )


def main() -> None:
    """Measure what is missing and write the page, after every reading."""
    chosen = parsed(arguments(__doc__))
    logging.disable(logging.WARNING)
    sets = chosen_sets(chosen)
    records = figures.figures(chosen.out / "paper_reading.jsonl", COMMAND, fresh=chosen.fresh)
    path = chosen.out / "paper_reading.md"
    for reading in () if chosen.render else readings():
        for dataset in (name for name in sets if name in reading.sets):
            measure_held(dataset, reading, records)
        for dataset in (name for name in sets if name in reading.shown):
            for variant in VARIANTS:
                figures.measure_row(dataset, reading.row(variant), [(BITS, 0)], records)
        path.write_text(report(records), encoding="utf-8")
    path.write_text(report(records), encoding="utf-8")
    measure.write(f"{path}\n")


if __name__ == "__main__":
    main()
