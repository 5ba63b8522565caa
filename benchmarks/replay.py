"""Measure a sample of the cells of every results file again, compare, and write into each file's header what held.

    python benchmarks/replay.py                            all files, at least 3 cells per method and 10 per file
    python benchmarks/replay.py accuracy lpih              some of them
    python benchmarks/replay.py --minutes 20               the quick cells first; what is not reached is named
    python benchmarks/replay.py --check                    only the headers: exit status 1 where the README or docs/ quote a stale file

The sample is drawn by `--seed`. Figures are compared bit for bit on the kind of machine where they were made, with the versions they
were made with; elsewhere within the tolerance that a file's command states. Times and memory are never compared. A command that
was stopped goes on; cells that were compared at this commit are not measured again, unless --again says so.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import importlib
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import EQUAL, NEAR, Group, Replay, sample, verdict
from benchmarks.records import RESULTS, ROOT, Records, commit, described, machine

HOMES = {
    "accuracy": "training.accuracy",
    "choice": "training.choice",
    "leaderboard": "training.leaderboard",
    "ceilings": "training.ceilings",
    "known_classes": "training.known_classes",
    "mismatch": "training.mismatch",
    "paper_reading": "training.paper_reading",
    "lpih": "training.lpih",
    "known_figures": "training.known_figures",
    "neighbours": "training.neighbours",
    "search_map": "training.search_map",
    "large_epoch": "training.large_epoch",
    "kill_resume": "training.kill_resume",
    "gpu": "training.gpu",
    "ranks": "training.ranks",
    "shards": "training.shards",
    "speed": "training.speed",
    "encoders": "training.encoders",
    "quantisers": "training.quantisers",
    "encoding": "training.encoding",
    "rescoring": "training.rescoring",
    "published": "training.published",
    "paper": "training.paper",
    "emoji": "training.emoji",
    "trees": "trees.compare",
    "at_scale": "trees.at_scale",
    "scaling": "trees.scaling",
    "huge": "trees.scaling",
    "merge_compress": "trees.scaling",
    "optimality": "trees.optimality",
    "levels": "trees.levels",
    "noise": "trees.noise",
    "update": "trees.update",
    "explorer": "trees.explorer",
    "against": "trees.against",
    "tables": "trees.tables",
    "against_training": "training.against",
    "manners": "library.manners",
    "wheel": "library.wheel",
    "reliability": "library.reliability",
    "service": "library.service",
    "search": "library.search",
}
"""The script that makes a file also knows how its cells are measured again: its `REPLAY`."""

BATCH = 20.0
PATIENCE = 900.0
"""Seconds of groups that are measured together, and those that they may take beside sixty times what they took when idle."""
HELD, STALE, PARTLY, NOTHING, NOT = "held", "stale", "held as far as reached", "nothing to compare", "not replayed"


def path_of(name: str) -> Path:
    """The results file of a name, or of its path."""
    return RESULTS / f"{Path(name).stem}.jsonl"


@functools.cache
def replay_of(stem: str) -> Replay:
    """How the cells of a file are measured again."""
    replay: Replay = importlib.import_module(f"benchmarks.{HOMES[stem]}").REPLAY
    return replay


def load(stem: str) -> Records:
    """A results file as it lies there."""
    return Records(path_of(stem), "", key=json.dumps)


def quoted() -> dict[str, list[str]]:
    """The results files that the README and the pages of docs/ name or include, and who does."""
    found: dict[str, list[str]] = {}
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for stem in re.findall(r"results/([a-z_]+)[\w-]*\.(?:md|jsonl?)", page.read_text(encoding="utf-8")):
            found.setdefault(stem, []).append(page.relative_to(ROOT).as_posix())
    return {stem: list(dict.fromkeys(pages)) for stem, pages in found.items() if stem in HOMES}


def present() -> list[str]:
    """The results files that have been made."""
    return [stem for stem in HOMES if path_of(stem).is_file()]


def check() -> list[str]:
    """A sentence for each stale file that the README or docs/ quote."""
    pages = quoted()
    faults = []
    for stem in present():
        replay = load(stem).header.get("replay")
        if replay and replay["status"] == STALE and stem in pages:
            faults.append(f"{path_of(stem).name} is stale and quoted in {', '.join(pages[stem])}: measure it again")
    return faults


def status(cells: dict[str, str], missing: list[str]) -> str:
    """What a header says in a word or two."""
    if any(said != EQUAL and not said.startswith(NEAR) for said in cells.values()):
        return STALE
    return HELD if not missing else PARTLY if cells else NOT


def write_header(
    records: Records, chosen: list[Group], total: int, cells: dict[str, str], options: Any, why: dict[str, str]
) -> str:
    """Put into the header what was compared and what came of it; the sentence that says so."""
    stem = records.path.stem
    wanted = [cell for group in chosen for cell in group.cells]
    missing = [cell.name for cell in wanted if cell.name not in cells]
    replay = replay_of(stem)
    needs = next((group.needs for group in chosen if group.needs and group.cells[0].name in missing), "")
    words = NOTHING if not total else status(cells, missing) + (f": needs {needs}" if needs else "")
    counts = Counter(
        "equal" if said == EQUAL else "near" if said.startswith(NEAR) else "differing" for said in cells.values()
    )
    methods = Counter(cell.method for cell in wanted if cell.name in cells)
    records.header["replay"] = {
        "status": words,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": commit(),
        "machine": machine(),
        "seed": options.seed,
        "of": total,
        "compared": len(cells),
        **counts,
        **({"methods": dict(methods)} if len(methods) > 1 else {}),
        "cells": cells,
        **({"not reached": missing} if missing else {}),
        **({"not measured": why} if why else {}),
        **({"never compared": replay.left_out} if replay.left_out else {}),
    }
    records.write()
    parts = ", ".join(f"{count} {word}" for word, count in counts.items())
    return f"{stem}: {words}; {len(cells)} of {total} cells compared{f' ({parts})' if parts else ''}"


def batches(groups: list[Group]) -> list[list[Group]]:
    """Groups in order, as many quick ones together as take twenty seconds: loading the libraries costs more than most cells."""
    found: list[list[Group]] = []
    for group in groups:
        last = found[-1] if found else []
        if last and last[0].cores == group.cores and sum(one.seconds for one in [*last, group]) <= BATCH:
            last.append(group)
        else:
            found.append([group])
    return found


def measured(stem: str, batch: list[Group]) -> dict[str, Any]:
    """Measure groups in a process of their own."""
    limit = PATIENCE + 60 * sum(group.seconds for group in batch)
    return measure.child([__file__, "--measure", stem, *(group.name for group in batch)], limit, cpus=batch[0].cores)


def one_file(stem: str, options: argparse.Namespace, deadline: float) -> str:
    """Replay one file; the sentence that sums it up."""
    records, replay = load(stem), replay_of(stem)
    groups = list(replay.groups(records))
    total = sum(len(group.cells) for group in groups)
    chosen = sample(groups, per_method=options.per_method, per_file=options.per_file, seed=options.seed)
    old = records.header["replay"] or {}
    same = (old.get("commit"), old.get("machine"), old.get("seed")) == (commit(), machine(), options.seed)
    cells: dict[str, str] = dict(old["cells"]) if same and not options.again else {}
    why: dict[str, str] = {}
    left = [group for group in chosen if any(cell.name not in cells for cell in group.cells)]
    todo = batches([group for group in left if options.include_huge or not group.needs])
    while todo:
        batch = todo.pop(0)
        if deadline - time.monotonic() < sum(group.seconds for group in batch):
            continue
        found = measured(stem, batch)
        if found.pop("status") != "ok":
            if len(batch) > 1:
                todo = [[group] for group in batch] + todo
                continue
            why[batch[0].name] = str(found.get("why", "took too long"))
            measure.write(f"{stem}, {batch[0].name}: not measured, {why[batch[0].name]}\n")
            continue
        for cell in (cell for group in batch for cell in group.cells):
            cells[cell.name] = verdict(cell, found["cells"].get(cell.name, {}))
            measure.write(f"{stem}, {cell.name}: {cells[cell.name]}\n")
        write_header(records, chosen, total, cells, options, why)
    return write_header(records, chosen, total, cells, options, why)


def show() -> None:
    """A line about each header."""
    pages = quoted()
    for stem in present():
        header = load(stem).header
        replay = header.get("replay") or {"status": NOT}
        compared = (
            f", {replay['compared']} of {replay['of']} cells at {replay['commit']}, {replay['date']}"
            if "of" in replay
            else ""
        )
        made = f"made with {described(header['sessions'])}"
        measure.write(f"{stem}: {replay['status']}{compared}; {'quoted' if stem in pages else 'not quoted'}; {made}\n")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help=f"names or paths; all by default: {', '.join(HOMES)}")
    parser.add_argument("--minutes", type=float, default=60.0, help="for all files together")
    parser.add_argument("--per-method", type=int, default=3, help="cells of each method at least")
    parser.add_argument("--per-file", type=int, default=10, help="cells of each file at least")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--again", action="store_true", help="also what was compared at this commit")
    parser.add_argument(
        "--include-huge", action="store_true", help="also what needs more memory than most machines have"
    )
    parser.add_argument("--check", action="store_true", help="measure nothing, look at the headers")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.files if Path(name).stem not in HOMES]
    if unknown:
        parser.error(f"unknown results files: {', '.join(unknown)}; expected some of {', '.join(HOMES)}")
    options.files = [Path(name).stem for name in options.files] or present()
    return options


def main() -> None:
    """Replay, or measure the groups that a child process is for."""
    if sys.argv[1:2] == ["--measure"]:
        stem, *names = sys.argv[2:]
        groups = {group.name: group for group in replay_of(stem).groups(load(stem))}
        found = {name: figures for group in names for name, figures in groups[group].measure().items()}
        measure.write(json.dumps({"cells": found}) + "\n")
        return
    options = parse(sys.argv[1:])
    if options.check:
        show()
    else:
        deadline = time.monotonic() + 60 * options.minutes
        said = [one_file(stem, options, deadline) for stem in options.files]
        measure.write("\n" + "\n".join(said) + "\n")
    faults = check()
    if faults:
        raise SystemExit("\n".join(faults))


if __name__ == "__main__":
    main()
