"""The command `hint-train`: from arguments to a run or a grid of runs, and its figures on stdout."""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import tyro

from hint_train.cli.docstrings import unwrap
from hint_train.cli.ending import exit_with, handled
from hint_train.cli.shown import none_by_name, only
from hint_train.config.config_file import read_config, read_grid
from hint_train.errors import ConfigError, InterruptedRunError, LostProcessError, NonFiniteLossError
from hint_train.methods.config import LISTED, TRAINED, Config, Preset
from hint_train.methods.presets import preset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hint_train.config.config_file import Grid
    from hint_train.report.result import Result
    from hint_train.runs.bars import Bars
    from hint_train.training.watch import Watch


_WORDS = (tyro.conf.OmitArgPrefixes,)
_COMMON = (
    "start", "options.dataset", "options.data_dir", "options.method", "options.bits", "options.seed", "options.seeds",
    "options.device",
)  # fmt: skip
"""What help shows whatever the method is, beside the epochs of those that have some: the options that first runs need."""


@dataclass(frozen=True, slots=True)
class _Start:
    """Where the options come from before the command line changes them."""

    preset: Preset = "default"
    """Defaults to start from: what measures best, the form of the paper's text, or that text with the optimiser of DEMO."""
    config: Path | None = None
    """TOML file of options, such as the config.toml of an earlier run; applied over the preset. A table [grid] with lists of
    values, such as k = [5, 10], makes a run of every combination."""
    out: Path | None = None
    """Output folder, new or empty; runs/<dataset>-<method>-<time> where not given."""
    resume: bool = False
    """Continue the run in --out from its checkpoints, with its options."""
    overwrite: bool = False
    """Remove an earlier run in --out first: what its hint-run.json lists. A folder that holds anything else is left as it is."""
    json: bool = False
    """Print the result as JSON on stdout instead of a table."""
    quiet: bool = False
    """No progress and no log on stderr, only warnings."""
    help_all: tyro.conf.FlagCreatePairsOff[bool] = False
    """Show every option of every method, and exit."""


@dataclass(frozen=True, slots=True)
class _First:
    """What is read before all options are: where they come from, and the method, which their defaults depend on."""

    start: tyro.conf.DisallowNone[Annotated[_Start, tyro.conf.arg(name="")]] = field(default_factory=_Start)
    method: str | None = None


@dataclass(frozen=True, slots=True)
class _Train:
    """Learn hash codes for two modalities without labels, and measure them.

    $ hint-train                                             drawn pictures, half a minute
    $ hint-train --dataset pairs.npz --bits 64 --out runs/a  paired features from a file
    $ hint-train --resume --out runs/a                       go on with a run that was stopped
    $ hint-train --method ucch --help                        the options of another method
    $ hint-train --help-all                                  every option of every method

    Equations are numbered as in the HINT paper; at the options of another method, as in its own.
    """

    start: tyro.conf.DisallowNone[Annotated[_Start, tyro.conf.arg(name="")]] = field(default_factory=_Start)
    options: Annotated[Config, tyro.conf.arg(name="")] = field(default_factory=Config)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point of `hint-train`."""
    words = sys.argv[1:] if arguments is None else arguments
    if {"RANK", "WORLD_SIZE"} <= os.environ.keys():  # one of several processes, as torchrun starts them
        # Before torch is loaded, which shows pages of addresses for each failed exchange; an error says it in a sentence.
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "FATAL")
        from hint_train.cli.ranks import exit_as_one

        exit_as_one(lambda: _train(words))
    exit_with(lambda: _train(words))


def _train(arguments: Sequence[str]) -> None:
    unwrap(_Train)
    first, _ = tyro.cli(
        _First, args=arguments, prog="hint-train", return_unknown_args=True, add_help=False, config=_WORDS
    )
    start = first.start
    if start.help_all or {"-h", "--help"} & set(arguments):
        _help(start, first.method)
    if start.resume and start.out is None:
        raise ConfigError("--resume needs --out, the folder of the run to continue")
    chosen = _chosen(arguments, start, first.method)
    level = logging.WARNING if start.quiet else logging.INFO
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr, force=True)
    # Threads that spin at barriers stall each other where cores are shared.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    grid = ({} if start.config is None else read_grid(start.config, Config())) | _grid_of_shares(chosen.options)
    begun = start.resume and start.out is not None and (start.out / "sweep.toml").is_file()
    from hint_train.ranks import current
    from hint_train.runs.bars import Bars

    with _Stop() as stop, Bars(start.quiet or not current().first) as bars:
        if grid or begun:
            if current().size > 1:
                raise ConfigError("a grid runs one cell after the other in one process; start it without torchrun")
            _run_grid(grid, chosen, lambda method: _chosen(arguments, start, method).options, (stop, bars))
        elif not current().first:
            _help_run(chosen, stop, bars)
        else:
            folder, result = _run(chosen, stop, bars)
            print(result.to_json() if start.json else _said(folder, result))


def _said(folder: Path, result: Result) -> str:
    from hint_train.cli.search import example
    from hint_train.report.figures_table import figures_table

    return f"{figures_table(result)}\nsearch it with: {example(folder)}"


def _chosen(arguments: Sequence[str], start: _Start, method: str | None) -> _Train:
    """All options: those of the preset, changed by the configuration file, by the run to resume, by the command line."""
    return _parsed(arguments, _Train(start, _base(start, method)))


def _base(start: _Start, method: str | None) -> Config:
    """Options before the command line changes them."""
    if start.resume and start.out and not any((start.out / name).is_file() for name in ("config.toml", "sweep.toml")):
        raise ConfigError(
            f"{start.out}: no run was begun here that could be continued; leave out --resume to begin one"
        )
    files = [start.config, start.out / "config.toml" if start.resume and start.out else None]
    if start.out and (start.out / "sweep.toml").is_file():
        files.pop()
    present = [file for file in files if file is not None]
    for file in present if method is None else ():
        method = read_config(file, Config()).method
    base = preset(start.preset, method or Config().method)
    for file in present:
        base = read_config(file, base)
    return base


def _help(start: _Start, method: str | None) -> None:
    """Print the common options and those of the method alone, or all of them, and exit."""
    base = _base(start, method)
    if base.method not in LISTED:
        raise ConfigError(f"unknown method {base.method!r}; expected one of {', '.join(LISTED)}")
    shown = _Train(replace(start, help_all=False), base)
    reads = LISTED[base.method].reads
    own = {name for name in reads if name not in TRAINED} | ({"optimiser.epochs"} if "optimiser" in reads else set())
    _parsed(["--help"], shown if start.help_all else only(shown, {*_COMMON, *own}))


def _parsed(arguments: Sequence[str], default: _Train) -> _Train:
    with none_by_name():
        return tyro.cli(type(default), args=arguments, default=default, prog="hint-train", config=_WORDS)


def _run_grid(
    grid: Grid, chosen: _Train, configure: Callable[[str | None], Config], watchers: tuple[_Stop, Bars]
) -> None:
    """Run every cell of a grid, or those that are left, and print the summary."""
    from hint_train.runs import sweep
    from hint_train.runs.folder import choose

    start = chosen.start
    folder = choose(chosen.options, start.out)
    given = grid or chosen.options != preset(start.preset, chosen.options.method)
    cells = sweep.read_plan(folder) if start.resume else sweep.plan(grid, configure)
    if start.resume and given and sweep.plan(grid, configure) != cells:
        raise ConfigError(f"--resume keeps the grid that {folder} was begun with; leave out all other options")
    with _named_continuation(folder):
        done = sweep.sweep(cells, folder, resume=start.resume, overwrite=start.overwrite, watch=_watch(*watchers))
    print(sweep.summary_json(done) if start.json else f"{sweep.summary_table(done)}written to {folder}")
    failed = [cell.name for cell in done if cell.failure]
    if failed:
        raise NonFiniteLossError(f"not finite: {', '.join(failed)}")


def _grid_of_shares(options: Config) -> Grid:
    """Several values of --labelled as a grid; empty for one value, and for a method that sees no label."""
    if len(options.labels.labelled) < 2:
        return {}
    from hint_train.methods.entries import METHODS
    from hint_train.training.method import SupervisedEntry

    supervised = isinstance(METHODS.get(options.method), SupervisedEntry)
    return {"labelled": [[share] for share in options.labels.labelled]} if supervised else {}


def _run(chosen: _Train, stop: _Stop, bars: Bars) -> tuple[Path, Result]:
    """Run what was asked for; its folder and its figures."""
    from hint_train.runs.folder import choose
    from hint_train.runs.training_run import run  # torch is loaded only once the arguments are known to be good

    start = chosen.start
    folder = choose(chosen.options, start.out)
    watch = _watch(stop, bars)
    with _named_continuation(folder):
        return folder, run(chosen.options, folder, resume=start.resume, overwrite=start.overwrite, watch=watch)


def _help_run(chosen: _Train, stop: _Stop, bars: Bars) -> None:
    """Take part in the run that the first process makes."""
    from hint_train.runs.folder import choose
    from hint_train.runs.helping import help_run

    start = chosen.start
    folder = choose(chosen.options, start.out)
    with _named_continuation(folder):
        help_run(chosen.options, folder, resume=start.resume, watch=_watch(stop, bars))


@contextlib.contextmanager
def _named_continuation(folder: Path) -> Iterator[None]:
    """Let an interruption, or a file that could not be written, end with the command that continues."""
    try:
        yield
    except (KeyboardInterrupt, InterruptedRunError, LostProcessError, OSError) as error:
        begun = any((folder / name).is_file() for name in ("config.toml", "sweep.toml"))
        how = f"continue with: hint-train --resume --out {shlex.quote(str(folder))}" if begun else "nothing was written"
        if isinstance(error, OSError | LostProcessError):
            if begun:
                error.add_note(how)
            raise
        raise InterruptedRunError(f"{str(error) or 'interrupted'}; {how}") from error


def _watch(stop: _Stop, bars: Bars) -> Watch:
    from hint_train.training.watch import Watch

    def stage(name: str) -> None:
        stop.stage(name)
        bars.stage(name)

    return Watch(stage, bars.progress, stop.asked)


class _Stop(contextlib.AbstractContextManager["_Stop"]):
    """Ctrl-C, SIGTERM and SIGHUP: while a method trains the first one asks it to stop; a second one, or one elsewhere, ends at once."""

    def __init__(self) -> None:
        self._asked = False
        self._training = False

    def stage(self, name: str) -> None:
        """Note which stage begins; one that was asked to stop in the stage before ends here."""
        if self._asked:
            raise KeyboardInterrupt
        self._training = name == "train"

    def asked(self) -> bool:
        """Whether training should stop."""
        return self._asked

    def _handle(self, _number: int, _frame: object) -> None:
        if self._asked or not self._training:
            raise KeyboardInterrupt
        self._asked = True

    def __enter__(self) -> _Stop:
        self._handled = handled(self._handle)
        self._handled.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._handled.__exit__(None, None, None)
