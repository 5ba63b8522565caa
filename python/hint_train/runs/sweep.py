"""A grid of runs: every combination of the values in the table `[grid]` of a configuration, each in a folder of its own.

`sweep.toml` holds the plan with all options of every cell, so that a grid is continued as it was begun; `sweep.json` and
`sweep.md` hold the figures of the cells that are finished, and are written anew after each.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
import re
from dataclasses import asdict, dataclass, replace
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from hint_train.config.config_file import read_toml, to_table, with_options
from hint_train.errors import ConfigError, DataError, NonFiniteLossError
from hint_train.methods.config import Config
from hint_train.report.figures_table import figure
from hint_train.report.grid import GridRow, write_grid_report
from hint_train.report.result import read_result, to_json
from hint_train.runs.begun import OPTIONS, kept_options
from hint_train.runs.contents import GRID, README, RUN, write_readme
from hint_train.runs.folder import begin, hold, inputs, located
from hint_train.runs.lock import LOCK
from hint_train.runs.owned import MANIFEST
from hint_train.runs.training_run import check_all, run
from hint_train.training.watch import Watch
from hint_train.whole import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hint_train.config.config_file import Grid
    from hint_train.report.result import Result

_log = logging.getLogger(__name__)
PLAN = "sweep.toml"
_MAX_CELLS = 10_000
_MAX_NAME = 150


@dataclass(frozen=True, slots=True)
class GridCell:
    """One combination of the grid.

    Attributes
    ----------
    name
        Its folder, made of `options`, the values that the grid gave it.
    config
        All its options.
    result, failure
        What it measured, or why its loss was not finite; neither before it has run.
    """

    name: str
    options: dict[str, Any]
    config: Config
    result: Result | None = None
    failure: str | None = None


def plan(grid: Grid, configure: Callable[[str | None], Config]) -> list[GridCell]:
    """The cells of a grid, the last option varying fastest.

    Parameters
    ----------
    grid
        Values by option, as `read_grid` returns them.
    configure
        Gives the options outside the grid; called with the method where the grid has several, because defaults differ.

    Raises
    ------
    ConfigError
        Too many cells, or one that cannot be run; all faults are listed.
    """
    size = prod(len(values) for values in grid.values())
    if size > _MAX_CELLS:
        raise ConfigError(f"the grid has {size:,} cells, more than {_MAX_CELLS:,}")
    bases = {method: configure(method) for method in grid.get("method", [None])}
    cells: list[GridCell] = []
    faults: list[str] = []
    for values in itertools.product(*grid.values()):
        options = dict(zip(grid, values, strict=True))
        config = located(with_options(bases[options.get("method")], options))
        cells.append(GridCell(_name(options), options, config))
        try:
            check_all(config)
        except ConfigError as error:
            faults.append(f"{cells[-1].name}: {error}")
    if faults:
        raise ConfigError("; ".join(faults))
    return cells


def read_plan(folder: Path) -> list[GridCell]:
    """The cells of a grid that was begun in `folder`."""
    path = folder / PLAN
    entries = read_toml(path).get("cells", [])
    try:
        return [GridCell(e["name"], e["options"], located(kept_options(str(path), e["config"]))) for e in entries]
    except (KeyError, TypeError) as error:
        raise ConfigError(f"{path}: not the plan of a grid ({error})") from error


def sweep(
    cells: Iterable[GridCell],
    folder: Path | str,
    *,
    resume: bool = False,
    overwrite: bool = False,
    watch: Watch | None = None,
) -> list[GridCell]:
    """Run the cells of a grid one after the other.

    Parameters
    ----------
    cells
        From `plan`, or `read_plan` to continue.
    folder
        Output folder of the grid, new or empty; each cell is a run in a folder below it.
    resume
        Continue: cells with a result keep it, one that was begun goes on from its checkpoints.
    overwrite
        Remove the earlier grid or run in `folder` first, if it holds that and nothing else.

    Returns
    -------
    cells
        The same with their results. A cell whose loss was not finite has none, and the others run all the same.

    Raises
    ------
    TrainError
        As `run` does, but for `NonFiniteLossError`.
    """
    folder, done = Path(folder), list(cells)
    files = [*GRID, *(f"{cell.name}/{name}" for cell in done for name in (MANIFEST, LOCK, *RUN))]
    keep = [path for cell in done for path in inputs(cell.config)]
    with hold(folder, keep, resume=resume, overwrite=overwrite):
        begin(folder, files, keep, resume=resume)
        if not resume:
            entries = [{"name": c.name, "options": c.options, "config": to_table(c.config)} for c in done]
            write_atomically(folder / PLAN, tomli_w.dumps({"cells": entries}).encode())
        for i, cell in enumerate(done):
            _log.info("cell %d of %d: %s", i + 1, len(done), cell.name)
            try:
                done[i] = _run_cell(cell, folder / cell.name, watch or Watch())
            except (ConfigError, DataError):  # not for a run that was stopped: it ends at once
                _write_report(folder, done[:i])
                raise
            _write_summary(folder, done)
        _write_report(folder, done)
        write_readme(
            folder,
            GRID | {f"{cell.name}/": f"The run of a cell; {cell.name}/{README} says what is in it." for cell in done},
        )
    return done


def _write_report(folder: Path, finished: list[GridCell]) -> None:
    if finished:
        write_grid_report(folder, [GridRow(c.name, c.options, c.result, c.failure) for c in finished])


def _run_cell(cell: GridCell, folder: Path, watch: Watch) -> GridCell:
    if (folder / "result.json").is_file():
        return replace(cell, result=read_result(folder / "result.json"))
    try:
        return replace(cell, result=run(cell.config, folder, resume=(folder / OPTIONS).is_file(), watch=watch))
    except NonFiniteLossError as error:
        _log.warning("%s: %s", cell.name, error)
        return replace(cell, failure=str(error))


def _write_summary(folder: Path, cells: list[GridCell]) -> None:
    write_atomically(folder / "sweep.json", summary_json(cells).encode())
    write_atomically(folder / "sweep.md", summary_table(cells).encode())


def summary_json(cells: list[GridCell]) -> str:
    """Options, folder, figures and seconds of every cell that is finished."""
    entries = [
        {
            "options": {name: _value(c, name) for name in c.options},
            "folder": c.name,
            "bits": c.result.bits if c.result else None,
            "seconds": c.result.seconds["total"] if c.result else None,
            "failure": c.failure,
        }
        for c in cells
        if c.result or c.failure
    ]
    return to_json({"cells": entries})


def _value(cell: GridCell, name: str) -> Any:
    """An option as JSON has it: null for what TOML calls "none"."""
    table = asdict(cell.config)
    sections = [table, *(section for section in table.values() if isinstance(section, dict))]
    return None if next(s[name] for s in sections if name in s) is None else cell.options[name]


def summary_table(cells: list[GridCell]) -> str:
    """mAP over the whole ranking in both directions and their mean, a Markdown table with one row per cell and code length."""
    rows = [[*cells[0].options, "bits", "I→T mAP", "T→I mAP", "mean"]]
    for cell in cells:
        options = [_word(value) for value in cell.options.values()]
        if cell.failure:
            rows.append([*options, "", "not finite", "", ""])
        for bits, directions in cell.result.bits.items() if cell.result else ():
            maps = [scores["map"] for scores in directions.values()]
            mean = sum(_centre(x) for x in maps) / len(maps) if maps else None
            rows.append(
                [*options, bits, *([figure(x) for x in maps] or ["", ""]), "" if mean is None else f"{mean:.4f}"]
            )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [f"| {' | '.join(cell.rjust(w) for cell, w in zip(row, widths, strict=True))} |" for row in rows]
    lines.insert(1, f"|{'|'.join('-' * (w + 1) + ':' for w in widths)}|")
    return "\n".join(lines) + "\n"


def _centre(value: float | dict[str, Any]) -> float:
    return float(value["mean"] if isinstance(value, dict) else value)


def _name(options: dict[str, Any]) -> str:
    """A folder's name such as `k=5,bank_tau=0.5`, with a digest where that had to be shortened or cleaned."""
    full = ",".join(f"{name}={_word(value)}" for name, value in options.items())
    clean = re.sub(r"[^A-Za-z0-9_.,=+-]", "_", full)[:_MAX_NAME]
    return clean if clean == full else f"{clean}-{hashlib.sha256(full.encode()).hexdigest()[:8]}"


def _word(value: Any) -> str:
    return "-".join(map(_word, value)) if isinstance(value, list) else str(value)
