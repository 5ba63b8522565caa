"""How well HINT finds pairs that do not belong together: training pairs some of whose texts were exchanged, which is known.

    python benchmarks/training/mismatch.py             results/mismatch.md and .jsonl: five minutes of one core
    python benchmarks/training/mismatch.py --quick     the two small sets, one seed

No label is read, neither by the product nor here. A text that was exchanged for one of the same kind looks right, and nobody can tell;
so where classes are few even a perfect judge misses some.
"""

from __future__ import annotations

import functools
import logging
import statistics
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

import numpy as np
import torch
from benchmarks import measure
from benchmarks.cells import Group, Replay, cell_of
from benchmarks.records import Records
from benchmarks.training.figures import LIBRARIES, arguments, chosen_sets, parsed, same_data, where
from scipy.stats import rankdata

from hint_train import preset
from hint_train.data import load_dataset
from hint_train.methods.hint.structure import prepare

COMMAND = "python benchmarks/training/mismatch.py"
SHARES = (0.0, 0.05, 0.1, 0.2)
SEEDS = (0, 1, 2)
TOLERANCE = 0.02
_LIKELY = 0.5


def measured(name: str, share: float, seed: int) -> dict[str, float]:
    """What is found where so many texts were exchanged.

    `estimated`, the mean of the likelihoods; `doubted`, the share of pairs of more than one half; of these `precision` were exchanged,
    and `recall` of those that were exchanged are among them; `area` under the curve, that an exchanged pair stands above another.
    """
    config = preset("default")
    given = load_dataset(where(name)).training_pairs()
    shown = given.with_noise(share, seed)
    found = prepare(shown, config, torch.device("cpu")).mismatched
    likely = np.zeros(len(given)) if found is None else found.astype(np.float64)
    doubted = likely > _LIKELY
    value = {"estimated": float(likely.mean()), "doubted": float(doubted.mean())}
    if share:
        wrong = (shown.text != given.text).any(axis=1)
        right = int((~wrong).sum())
        above = rankdata(likely)[wrong].sum() - wrong.sum() * (wrong.sum() + 1) / 2
        value |= {
            "precision": float(wrong[doubted].mean()) if doubted.any() else 0.0,
            "recall": float(doubted[wrong].mean()),
            "area": float(above / (wrong.sum() * right)),
        }
    return {figure: round(x, 6) for figure, x in value.items()}


def key(name: str, share: float, seed: int) -> str:
    """What a line is found by."""
    return f"{name}; {share:g} exchanged; seed {seed}; {sorted(asdict(preset('default').graph).items())}"


def measure_set(name: str, seeds: tuple[int, ...], records: Records) -> None:
    """Measure what is missing of a set."""
    for share in SHARES:
        for seed in seeds if share else seeds[:1]:
            if records.get(key(name, share, seed)) is None:
                same_data(name, records)
                about = {"name": key(name, share, seed), "set": name, "share": share, "seed": seed}
                records.add({**about, "value": measured(name, share, seed)})
    measure.write(f"{name}\n")


def groups(records: Records) -> Iterator[Group]:
    """Every line as a group of its own."""
    for line in records:
        cell = cell_of(records, line, line["value"], f"{line['share']:g}", line["set"], tolerance=TOLERANCE)
        again = functools.partial(_again, line["set"], line["share"], line["seed"])
        yield Group(name=line["name"], cells=[cell], measure=again, seconds=5)


def _again(name: str, share: float, seed: int) -> dict[str, dict[str, float]]:
    return {key(name, share, seed): measured(name, share, seed)}


REPLAY = Replay(groups=groups)


def report(records: Records, sets: list[str], *, quick: bool) -> str:
    """The whole document."""
    rows = []
    for name in sets:
        for share in SHARES:
            lines = [records.get(key(name, share, seed)) for seed in SEEDS]
            values = [line["value"] for line in lines if line is not None]
            if values:
                figures = ("estimated", "doubted", "precision", "recall", "area")
                rows.append([name, f"{share:.2f}", *(_mean(values, x) for x in figures), str(len(values))])
    return (
        f"# Pairs that may be mismatched\n\n`{COMMAND}{' --quick' if quick else ''}`\n\nMeasured with {records.made_with()}.\n\n{_ABOUT}\n"
        + measure.table(
            ["set", "exchanged", "estimated", "doubted", "precision", "recall", "area under the curve", "seeds"], rows
        )
    )


def _mean(values: list[dict[str, float]], figure: str) -> str:
    return f"{statistics.fmean(x[figure] for x in values):.3f}" if figure in values[0] else "–"


_ABOUT = """The texts of a share of the training pairs were *exchanged* among each other; means over seeds. *estimated*: the mean of the likelihoods that HINT gives, which
it calls `mismatched` in `result.json`. *doubted*: pairs of more than .5. *precision*: how many of these were exchanged, where some pairs
of the set as it is may be mismatched too. *recall*: how many of the exchanged are doubted, where some got a text of their own kind. *Area
under the curve*: that an exchanged pair has a higher value than another. No label is read.
"""


def main() -> None:
    """Measure what is missing and write the table, after every set."""
    chosen = parsed(arguments(__doc__))
    logging.disable(logging.WARNING)
    sets = chosen_sets(chosen)
    records = Records(chosen.out / "mismatch.jsonl", COMMAND, LIBRARIES, fresh=chosen.fresh)
    path = chosen.out / "mismatch.md"
    for name in [] if chosen.render else sets:
        measure_set(name, SEEDS[: 1 if chosen.quick else None], records)
    path.write_text(report(records, sets, quick=chosen.quick), encoding="utf-8")
    measure.write(f"{path}\n")


if __name__ == "__main__":
    main()
