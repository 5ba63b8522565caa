"""Every method under one protocol: three sets, 16 and 64 bits, both directions, three seeds; one command, resumed where it was stopped.

    python benchmarks/training/leaderboard.py             the table: two hours of one core
    python benchmarks/training/leaderboard.py --quick     the two small sets, 16 bits, one seed: minutes
    python benchmarks/training/leaderboard.py --render    no measurement, only the table
    python benchmarks/training/leaderboard.py --by-hits   also mAP@50 by hits of cells that were measured without it
    python benchmarks/training/leaderboard.py --ceilings  only what stands below the ranking, by real numbers: ten minutes

Sets, figures and keys are those of accuracy.py, whose figures are taken over where they are the same. Every figure is a line of
leaderboard.jsonl, those by real numbers of ceilings.jsonl; leaderboard.md is made from those lines. Figures that others published stand in published.md and not here.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Replay
from benchmarks.records import Records
from benchmarks.training import accuracy, ceilings, figures
from benchmarks.training import accuracy_cells as plan
from benchmarks.training.accuracy_report import mean, spread, values
from benchmarks.training.figures import arguments, cell_key, chosen_sets, measure_hits, measure_row, parsed
from benchmarks.training.leaderboard_counts import counted

from hint_train import METHODS, preset
from hint_train.training.method import SupervisedEntry

COMMAND = "python benchmarks/training/leaderboard.py"
REPLAY = Replay(groups=figures.groups, left_out="seconds")
BITS, SEEDS = (16, 64), 3
DIRECTIONS = {"image_to_text": "I→T", "text_to_image": "T→I"}
NAMES = {
    "vtm-uch": "VTM-UCH",
    "ucch": "UCCH",
    "djsrh": "DJSRH",
    "dgcpn": "DGCPN",
    "cvh": "CVH",
    "cmfh": "CMFH",
    "srlch": "SRLCH",
    "batch": "BATCH",
    "dch": "DCH",
    "lpih": "LPIH",
}

Board = dict[str, dict[int, list[dict[str, Any]]]]
"""Measured lines by row and code length, one per seed."""


def rows(dataset: str) -> list[plan.Row]:
    """Every method at its own default; the other variants of HINT and CVH's rotation beside it."""
    hint = preset("default")
    itq = plan.Row("CVH + ITQ", plan.changed(preset("default", "cvh"), "cvh", cvh_rotation="itq"))
    return [
        plan.Row("HINT", hint),
        plan.Row("HINT, own communities", plan.own_communities()),
        *(
            plan.Row(f"HINT {v}", plan.changed(hint, "loss", variant=v))
            for v in plan.VARIANTS
            if v != hint.loss.variant
        ),
        plan.Row("InfoNCE", plan.infonce(0.9, dataset)),
        itq,
        *(
            plan.Row(NAMES.get(name, name), preset("default", name))
            for name in METHODS
            if name not in ("hint", "infonce")
        ),
    ]


def supervised(row: plan.Row) -> bool:
    """Whether labels of training pairs reach the row's method."""
    return isinstance(METHODS[row.config.method], SupervisedEntry)


def all_cells(bits: tuple[int, ...], *, quick: bool) -> list[tuple[int, int]]:
    """(code length, seed) of every figure of a row."""
    return [(length, seed) for length in bits for seed in range(1 if quick else SEEDS)]


def collect(dataset: str, bits: tuple[int, ...], records: Records, *, quick: bool) -> Board:
    """The measured lines of a set; cells that were not measured are left out."""
    found: Board = {}
    for row in rows(dataset):
        for length, seed in all_cells(bits, quick=quick):
            line = records.get(cell_key(dataset, row.config, length, seed))
            if line is not None:
                found.setdefault(row.name, {}).setdefault(length, []).append(line)
    return found


def saw(line: dict[str, Any]) -> str:
    """What a method was handed beside features: pairs, and labels of how many of them."""
    sizes = line["sizes"]
    return f"{sizes['train']:,}" + (f", labels of {sizes['labelled']:,}" if sizes["labelled"] else "")


def board_text(dataset: str, board: Board, bits: tuple[int, ...]) -> str:
    """One table: mAP@all by direction, seconds, parameters, what was seen; best of the methods without labels in bold."""
    without = {row.name for row in rows(dataset) if not supervised(row)}
    columns = [(b, d) for b in bits for d in DIRECTIONS]
    best = {
        (b, d): max((mean(x[b], direction=d) for name, x in board.items() if b in x and name in without), default=0.0)
        for b, d in columns
    }
    order = sorted(board, key=lambda name: -statistics.fmean(mean(cell) for cell in board[name].values()))
    lines = []
    for name in sorted(order, key=lambda name: name not in without):
        row, last = board[name], next(iter(board[name].values()))[0]
        cells = []
        for b, d in columns:
            text = spread(values(row[b], direction=d)) if b in row else "–"
            won = b in row and name in without and mean(row[b], direction=d) == best[b, d]
            cells.append(f"**{text}**" if won else text)
        seconds = statistics.fmean(x["seconds"] for cell in row.values() for x in cell)
        seeds = "/".join(str(len(row.get(b, []))) for b in bits)
        millions = f"{row[max(row)][0]['parameters'] / 1e6:.2f} M"
        lines.append([name, *cells, seeds, f"{seconds:.0f}", millions, saw(last)])
    head = [f"{b} bits {DIRECTIONS[d]}" for b, d in columns]
    return measure.table(["method", *head, "seeds", "s", f"parameters, {max(bits)} bits", "pairs seen"], lines)


def cutoff_text(board: Board, bits: int) -> str:
    """mAP@50 of both directions and all seeds, by both rules side by side; methods that were not measured so are left out."""
    lines = []
    for name, row in board.items():
        measured = [line for line in row.get(bits, []) if "map@50 by hits" in line]
        if measured:
            relevant = [scores["map@50"] for line in measured for scores in line["scores"].values()]
            hits = [x for line in measured for x in line["map@50 by hits"].values()]
            lines.append((name, statistics.fmean(relevant), statistics.fmean(hits)))
    lines.sort(key=lambda line: -line[1])
    head = ["method", f"{bits} bits @50, divided by min(k, R)", "divided by the hits"]
    return measure.table(head, [[name, f"{x:.3f}", f"{y:.3f}"] for name, x, y in lines]) if lines else ""


def notes_text(board: Board) -> str:
    """What methods did without, in their own words."""
    said: dict[str, list[str]] = {}
    for name, row in board.items():
        for cell in row.values():
            for note in cell[0]["notes"]:
                # How many labels a method saw stands in the table, and differs by nothing else.
                if not note.startswith("saw the labels"):
                    said.setdefault(note, [])
                    said[note] += [name] if name not in said[note] else []
    return "".join(f"* {', '.join(names)}: {note}\n" for note, names in said.items())


def report(
    boards: dict[str, Board], bits: tuple[int, ...], made_with: str, reals: Records | None = None, *, quick: bool
) -> str:
    """The whole document; `reals` are the ceilings."""
    lines = [x for board in boards.values() for row in board.values() for cell in row.values() for x in cell]
    cores = ", ".join(str(x) for x in sorted({line["cores"] for line in lines}))
    seeds = "One seed." if quick else "Three seeds (mean ± standard deviation)."
    parts = [
        f"# Leaderboard\n\n`python benchmarks/training/leaderboard.py{' --quick' if quick else ''}`\n\n{len(lines)} cells measured on {cores} "
        f"CPU cores in {sum(line['seconds'] for line in lines):.0f} s of preparation, training and evaluation, "
        f"with {made_with}.\n\nmAP@all. {seeds} Last epoch; equal distances count by their mean; trained on each "
        "file's `train`; database codes by the hash functions. mAP@k divides by min(k, R) of R relevant "
        "items; a second table has it beside what most published programs print, which divide by the hits among the first k. "
        "Every method at its own default, InfoNCE at the settings its known "
        "figures were made with. **Bold**: best of the methods that see no label. Below them stand those that see labels of a part "
        "of the training pairs, which compare with one another alone. seeds: by code length; s: seconds of a run at one code length.\n\n"
        f"{f'{ceilings.ABOUT}Measured with {reals.made_with()}.{chr(10) * 2}' if reals else ''}"
        "Figures that others published are in [published.md](published.md): other data, other splits.\n"
    ]
    for dataset, board in boards.items():
        chance = next((x["chance"] for row in board.values() for cell in row.values() for x in cell), 0.0)
        parts.append(f"\n## {dataset} (chance {chance:.3f})\n\n{board_text(dataset, board, bits)}")
        said, cutoff = notes_text(board), cutoff_text(board, max(bits))
        real = ceilings.text(dataset, bits, reals, board.get("HINT", {})) if reals is not None else ""
        parts += [f"\n{part}" for part in (said, cutoff, real) if part]
    others = [row.name for row in rows(next(iter(boards))) if row.name != "HINT" and not supervised(row)]
    return "".join([*parts, "\n", counted(boards, others)])


def take_over(dataset: str, bits: tuple[int, ...], records: Records, other: Records, *, quick: bool) -> None:
    """Copy what accuracy.py has measured of this table's cells, with the sessions that measured it."""
    for row in rows(dataset):
        for length, seed in all_cells(bits, quick=quick):
            key = cell_key(dataset, row.config, length, seed)
            line = other.get(key)
            if line is not None and records.get(key) is None:
                records.take(line, other)


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = arguments(__doc__)
    parser.add_argument("--bits", nargs="+", type=int, default=None)
    parser.add_argument("--rows", nargs="+", default=None, help="only rows whose name starts with one of these")
    parser.add_argument("--ceilings", action="store_true", help="measure only what is ranked by real numbers")
    parser.add_argument("--by-hits", action="store_true", help="also measure mAP@50 by hits where a cell lacks it")
    return parsed(parser)


def main() -> None:
    """Measure what is missing and write the table, after every row."""
    options = parse()
    logging.disable(logging.INFO)
    sets = chosen_sets(options)
    bits = tuple(options.bits or (BITS[:1] if options.quick else BITS))
    records = figures.figures(options.out / "leaderboard.jsonl", COMMAND, fresh=options.fresh)
    measured = figures.figures(options.out / "accuracy.jsonl", accuracy.COMMAND)
    reals = ceilings.figures(options.out / "ceilings.jsonl", fresh=options.fresh)
    path, started = options.out / "leaderboard.md", time.monotonic()
    boards: dict[str, Board] = {}
    for dataset in sets:
        take_over(dataset, bits, records, measured, quick=options.quick)
        if options.ceilings and not options.render:
            ceilings.measure_ceilings(dataset, bits, 1 if options.quick else SEEDS, reals)
        for row in [] if options.render or options.ceilings else rows(dataset):
            if options.rows is None or row.name.startswith(tuple(options.rows)):
                wanted = all_cells(bits, quick=options.quick)
                measure_row(dataset, row, wanted, records)
                if options.by_hits:
                    measure_hits(dataset, row, [cell for cell in wanted if cell[0] == max(bits)], records)
        boards[dataset] = collect(dataset, bits, records, quick=options.quick)
        path.write_text(report(boards, bits, records.made_with(), reals, quick=options.quick), encoding="utf-8")
    measure.write(f"{path} after {time.monotonic() - started:.0f} s\n")


if __name__ == "__main__":
    main()
