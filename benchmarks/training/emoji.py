"""Every method on the emoji set, and trees beside its groups and subgroups; one command, resumed where it was stopped.

    python benchmarks/training/emoji.py             results/emoji.md and .jsonl: an hour of one core
    python benchmarks/training/emoji.py --quick     16 bits, one seed
    python benchmarks/training/emoji.py --render    no measurement, only the tables

The set is made in build/emoji of two packages, which npm fetches where they are not there. Rows are those of leaderboard.py, each at its
own default. Training pairs of this set are among those that HINT's was chosen on, its queries are not.
"""

from __future__ import annotations

import argparse
import functools
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks.training import figures  # first: it says how torch's threads wait  # isort: skip

import numpy as np
from benchmarks import measure
from benchmarks.cells import Cell, Figures, Group, Replay, flat
from benchmarks.records import QUICK, RESULTS, Line, Records
from benchmarks.training import leaderboard
from benchmarks.training.accuracy_cells import Row
from benchmarks.training.emoji_set import LEVELS, NAME, PATH, classes, emoji, same_set
from benchmarks.training.emoji_trees import measure_trees, tree_groups, trees_text
from benchmarks.training.tree_levels import SEEDS as TREE_SEEDS

import hint_train
from hint_train.data.pairs import MODALITIES
from hint_train.data.sources.manifest import label_density
from hint_train.retrieval.directions import both_directions
from hint_train.retrieval.hamming import CPU

COMMAND = "python benchmarks/training/emoji.py"
LIBRARIES = (*figures.LIBRARIES, "infomap", "leidenalg")
BITS = (16, 64)
SEEDS = 3
TOLERANCE = 0.05


def run(config: hint_train.Config, lengths: tuple[int, ...], seed: int) -> dict[int, Line]:
    """One run on the CPU, measured by both levels: what a line holds beside its key, by code length."""
    config = replace(config, dataset=str(PATH), bits=lengths, seed=seed, device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        result = hint_train.run(config, Path(folder) / "run")
        with np.load(Path(folder) / "run" / "codes.npz") as held:
            codes = {bits: {m: held[f"bits{bits}-seed{seed}-{m}"] for m in MODALITIES} for bits in lengths}
    own = (result.seconds.get("train", 0) + result.seconds.get("evaluate", 0)) / len(lengths)
    return {
        bits: {
            "scores": {level: _scores(level, codes[bits], bits, config) for level in LEVELS},
            "chance": {level: chance(level) for level in LEVELS},
            "seconds": round(result.seconds["prepare"] + own, 2),
            "parameters": result.parameters[str(bits)],
            "structure": result.structure,
            "sizes": result.sizes,
            "notes": [note for note in result.notes if not note.startswith("read ")],
        }
        for bits in lengths
    }


def _scores(
    level: str, codes: dict[Any, np.ndarray], bits: int, config: hint_train.Config
) -> dict[str, dict[str, float]]:
    data = replace(emoji(), labels=classes(level))
    found = both_directions(data, codes, codes, bits, replace(config.evaluation, cutoffs=(50,)), CPU)
    return {name: one.scores for name, one in found.items()}


def chance(level: str) -> float:
    """What codes score that are all equal."""
    return float(label_density(classes(level)[emoji().query], classes(level)[emoji().retrieval]))


def measure_codes(records: Records, rows: list[Row], bits: tuple[int, ...], seeds: int) -> None:
    """Measure the cells that are missing, all rows with one seed before any with the next."""
    for row, seed in ((row, seed) for seed in range(seeds) for row in rows):
        missing = tuple(b for b in bits if records.get(figures.cell_key(NAME, row.config, b, seed)) is None)
        if not missing:
            continue
        same_set(records)
        for length, found in run(row.config, missing, seed).items():
            about = {"set": NAME, "row": row.name, "bits": length, "seed": seed}
            cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
            records.add({**about, **found, "cores": cores, "options": figures.options_of(row.config)})
            shown = ", ".join(
                f"{level} " + "/".join(f"{one['map']:.3f}" for one in scores.values())
                for level, scores in found["scores"].items()
            )
            measure.write(f"{row.name}, {length} bits, seed {seed}: {shown}\n")


def groups(records: Records) -> Iterator[Group]:
    """Every code length of a run, and every tree."""
    for line in records:
        if "scores" in line:
            name = f"{line['row']}, {line['bits']} bits, seed {line['seed']}"
            cell = Cell(
                name=name,
                method=line["options"]["method"],
                figures=_compared(line),
                made=records.session_of(line),
                tolerance=TOLERANCE,
            )
            again = functools.partial(_again, name, line, records)
            yield Group(name=name, cells=[cell], measure=again, seconds=line["seconds"], cores=line["cores"])
    yield from tree_groups(records)


def _again(name: str, line: Line, records: Records) -> dict[str, Figures]:
    same_set(records)
    return {name: _compared(run(figures.config_of(line["options"]), (line["bits"],), line["seed"])[line["bits"]])}


def _compared(line: Line) -> Figures:
    return flat({name: line[name] for name in ("scores", "chance", "parameters")})


REPLAY = Replay(groups=groups, left_out="seconds")


def board_of(records: Records, level: str, bits: tuple[int, ...]) -> leaderboard.Board:
    """The measured lines by row and code length, with the scores of one level."""
    found: leaderboard.Board = {}
    for row in leaderboard.rows(NAME):
        for length in bits:
            for seed in range(SEEDS):
                line = records.get(figures.cell_key(NAME, row.config, length, seed))
                if line is not None:
                    shown = {**line, "scores": line["scores"][level], "chance": line["chance"][level]}
                    found.setdefault(row.name, {}).setdefault(length, []).append(shown)
    return found


def report(records: Records, bits: tuple[int, ...], *, quick: bool) -> str:
    """The whole document."""
    lines = [line for line in records if "scores" in line]
    text = (
        f"# Emoji\n\n`{COMMAND}{' --quick' if quick else ''}`\n\n{len(lines)} codes and {len(records) - len(lines)} trees and references measured "
        f"with {records.made_with()}.\n\n{_ABOUT}\n"
    )
    for level in LEVELS:
        board = board_of(records, level, bits)
        if board:
            known = next(iter(next(iter(board.values())).values()))[0]["chance"]
            text += (
                f"## Codes: mAP@all by {level}s (chance {known:.3f})\n\n{leaderboard.board_text(NAME, board, bits)}\n"
            )
    said = leaderboard.notes_text(board_of(records, "subgroup", bits))
    return text + (f"{said}\n" if said else "") + f"## Trees\n\n{_TREES}\n{trees_text(records)}"


_ABOUT = """1,906 emoji, of which 382 are queries and 1,524 database and training pairs; near-duplicates are on one side of the split. Pictures by
`pixels`, texts by the 3,507 words of the training captions. A result is relevant where it is of the query's subgroup (98) or of its group (9);
the codes are the same. Every method at its own default, InfoNCE with the settings of the small sets; last epoch; equal distances count by their mean;
database codes by the hash functions. Training pairs of this set are among those that HINT's default was chosen on, its queries are not. **Bold**: best of the methods that see no label. Below them stand
those that see the subgroups of a tenth of the training pairs. seeds: by code length; s: seconds of a run at one code length, on a busy machine.
"""
_TREES = f"""Adjusted mutual information (AMI) with the 9 groups and 98 subgroups of the 1,524 training pairs, mean ± standard deviation over {len(TREE_SEEDS)} seeds; 1 for equal
partitions, 0 in the mean by chance. Level 1 is the coarsest; *read* is what `suggest_level` names; *finest* are the parents of
the leaves; *cut(n)* is told the known number, and components of the graph are communities of it, of which HINT's graph has more
than nine. A leaf
that ends above a level is a community of its own there; levels that trees of some seeds alone have are left out. Entropy in
bits: of the whole tree, so that shorter trees have more. Each method gets the same edges: the 20 nearest neighbours by pictures or by texts with
weight 1, and the graph that HINT's default builds of both, where an edge counts that the other modality confirms.
"""


def main() -> None:
    """Measure what is missing and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="16 bits, one seed; into build/benchmarks")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--fresh", action="store_true", help="forget all figures first")
    parser.add_argument("--rows", nargs="+", default=None, help="only these rows, in this order")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many seeds of each row")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    out = (QUICK if options.quick else RESULTS) / "emoji.md"
    bits = BITS[:1] if options.quick else BITS
    records = Records(out.with_suffix(".jsonl"), COMMAND, LIBRARIES, key=figures.key_of, fresh=options.fresh)
    if not options.render:
        emoji()
        measure_trees(records)
        out.write_text(report(records, bits, quick=options.quick), encoding="utf-8")
        rows = {row.name: row for row in leaderboard.rows(NAME)}
        chosen = [rows[name] for name in options.rows or rows]
        measure_codes(records, chosen, bits, 1 if options.quick else options.seeds)
    out.write_text(report(records, bits, quick=options.quick), encoding="utf-8")
    measure.write(f"{out}\n")


if __name__ == "__main__":
    main()
