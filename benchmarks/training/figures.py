"""Measured cells of the trainer's tables: a line for each set, configuration, code length and seed, measured once.

A line says the configuration by the options that its method reads, by name: so it stays the same line when code moves, when another
method gets an option, and when one that it reads is added later, whose default it takes.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Protocol

# Before torch is loaded, as the command hint-train does: threads that spin at barriers stall where cores are shared.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
from benchmarks import measure
from benchmarks.cells import Cell, Figures, Group, flat
from benchmarks.records import QUICK, RESULTS, ROOT, Line, Records
from benchmarks.training import accuracy_cells as plan

import hint_train
from hint_train import preset
from hint_train.config.config_file import from_table, to_table
from hint_train.data import load_dataset
from hint_train.data.pairs import MODALITIES
from hint_train.methods.config import options_read
from hint_train.methods.hint.idle import without_effect
from hint_train.retrieval.directions import Codes, both_directions
from hint_train.retrieval.hamming import CPU

SHARED = Path(os.environ.get("HINT_SHARED_DATA", ROOT.parent / "shared" / "data"))
LIBRARIES = ("torch", "numpy", "scipy")
_TOLERANCE = 0.05
"""What the mAP of a trained network may be off elsewhere: other kernels round otherwise, which a few hundred steps of training turn
into what another seed does. Over seeds cells differ by up to twice this."""


class Row(Protocol):
    """One line of a table: its name and the configuration that it measures."""

    @property
    def name(self) -> str:
        """What the table calls it."""
        ...

    @property
    def config(self) -> hint_train.Config:
        """What is run."""
        ...


def options_of(config: hint_train.Config) -> dict[str, Any]:
    """The options that the method reads, by name; names are unique over the sections."""
    table = to_table(config)
    read = {option: table[section][option] for section, option in options_read(config)}
    return {"method": config.method, "noise": config.noise, **read}


def config_of(options: dict[str, Any]) -> hint_train.Config:
    """The configuration of a line: its options over the defaults of its method."""
    return _config(json.dumps(options, sort_keys=True))


_GONE = frozenset({"probe"})
"""Options of earlier measurements that had no effect on any of them."""


@functools.cache
def _config(options: str) -> hint_train.Config:
    table: dict[str, Any] = {}
    for name, value in json.loads(options).items():
        if name in _GONE:
            continue
        if name in _sections():
            table.setdefault(_sections()[name], {})[name] = value
        else:
            table[name] = value
    return from_table("a line of figures", table, preset("default", table["method"]))


@functools.cache
def _sections() -> dict[str, str]:
    """The section of every option."""
    config = hint_train.Config()
    sections = {field.name: getattr(config, field.name) for field in fields(config)}
    return {
        option.name: name for name, section in sections.items() if is_dataclass(section) for option in fields(section)
    }


def _effective(config: hint_train.Config) -> dict[str, Any]:
    """The options that the method reads and that have an effect under the others."""
    none = without_effect(config) if config.method == "hint" else frozenset()
    found = {name: value for name, value in options_of(config).items() if name not in none}
    return found | {"search": "exact"} if found.get("search") == "auto" else found  # no set here has so many rows


def _key(dataset: str, config: hint_train.Config, what: str) -> str:
    return json.dumps([dataset, _effective(config), what], sort_keys=True)


def cell_key(dataset: str, config: hint_train.Config, bits: int, seed: int) -> str:
    """What a figure is found by: set, options that have an effect, code length and seed."""
    return _key(dataset, config, f"{bits} bits, seed {seed}")


def validation_key(dataset: str, config: hint_train.Config) -> str:
    """What the criterion of `accuracy.validate` is found by."""
    return _key(dataset, config, "validation")


def key_of(line: Line) -> str:
    """The key of a line."""
    if "name" in line:
        return str(line["name"])
    config = config_of(line["options"])
    if "validation" in line:
        return validation_key(line["set"], config)
    return cell_key(line["set"], config, line["bits"], line["seed"])


def figures(path: Path, command: str, *, fresh: bool = False) -> Records:
    """The records of a file of measured cells."""
    return Records(path, command, LIBRARIES, key=key_of, fresh=fresh)


def where(dataset: str) -> str:
    """The file of a set, or the name of one that the package reads or makes itself."""
    return dataset if dataset in hint_train.DATASETS else str(SHARED / f"{dataset}.npz")


@functools.cache
def data_digest(dataset: str) -> str:
    """First digits of the SHA-256 of a set's file, or of its images where it has none."""
    held = Path(where(dataset)).read_bytes() if where(dataset) != dataset else load_dataset(dataset).image.tobytes()
    return hashlib.sha256(held).hexdigest()[:12]


def same_data(dataset: str, records: Records) -> None:
    """Note which file the figures of a set are made from; ends where they were made from another one."""
    seen = records.header.setdefault("data", {})
    if dataset not in seen:
        seen[dataset] = data_digest(dataset)
        records.write()
    if seen[dataset] != data_digest(dataset):
        raise SystemExit(
            f"{dataset}.npz is not the file that the figures of {records.path.name} were made from; --fresh forgets them"
        )


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """What the commands that measure cells have in common; `doc` is shown as it is."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=plan.SETS, default=None)
    parser.add_argument("--quick", action="store_true", help="small sets, fewer lengths, one seed; into build/")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--fresh", action="store_true", help="forget all figures first")
    parser.add_argument("--out", type=Path, default=None, help="the folder of the results")
    return parser


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The options, with the folder that results go to."""
    options = parser.parse_args()
    options.out = options.out or (QUICK if options.quick else RESULTS)
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def chosen_sets(options: argparse.Namespace) -> list[str]:
    """The sets asked for, all of them or the small ones; ends with the names of those whose files are missing and needed."""
    sets: list[str] = options.sets or [s for s in plan.SETS if not (options.quick and s in plan.LARGE)]
    absent = [s for s in sets if not options.render and not (SHARED / f"{s}.npz").is_file()]
    if absent:
        raise SystemExit(
            f"missing in {SHARED.name}: {', '.join(absent)}; set HINT_SHARED_DATA to the folder that has them"
        )
    return sets


Run = tuple[hint_train.Result, dict[int, dict[str, float]]]
"""The result of a run, and mAP@50 by hits of both directions by code length."""


def run_cells(dataset: str, config: hint_train.Config, lengths: tuple[int, ...], seed: int) -> Run:
    """One run on the CPU: the lengths of one seed share graph and tree, and each is what it is without the others."""
    config = replace(config, dataset=where(dataset), bits=lengths, seed=seed, device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        result = hint_train.run(config, Path(folder) / "run")
        with np.load(Path(folder) / "run" / "codes.npz") as held:
            codes = {bits: {m: held[f"bits{bits}-seed{seed}-{m}"] for m in MODALITIES} for bits in lengths}
    return result, {bits: by_hits(config, codes[bits], bits) for bits in lengths}


def by_hits(config: hint_train.Config, codes: Codes, bits: int) -> dict[str, float]:
    """mAP@50 divided by the hits, as most published programs have it, in both directions; the database by the hash functions."""
    data = load_dataset(config.dataset)
    chosen = replace(config.evaluation, cutoffs=(50,), topk_rule="hits")
    return {
        name: found.scores["map@50"] for name, found in both_directions(data, codes, codes, bits, chosen, CPU).items()
    }


def measure_row(dataset: str, row: Row, wanted: list[tuple[int, int]], records: Records) -> None:
    """Measure the cells of a row that are missing."""
    missing: dict[int, list[int]] = defaultdict(list)
    for bits, seed in wanted:
        if records.get(cell_key(dataset, row.config, bits, seed)) is None:
            missing[seed].append(bits)
    if missing:
        same_data(dataset, records)
    for seed, lengths in missing.items():
        result, hits = run_cells(dataset, row.config, tuple(lengths), seed)
        own = (result.seconds.get("train", 0) + result.seconds.get("evaluate", 0)) / len(lengths)
        for bits in lengths:
            records.add(
                {
                    "set": dataset,
                    "row": row.name,
                    "bits": bits,
                    "seed": seed,
                    "scores": result.bits[str(bits)],
                    "map@50 by hits": hits[bits],
                    "chance": result.chance,
                    "seconds": round(result.seconds["prepare"] + own, 2),
                    "parameters": result.parameters[str(bits)],
                    "structure": result.structure,
                    "sizes": result.sizes,
                    # Where the file lies is no part of the figures.
                    "notes": [note for note in result.notes if not note.startswith("read ")],
                    "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
                    "options": options_of(row.config),
                }
            )
            shown = "/".join(f"{x['map']:.3f}" for x in result.bits[str(bits)].values())
            measure.write(f"{dataset}, {row.name}, {bits} bits, seed {seed}: {shown}\n")


def measure_hits(dataset: str, row: Row, wanted: list[tuple[int, int]], records: Records) -> None:
    """Add mAP@50 by hits to the cells of a row that were measured without; the rest of a line stays, where its scores come out again."""
    for bits, seed in wanted:
        line = records.get(cell_key(dataset, row.config, bits, seed))
        if line is None or "map@50 by hits" in line:
            continue
        same_data(dataset, records)
        result, hits = run_cells(dataset, config_of(line["options"]), (bits,), seed)
        where = f"{dataset}, {row.name}, {bits} bits, seed {seed}"
        if result.bits[str(bits)] != line["scores"]:
            measure.write(f"{where}: other scores than before, {result.bits[str(bits)]}; nothing was added\n")
            continue
        records.take({**line, "map@50 by hits": hits[bits]}, records)
        records.write()
        measure.write(f"{where}: {'/'.join(f'{x:.3f}' for x in hits[bits].values())} by hits\n")


def groups(records: Records) -> Iterator[Group]:
    """Every cell as a group of its own, for `replay.py`."""
    for line in records:
        if "scores" in line:
            name = f"{line['set']}, {line['row']}, {line['bits']} bits, seed {line['seed']}"
            # The preset for the paper trains another objective than the default.
            literal = ", preset paper" if line["options"].get("hash_loss", 0) > 0 else ""
            cell = Cell(
                name=name,
                method=line["options"]["method"] + literal,
                stratum=line["set"],
                figures=_compared(line),
                made=records.session_of(line),
                tolerance=_TOLERANCE,
            )
            again = functools.partial(_again, name, line, records)
            yield Group(name=name, cells=[cell], measure=again, seconds=line["seconds"], cores=line["cores"])


def _again(name: str, line: Line, records: Records) -> dict[str, Figures]:
    same_data(line["set"], records)
    bits, config = line["bits"], config_of(line["options"])
    result, hits = run_cells(line["set"], config, (bits,), line["seed"])
    found = {"scores": result.bits[str(bits)], "chance": result.chance, "parameters": result.parameters[str(bits)]}
    return {name: _compared({**found, "map@50 by hits": hits[bits]})}


def _compared(line: Line) -> Figures:
    return flat({name: line[name] for name in ("scores", "map@50 by hits", "chance", "parameters") if name in line})
