"""The figures that claims are decided by, under one set of names: as the paper prints them, and ours in either reading."""

from __future__ import annotations

import json
import math
import statistics
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.records import RESULTS, Line, Records
from benchmarks.training import paper_cells as plan
from benchmarks.training.paper_cells import BITS, Cells
from benchmarks.training.paper_levels import NESTED
from benchmarks.training.paper_theory import AS_OURS, AS_PRINTED

from hint_train.runs.published import published_rows

HERE = Path(__file__).parent
WAYS = ("I→T", "T→I")
PRINTED = "the paper's tables"
PAPER_SETS = ("MIRFlickr-25K", "NUS-WIDE", "MS-COCO")
THIRD = "MIRFlickr-25K (Table 3)"
"""Table 3 repeats cells of Table 2 with other figures, so it is kept apart."""


class Key(NamedTuple):
    """What a figure is of."""

    name: str
    dataset: str
    bits: int
    way: str


class Finding(NamedTuple):
    """A verdict on one set, and the figures that decide it."""

    dataset: str
    holds: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Figures of one origin.

    Attributes
    ----------
    scores
        mAP in per cent, by key and seed; a print has one seed.
    spread
        Standard deviations in points, where they are printed; elsewhere they follow from the seeds.
    rivals
        Names of Table 1 that are no HINT and see no label.
    time
        Minutes or seconds of a run by name and set; only ratios are taken of it.
    runs
        What is known of runs that were looked into, by name, set and code length.
    speedups
        Time by floats over time by hash codes, by code length, for each way of comparing floats.
    share
        Per cent of the time that making the tree takes, by set.
    exponents
        Slopes of log time over log nodes, by kind of build.
    granularity
        How a tree's levels agree with broad and fine classes, by set; see `paper_levels.py`.
    theory
        Whether equations are taken as printed or as ours.
    """

    name: str
    sets: tuple[str, ...]
    rivals: tuple[str, ...]
    scores: dict[Key, dict[int, float]] = field(default_factory=dict)
    spread: dict[Key, float] = field(default_factory=dict)
    time: dict[tuple[str, str], float] = field(default_factory=dict)
    runs: dict[tuple[str, str, int], Line] = field(default_factory=dict)
    speedups: dict[str, dict[int, float]] = field(default_factory=dict)
    share: dict[str, float] = field(default_factory=dict)
    exponents: dict[str, float] = field(default_factory=dict)
    granularity: dict[str, dict[str, Any]] = field(default_factory=dict)
    theory: str = AS_OURS

    def common(self, names: Sequence[str], dataset: str, bits: int, way: str) -> list[float] | None:
        """The figures of several names, each a mean over the seeds that all of them have; None where one has none."""
        found = [self.scores.get(Key(name, dataset, bits, way), {}) for name in names]
        seeds = set.intersection(*(set(one) for one in found))
        return [statistics.fmean(one[seed] for seed in sorted(seeds)) for one in found] if seeds else None

    def has(self, name: str, dataset: str, bits: int) -> bool:
        """Whether a name was measured."""
        return Key(name, dataset, bits, WAYS[0]) in self.scores

    def mean(self, names: Sequence[str], dataset: str, bits: int) -> list[float] | None:
        """As `common`, the mean of both directions."""
        both = [self.common(names, dataset, bits, way) for way in WAYS]
        return None if None in both else [statistics.fmean(x) for x in zip(*both, strict=True)]  # type: ignore[arg-type]

    def deviation(self, key: Key) -> float | None:
        """As printed, or over three seeds and more."""
        values = list(self.scores.get(key, {}).values())
        return self.spread.get(key, statistics.stdev(values) if len(values) > 2 else None)


def read(name: str) -> dict[str, Any]:
    """A TOML file beside this one."""
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def tables() -> dict[int, dict[str, Any]]:
    """Tables 2 to 9 by their number."""
    return {table["number"]: table for table in read("paper_tables.toml")["table"]}


def published() -> Source:
    """What the paper prints."""
    printed = published_rows()
    supervised = {"MTFH", "FOMH", "DCH"}
    rivals = tuple(row.method for row in printed if row.method not in supervised | {"HINT"})
    found = Source(name=PRINTED, sets=(*PAPER_SETS, THIRD), rivals=(*rivals, *sorted(supervised)), theory=AS_PRINTED)

    def put(name: str, dataset: str, bits: int, way: str, value: float) -> None:
        found.scores[Key(name, dataset, bits, way)] = {0: value}

    for row in printed:
        for way, values in zip(WAYS, (row.image_to_text, row.text_to_image), strict=True):
            for dataset in PAPER_SETS:
                for bits, value in zip(BITS, values[dataset], strict=True):
                    put(row.method, dataset, bits, way, value)
    every = tables()
    for name, values in every[2]["rows"].items():
        for column, value in zip(every[2]["columns"], values, strict=True):
            dataset, way = column.rsplit(" ", 1)
            put("HINT full" if name == "HINT" else name, dataset, 128, way, value)
    for name, values in every[3]["rows"].items():
        for column, value in zip(every[3]["columns"], values, strict=True):
            way, bits = column.split()
            put("HINT full" if name == "Full Model" else name, THIRD, int(bits), way, value)
    mir = PAPER_SETS[0]
    for name, values in every[6]["rows"].items():
        for i, value in enumerate(values):
            put(f"{name} {('clean', 'noise')[i // 2]}", mir, 128, WAYS[i % 2], value)
    for name, values in every[7]["rows"].items():
        for way, value in zip(WAYS, values, strict=True):
            put(f"HINT {name.lower()}", mir, 128, way, value)
    for column, value in zip(every[8]["columns"][:-1], every[8]["rows"]["HINT-ITER"], strict=False):
        dataset, way = column.rsplit(" ", 1)
        put("HINT iterative", dataset, 128, way, value)
    for way in WAYS:
        for column, value in zip(every[9]["columns"], every[9]["rows"][f"{way}, deviation"], strict=True):
            found.spread[Key("HINT", mir, int(column.split()[0]), way)] = value
    found.time.update({(name, mir): values[1] for name, values in every[5]["rows"].items()})
    found.share[mir] = 100 * 3 / every[5]["rows"]["HINT"][1]
    hash_ms, dense_ms = (every[4]["rows"][name] for name in ("Hash Code", "Dense Vector"))
    bits_ = map(int, every[4]["columns"])
    found.speedups["printed"] = {b: d / h for b, d, h in zip(bits_, dense_ms, hash_ms, strict=True)}
    return found


def ours(reading: str, cells: Cells) -> Source:
    """What was measured here in one reading."""
    found = Source(name=reading, sets=plan.SETS, rivals=plan.UNSUPERVISED)
    names = {"HINT": reading, "HINT full": f"{reading}, full", "HINT noise": f"{reading}, noise"}
    names |= {f"HINT {v.upper()}": f"{reading}, {v}" for v in ("v1", "v2", "v3", "v4")}
    names |= {f"HINT {m}": f"{reading}, {m}" for m in plan.METRICS}
    names |= {f"HINT K {k}": f"{reading}, K {k}" for k in plan.NEIGHBOURS}
    names |= {f"HINT tau {tau}": f"{reading}, tau {tau}" for tau in plan.TAUS}
    names |= {"HINT iterative": f"{reading}, iterative", "UCCH noise": "UCCH, noise"}
    names |= {rival: rival for rival in plan.RIVALS}
    for dataset in plan.SETS:
        for name, row in names.items():
            for bits in sorted({*BITS, *plan.STABLE}):
                for seed in range(plan.SEEDS):
                    line = cells.get(dataset, plan.ROWS[row], bits, seed)
                    for way, scores in zip(WAYS, line["scores"].values() if line else (), strict=False):
                        found.scores.setdefault(Key(name, dataset, bits, way), {})[seed] = 100 * scores["map"]
                    if line and name in ("HINT", "UCCH") and seed == 0 and isinstance(line["seconds"], float):
                        found.time[name, dataset] = line["seconds"]
                run = cells.run(dataset, row, bits)
                if run is not None:
                    found.runs[name, dataset, bits] = run
        lengths = [bits for name, of, bits in found.runs if (name, of) == ("HINT", dataset)]
        if lengths:
            found.share[dataset] = prepared_share(found.runs["HINT", dataset, lengths[-1]]["seconds"], len(lengths))
    for line in cells.files[-1]:
        what, _, rest = str(line.get("name", "")).partition(", ")
        if what == "speed":
            for way in ("faiss", "NumPy"):
                found.speedups.setdefault(way, {})[int(rest)] = line["value"][f"dense, {way} over hash"]
        if what == "levels" and rest == reading:
            found.granularity[NESTED] = line["value"]
        if what == "growth" and reading == "the paper's reading":
            found.exponents[rest] = slope(line["value"])
    if reading == "the default":
        found.exponents.update(default_growth())
    return found


def prepared_share(seconds: Mapping[str, float], lengths: int) -> float:
    """Per cent that preparation is of training at one code length, of a run that prepares once for several."""
    return 100 * seconds["prepare"] / (seconds["prepare"] + seconds["train"] / lengths)


def slope(points: Sequence[Sequence[float]]) -> float:
    """Of log seconds over log nodes, by least squares."""
    sizes, seconds = zip(*points, strict=True)
    return statistics.linear_regression([math.log(n) for n in sizes], [math.log(s) for s in seconds]).slope


def default_growth() -> dict[str, float]:
    """Exponents of the default's builds of kNN graphs of 10^4 to 10^6 nodes, from scaling.jsonl."""
    points: dict[str, list[tuple[float, float]]] = {}
    for line in Records(RESULTS / "scaling.jsonl", ""):
        what, _, options = line["name"].partition(" ")
        asked = json.loads(options) if what == "family" else {}
        if asked.get("family") == "kNN" and asked["effort"] == "default" and line["value"]["status"] == "ok":
            name = "default, any height" if asked["height"] is None else f"default, height {asked['height']}"
            points.setdefault(name, []).append((asked["n"], statistics.median(line["value"]["cpu"])))
    return {name: slope(found) for name, found in points.items()}
