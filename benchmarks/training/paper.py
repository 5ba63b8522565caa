"""The HINT paper on one page: every table and figure as published and ours, its claims, and its contradictions.

    python benchmarks/training/paper.py                           measures what no file holds, and makes the page; resumed where it was stopped
    python benchmarks/training/paper.py --sets uci-mfeat          only for some sets
    python benchmarks/training/paper.py --minutes 20              stops before a run that would begin later
    python benchmarks/training/paper.py --render                  no measurement, only the page

Sets are read from the folder in HINT_SHARED_DATA (default ../shared/data beside the checkout). Cells are taken from accuracy.jsonl and
leaderboard.jsonl where they are there; the others become lines of paper.jsonl. paper.md and paper.svg are made from those lines, from the figures that
the package and the .toml files beside this script hold as published, and from the rules of paper_rules.py.
"""

from __future__ import annotations

import argparse
import functools
import logging
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Group, Replay
from benchmarks.records import RESULTS, Records
from benchmarks.training import figures, paper_cells, paper_levels, paper_runs
from benchmarks.training.paper_cells import READINGS, ROWS, Cells
from benchmarks.training.paper_numbers import ours, published
from benchmarks.training.paper_picture import picture
from benchmarks.training.paper_report import COMMAND, page

TAKEN = ("accuracy", "leaderboard")
"""Files whose cells are not measured again."""


def groups(records: Records) -> Iterator[Group]:
    """Cells, and runs that were looked into."""
    yield from figures.groups(records)
    yield from paper_runs.groups(records)


REPLAY = Replay(
    groups=groups,
    left_out="seconds; time by hash codes and by floats; the growth of the tree's time; classes by level of the tree",
)


def found_in(out: Path) -> Cells:
    """The files that cells are looked for in; the last is the page's own."""
    taken = (figures.figures(RESULTS / f"{name}.jsonl", "") for name in TAKEN)
    return Cells((*taken, figures.figures(out / "paper.jsonl", COMMAND)))


def render(cells: Cells) -> dict[str, str]:
    """The page and its picture from what is there, by the names of their files."""
    sources = [published(), *(ours(reading, cells) for reading in READINGS)]
    return {"paper.md": page(sources, cells, paper_cells.SETS), "paper.svg": picture(sources)}


def measure_missing(cells: Cells, sets: tuple[str, ...], deadline: float) -> None:
    """Measure what no file holds: runs that are looked into, then cells, until the deadline."""
    own = cells.files[-1]
    for bits in paper_runs.SPEED_BITS:
        own.value(f"speed, {bits}", functools.partial(paper_runs.speed, bits))
    own.value(f"growth, {paper_runs.GREEDY}", paper_runs.growth)
    for reading, config in READINGS.items() if paper_levels.NESTED in sets else ():
        own.value(f"levels, {reading}", functools.partial(paper_levels.granularity, config))
    for dataset, row, lengths in paper_runs.missing(cells, sets):
        if time.monotonic() < deadline:
            paper_runs.measure_run(dataset, row, lengths, own)
    left: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for dataset, row, bits, seed in dict.fromkeys(cells.missing(sets)):
        left[dataset, row.name].append((bits, seed))
    for (dataset, name), wanted in left.items():
        if time.monotonic() < deadline:
            figures.measure_row(dataset, ROWS[name], wanted, own)


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=paper_cells.SETS, default=None)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="no run begins later than this")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--out", type=Path, default=RESULTS, help="the folder of paper.jsonl, paper.md and paper.svg")
    return parser.parse_args()


def main() -> None:
    """Measure what is missing and write the page."""
    options = parse()
    logging.disable(logging.INFO)
    here = tuple(s for s in paper_cells.SETS if figures.where(s) == s or Path(figures.where(s)).is_file())
    sets = tuple(options.sets or here)
    absent = [] if options.render else [name for name in sets if name not in here]
    if absent:
        raise SystemExit(f"missing: {', '.join(absent)}; set HINT_SHARED_DATA to the folder that has them")
    cells = found_in(options.out)
    if not options.render:
        measure_missing(cells, sets, time.monotonic() + 60 * options.minutes)
    for name, text in render(cells).items():
        (options.out / name).write_text(text, encoding="utf-8")
        measure.write(f"{options.out / name}\n")


if __name__ == "__main__":
    main()
