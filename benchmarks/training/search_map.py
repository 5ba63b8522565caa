"""What approximate neighbours change of a trained run: mAP, tree and seconds beside those of exact ones.

    python benchmarks/training/search_map.py                     results/search_map.md and .jsonl: each run once, resumable
    python benchmarks/training/search_map.py --set fashion20k    this set alone

Sets: the 200,000 pairs of `large_epoch.py`, and fashion20k where HINT_SHARED_DATA has it. `--pairs` takes fewer made-up ones, into
build/benchmarks. Each is trained twice for each seed, with `--search exact` and with `--search approximate`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of, flat
from benchmarks.records import QUICK, RESULTS, Records
from benchmarks.training import large_epoch
from benchmarks.training.figures import SHARED

COMMAND = "python benchmarks/training/search_map.py"
SEARCHES, SEEDS = ("exact", "approximate"), (0, 1)
MARK = 0.003
TOLERANCE = 0.01
"""What a mAP may be off elsewhere."""
MADE_UP, REAL = "made up", "fashion20k"


def run(kind: str, pairs: int, search: str, seed: int) -> dict[str, Any]:
    """Train on a set with neighbours found so."""
    with tempfile.TemporaryDirectory() as scratch:
        path = SHARED / "fashion20k.npz"
        if kind == MADE_UP:
            path = Path(scratch) / "large.npz"
            large_epoch.write_set(path, pairs, large_epoch.WIDTHS)
        words = ["--dataset", str(path), "--bits", "64", "--seed", str(seed)]
        words += ["--search", search, "--out", str(Path(scratch) / "run"), "--json"]
        out, own, _ = large_epoch.watched(words)
    result = json.loads(out)
    return {
        "communities": result["structure"]["communities"],
        "mAP": {way: scores["map"] for way, scores in result["bits"]["64"].items()},
        "chance": result["chance"],
        "seconds": result["seconds"]["prepare"],
        "own": own,
    }


def groups(records: Records) -> Iterator[Group]:
    """Every run."""
    for line in records:
        cell = cell_of(records, line, _figures(line["value"]), line["search"], tolerance=TOLERANCE)
        again = partial(_again, line["name"], line["set"], line["pairs"], line["search"], line["seed"])
        yield Group(name=line["name"], cells=[cell], measure=again, seconds=900, cores=2)


def _again(name: str, kind: str, pairs: int, search: str, seed: int) -> dict[str, Figures]:
    return {name: _figures(run(kind, pairs, search, seed))}


def _figures(value: dict[str, Any]) -> Figures:
    return flat({name: value[name] for name in ("communities", "mAP", "chance")})


REPLAY = Replay(groups=groups, left_out="seconds and memory")


def report(records: Records, command: str) -> str:
    """The page of results."""
    rows = []
    for line in records:
        value, exact = line["value"], next((x for x in records if _alike(x, line) and x["search"] == "exact"), line)
        apart = max(abs(value["mAP"][way] - other) for way, other in exact["value"]["mAP"].items())
        rows.append(
            [
                line["set"],
                line["seed"],
                line["search"],
                f"{value['communities']:,.0f}",
                ", ".join(f"{score:.4f}" for score in value["mAP"].values()),
                f"{value['chance']:.4f}",
                "" if line["search"] == "exact" else f"{apart:.4f}",
                f"{value['seconds']:.0f}",
            ]
        )
    head = ["set", "seed", "search", "communities", "mAP I→T, T→I", "chance", "apart", "graph and tree, s"]
    text = f"# Runs with approximate neighbours\n\n`{command}`: 64 bits; {records.made_with()}. The mark is {MARK}.\n\n"
    return text + measure.table(head, rows)


def _alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one[what] == other[what] for what in ("set", "pairs", "seed"))


def main() -> None:
    """Train what is not there yet, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=(MADE_UP, REAL), nargs="+", default=(REAL, MADE_UP))
    parser.add_argument("--pairs", type=int, default=large_epoch.PAIRS, help="of the made-up set")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    chosen = parser.parse_args()
    out = (RESULTS if chosen.pairs == large_epoch.PAIRS else QUICK) / "search_map.md"
    records = Records(out.with_suffix(".jsonl"), COMMAND, ("torch", "faiss-cpu"))
    kinds = [kind for kind in chosen.set if kind == MADE_UP or (SHARED / "fashion20k.npz").is_file()]
    cells = [(kind, seed, search) for kind in kinds for seed in SEEDS for search in SEARCHES]
    for kind, seed, search in () if chosen.render else cells:
        pairs = chosen.pairs if kind == MADE_UP else 0
        name = f"{kind}, {f'{pairs:,} pairs, ' if pairs else ''}seed {seed}; {search}"
        if records.get(name) is None:
            value = run(kind, pairs, search, seed)
            measure.write(f"{name}: {value}\n")
            records.add({"name": name, "set": kind, "pairs": pairs, "seed": seed, "search": search, "value": value})
    out.parent.mkdir(parents=True, exist_ok=True)
    words = [word for word in sys.argv[1:] if word != "--render"]
    out.write_text(report(records, " ".join([COMMAND, *words])), encoding="utf-8")
    measure.write(f"{out}\n")


if __name__ == "__main__":
    main()
