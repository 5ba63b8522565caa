"""`report.html` of a run: one page with all that is known of it, in words, figures and pictures, and how to use its codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hint_train.config.config_file import to_table
from hint_train.methods.presets import preset
from hint_train.report.commands import uses
from hint_train.report.finished import DIRECTIONS
from hint_train.report.pictures import inlined
from hint_train.report.render import page
from hint_train.report.words import CUTOFF, HEALTH, STAGES, TIES, TREE
from hint_train.training.partners import K

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from markupsafe import Markup
    from PIL.Image import Image

    from hint_train.report.finished import Finished
    from hint_train.report.sheet import Sheet
    from hint_train.training.trainer import Record

_ROWS = 12
"""Epochs of a table; the file of all stands beside it."""
_FIRST = (1, 10, 50, 100, 500, 1000, 5000)


def run_page(
    folder: Path,
    run: Finished,
    *,
    seconds: Mapping[str, float],
    curves: Mapping[str, Markup],
    sheets: list[Sheet],
    pictures: Mapping[int, Image],
    files: list[str],
) -> bytes:
    """The page of a run.

    Parameters
    ----------
    seconds
        By stage, and in total.
    curves
        Figures by what they show: `training`, `precision_recall`; those that there are.
    sheets, pictures
        What queries find, and small pictures by row.
    files
        Names of the files beside the page.
    """
    return page(
        "run.html",
        run=run,
        result=run.result,
        data=run.data,
        directions=DIRECTIONS,
        scores=list(run.result.chance_scores),
        ties=TIES[run.result.tie_rule],
        cutoff=CUTOFF[run.result.topk_rule],
        k=K,
        epochs=_epochs(run.records),
        precision=_precision(run),
        health=HEALTH,
        tree_words=TREE,
        ill=run.health,
        curves=curves,
        sheets=sheets,
        pictures={row: inlined(picture) for row, picture in pictures.items()},
        changed=changed(to_table(run.config), to_table(preset("default", run.config.method))),
        stages=[(name, STAGES[name], spent) for name, spent in seconds.items() if name in STAGES],
        total=seconds["total"],
        uses=uses(folder, run),
        files=files,
    )


def changed(options: dict[str, Any], defaults: dict[str, Any], above: str = "") -> list[tuple[str, Any, Any]]:
    """Options that differ from their defaults: name as in `config.toml`, value, default."""
    found: list[tuple[str, Any, Any]] = []
    for name, value in options.items():
        if isinstance(value, dict):
            found += changed(value, defaults[name], f"{above}{name}.")
        elif value != defaults[name]:
            found.append((above + name, value, defaults[name]))
    return found


def _epochs(records: list[Record]) -> tuple[list[str], list[Record]]:
    """Columns and rows of a table of the first seed's training at its longest codes, evenly spaced over the epochs."""
    if not records:
        return [], []
    first, longest = min(r["seed"] for r in records), max(r["bits"] for r in records)
    rows = [r for r in records if (r["seed"], r["bits"]) == (first, longest)]
    n = min(_ROWS, len(rows))
    rows = [rows[(i + 1) * len(rows) // n - 1] for i in range(n)]
    names = dict.fromkeys(name for row in rows for name in row)
    return [name for name in names if name not in ("bits", "seed")], rows


def _precision(run: Finished) -> list[tuple[int, str, list[tuple[int, float, float]]]]:
    """Bits, direction and (n, precision, recall) of the first n items, for the first seed."""
    if not run.retrievals:
        return []
    first = min(seed for _, seed in run.retrievals)
    return [
        (bits, DIRECTIONS[direction], [_at(n, found.curve) for n in _FIRST if n <= found.curve.n[-1]])
        for (bits, seed), cell in sorted(run.retrievals.items())
        if seed == first
        for direction, found in cell.items()
    ]


def _at(n: int, curve: Any) -> tuple[int, float, float]:
    """Precision and recall of the first n; between two measured ranks, on the line between them."""
    return n, float(np.interp(n, curve.n, curve.precision)), float(np.interp(n, curve.n, curve.recall))
