"""Is a learned code worth it? Our codes beside training-free ones at equal bytes, and the real-valued ceiling; one command, resumable.

    python benchmarks/training/quantisers.py            three sets, 16 to 256 bits, and queries a second at 10^6 items
    python benchmarks/training/quantisers.py --quick    the two small sets, 16 and 64 bits; no million items
    python benchmarks/training/quantisers.py --render   no measurement, only the tables

Nothing here is tuned on queries: HINT runs at its default, and the space of the training-free codes is chosen on held-out training
pairs without labels. Every figure is a line of quantisers.jsonl; quantisers.md is made from those lines.
"""

from __future__ import annotations

import functools
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Cell, Figures, Group, Replay
from benchmarks.records import Line, Records
from benchmarks.training import accuracy_cells as plan
from benchmarks.training import quantiser_codes as codes
from benchmarks.training import quantiser_speed as speed
from benchmarks.training.figures import SHARED, arguments, chosen_sets, parsed, same_data
from benchmarks.training.quantiser_codes import Space

import hint_train
from hint_train import preset

COMMAND = "python benchmarks/training/quantisers.py"
LIBRARIES = ("torch", "numpy", "scipy", "faiss-cpu")
BITS = (16, 32, 64, 128, 256)
OURS = ("HINT", "HINT, first 40 rescored", "ceiling: HINT's outputs, cosine")
Found = tuple[Space, codes.Scores, int | None, float]
"""A space, how its rows are scored, the code length where that is the Hamming distance, and bytes an item."""


def _sign(one: Space, bits: int) -> Found:
    return one, codes.hamming, bits, bits / 8


def _rabitq(one: Space, width: int, seed: int) -> Found:
    return codes.rotated(one, width, seed), codes.rabitq, None, width / 8 + 8


def _turbo(one: Space, bits: int, seed: int, each: int) -> Found:
    return codes.rotated(one, bits // each, seed), codes.turboquant(each), None, bits / 8


ROWS: dict[str, Callable[[Space, int, int], Found | None]] = {
    "sign of a random rotation": lambda one, bits, seed: _sign(codes.rotated(one, bits, seed), bits),
    "ITQ": lambda one, bits, seed: _sign(codes.itq(one, bits, seed), bits),
    "binary, first 40 rescored": lambda one, bits, seed: (
        codes.rotated(one, bits, seed),
        codes.rescored,
        None,
        bits / 8,
    ),
    "RaBitQ, a bit a dimension": lambda one, bits, seed: _rabitq(one, bits, seed),
    "RaBitQ in as many bytes": lambda one, bits, seed: _rabitq(one, bits - 64, seed) if bits > 64 else None,
    "TurboQuant, 1 bit a dimension": lambda one, bits, seed: _turbo(one, bits, seed, 1),
    "TurboQuant, 2 bits a dimension": lambda one, bits, seed: _turbo(one, bits, seed, 2),
    "TurboQuant, 4 bits a dimension": lambda one, bits, seed: _turbo(one, bits, seed, 4),
    "ceiling: CCA, cosine": lambda one, _bits, _seed: (one, codes.cosine, None, 4.0 * one.train.shape[1]),
}
"""Codes by name. A row that is the same at every length is measured at each all the same: it takes seconds."""


def cell_name(name: str, row: str, bits: int, seed: int) -> str:
    """What a line is found by."""
    return f"{name}, {row}, {bits} bits, seed {seed}"


def training_free(name: str, row: str, bits: int, seed: int) -> dict[str, float] | None:
    """Figures of a row of `ROWS`; None where there is no such code of that many bytes."""
    found = ROWS[row](codes.space(name), bits, seed)
    if found is None:
        return None
    one, scores, length, size = found
    return {**codes.figures(codes.dataset(name), one, scores, length), "bytes": size}


def ours(name: str, lengths: tuple[int, ...], seed: int) -> dict[tuple[str, int], dict[str, float]]:
    """Figures of the rows `OURS` at several lengths of one run, by row and length."""
    data = codes.dataset(name)
    config = replace(preset("default"), dataset=str(SHARED / f"{name}.npz"), bits=lengths, seed=seed, device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        hint_train.run(config, Path(folder) / "run")
        run = hint_train.load(Path(folder) / "run")
    found: dict[tuple[str, int], dict[str, float]] = {}
    for bits in lengths:
        rows = {m: run.outputs(getattr(data, m), modality=m, bits=bits) for m in ("image", "text")}
        one = Space(*({m: x[part] for m, x in rows.items()} for part in (data.query, data.retrieval)), rows["image"])
        kinds = (codes.hamming, bits, bits / 8), (codes.rescored, None, bits / 8), (codes.cosine, None, 4.0 * bits)
        for row, (scores, length, size) in zip(OURS, kinds, strict=True):
            found[row, bits] = {**codes.figures(data, one, scores, length), "bytes": size}
    return found


def measured(name: str, lengths: tuple[int, ...], seed: int, records: Records) -> None:
    """Measure what is missing of a set and a seed."""
    started = time.perf_counter()

    def add(row: str, bits: int, found: dict[str, float]) -> None:
        key = cell_name(name, row, bits, seed)
        line = {"name": key, "set": name, "row": row, "bits": bits, "seed": seed, "figures": found}
        records.add({**line, "seconds": round(time.perf_counter() - started, 2)})
        both = "/".join(f"{x:.3f}" for label, x in found.items() if label.startswith("map"))
        measure.write(f"{key}: {both}\n")

    for bits in lengths:
        for row in ROWS:
            if records.get(cell_name(name, row, bits, seed)) is None:
                started = time.perf_counter()
                found = training_free(name, row, bits, seed)
                if found is not None:
                    add(row, bits, found)
    missing = tuple(b for b in lengths if any(records.get(cell_name(name, row, b, seed)) is None for row in OURS))
    if missing:
        started = time.perf_counter()
        for (row, bits), one in ours(name, missing, seed).items():
            add(row, bits, one)


def groups(records: Records) -> Iterator[Group]:
    """Each cell of a training-free code, and all lengths of a run of ours together."""
    lines = [line for line in records if "figures" in line]

    def cells(chosen: list[Line]) -> list[Cell]:
        return [
            Cell(
                name=line["name"],
                method=line["row"],
                stratum=line["set"],
                figures=dict(line["figures"]),
                made=records.session_of(line),
                tolerance=0.05 if line["row"] in OURS else 0.02,
            )
            for line in chosen
        ]

    for line in (one for one in lines if one["row"] in ROWS):
        again = functools.partial(_again, line, records)
        yield Group(name=line["name"], cells=cells([line]), measure=again, seconds=20)
    for name, seed in dict.fromkeys((line["set"], line["seed"]) for line in lines):
        mine = [one for one in lines if one["row"] in OURS and (one["set"], one["seed"]) == (name, seed)]
        if mine:
            again = functools.partial(_ours_again, mine, records)
            yield Group(name=f"{name}, ours, seed {seed}", cells=cells(mine), measure=again, seconds=60)


def _again(line: Line, records: Records) -> dict[str, Figures]:
    same_data(line["set"], records)
    return {line["name"]: dict(training_free(line["set"], line["row"], line["bits"], line["seed"]) or {})}


def _ours_again(lines: list[Line], records: Records) -> dict[str, Figures]:
    name, seed = lines[0]["set"], lines[0]["seed"]
    same_data(name, records)
    found = ours(name, tuple(dict.fromkeys(line["bits"] for line in lines)), seed)
    return {line["name"]: dict(found[line["row"], line["bits"]]) for line in lines}


REPLAY = Replay(groups=groups, left_out="seconds, and queries a second")


def table(records: Records, name: str, lengths: tuple[int, ...]) -> str:
    """mAP of both directions and recall of a set; the best code of each length in bold, ceilings aside."""
    lines = [line for line in records if line.get("set") == name and "figures" in line]

    def value(row: str, bits: int, label: str) -> float | None:
        found = [line["figures"][label] for line in lines if (line["row"], line["bits"]) == (row, bits)]
        return statistics.fmean(found) if found else None

    def shown(row: str, bits: int) -> str:
        both = [value(row, bits, f"map {d}") for d in ("image_to_text", "text_to_image")]
        recall = [value(row, bits, f"recall {d}") for d in ("image_to_text", "text_to_image")]
        if both[0] is None:
            return "–"
        numbers = "/".join(f"{x:.3f}" for x in both if x is not None)
        text = f"**{numbers}**" if row == best[bits] else numbers
        return f"{text}, {statistics.fmean(x for x in recall if x is not None):.2f}"

    every = [row for row in (*OURS, *ROWS) if any(line["row"] == row for line in lines)]
    plain = [row for row in every if "ceiling" not in row and row != "RaBitQ, a bit a dimension"]
    means = {
        (row, b): statistics.fmean(x for d in ("image_to_text", "text_to_image") if (x := value(row, b, f"map {d}")))
        for row in plain
        for b in lengths
        if value(row, b, "map image_to_text") is not None
    }
    best = {b: max((r for r in plain if (r, b) in means), key=lambda r, b=b: means[r, b], default="") for b in lengths}
    order = sorted(every, key=lambda row: ("ceiling" in row, row != "HINT", row not in OURS))
    size = {row: [f"{value(row, b, 'bytes'):g}" if value(row, b, "bytes") else "–" for b in lengths] for row in order}
    rows = [[row, *(shown(row, b) for b in lengths), " ".join(size[row])] for row in order]
    return measure.table(["code", *(f"{b} bits" for b in lengths), "bytes an item"], rows)


def report(records: Records, sets: list[str], lengths: tuple[int, ...], *, quick: bool) -> str:
    """The whole document."""
    count = len({line["seed"] for line in records if "figures" in line})
    seeds = "one seed" if count == 1 else f"means of {count} seeds"
    text = (
        f"# Learned and training-free codes\n\n`{COMMAND}{' --quick' if quick else ''}`: {records.made_with()}.\n\n"
        "Each cell: mAP@all image to text / text to image, then recall@10, the mean of both directions: the share of the ten nearest by "
        "cosine in the real-valued space that the codes are made of which are among the ten nearest by code, equal ones by chance. That space is HINT's outputs before "
        "the sign for HINT, and for the others canonical components (CCA, fitted to the training pairs), scaled by a power of their correlations; "
        f"number and power are those by which a held-out fifth of the training pairs find each other best, without labels. Up to {codes.QUERIES} "
        f"queries of a set, drawn once; {seeds}. **Bold**: best mAP of equal bytes; a bit a dimension of RaBitQ takes eight bytes more "
        "than its bits, and is left out of that, as are the real-valued ceilings. The last column is for each length in turn.\n"
    )
    for name in sets:
        where = records.get(f"{name}, space")
        if where is not None:
            c, power, rank = where["value"]
            text += f"\n## {name}\n\nCCA: {c} components, power {power:g}; mean reciprocal rank of held-out pairs {rank:.3f}.\n\n"
            text += table(records, name, lengths)
    return text + speed.table(records)


def main() -> None:
    """Measure what is missing and write the tables, after every seed of a set."""
    parser = arguments(__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="of runs and of random rotations")
    options = parsed(parser)
    logging.disable(logging.INFO)
    sets, lengths = chosen_sets(options), (16, 64) if options.quick else BITS
    records = Records(options.out / "quantisers.jsonl", COMMAND, LIBRARIES, fresh=options.fresh)
    path = options.out / "quantisers.md"
    for name in [] if options.render else sorted(sets, key=lambda one: one in plan.LARGE):
        same_data(name, records)
        records.value(f"{name}, space", functools.partial(codes.chosen, name))
        for seed in range(options.seeds):
            measured(name, lengths, seed, records)
            path.write_text(report(records, sets, lengths, quick=options.quick), encoding="utf-8")
    if not options.quick and not options.render:
        speed.measured(records, BITS)
    path.write_text(report(records, sets, lengths, quick=options.quick), encoding="utf-8")
    measure.write(f"{path}\n")


if __name__ == "__main__":
    main()
