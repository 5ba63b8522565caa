"""The commands `hint-train` and `hint-encode`: the only place that reads arguments, prints and exits."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import tyro
from tqdm import tqdm

from hint_train.config import Config, Preset, preset
from hint_train.config_file import read_config
from hint_train.errors import ConfigError, TrainError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hint_train.result import Result
    from hint_train.trainer import Progress

_OUT_OF_MEMORY, _INTERRUPTED = 4, 130


@dataclass(frozen=True, slots=True)
class _Start:
    """Where the options come from before the command line changes them."""

    preset: Preset = "default"
    """Defaults to start from: what measures best, or the form of the paper's text."""
    config: Path | None = None
    """TOML file of options, such as the config.toml of an earlier run; applied over the preset."""
    out: Path | None = None
    """Output folder, new or empty; runs/<dataset>-<method>-<time> where not given."""
    resume: bool = False
    """Continue the run in --out from its checkpoints, with its options."""
    overwrite: bool = False
    """Empty --out first."""
    json: bool = False
    """Print the result as JSON on stdout instead of a table."""
    quiet: bool = False
    """No progress and no log on stderr, only warnings."""


@dataclass(frozen=True, slots=True)
class _Named:
    """The one option of a run that the defaults of the others depend on."""

    method: str | None = None


@dataclass(frozen=True, slots=True)
class _Train:
    """Learn hash codes for two modalities without labels, and measure them."""

    start: Annotated[_Start, tyro.conf.arg(name="")] = field(default_factory=_Start)
    options: Annotated[Config, tyro.conf.arg(name="")] = field(default_factory=Config)


@dataclass(frozen=True, slots=True)
class _Encode:
    """Turn feature rows into packed codes with the networks of a finished run."""

    run: Annotated[Path, tyro.conf.Positional]
    """Output folder of hint-train."""
    rows: Annotated[Path, tyro.conf.Positional]
    """Features: an .npy file of shape (n, d), or an .npz file that has the modality's key."""
    modality: Literal["image", "text"]
    """Which network encodes the rows."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """Where the codes go: .npy, uint8 of shape (n, bits / 8), least significant bit first."""
    bits: int | None = None
    """Code length, where the run has several."""
    seed: int | None = None
    """Seed, where the run has several; the first by default."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point of `hint-train`."""
    _exit_with(lambda: _train(sys.argv[1:] if arguments is None else arguments))


def encode_main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point of `hint-encode`."""
    _exit_with(lambda: _encode(sys.argv[1:] if arguments is None else arguments))


def _exit_with(work: Any) -> NoReturn:
    """Run `work` and exit: 0, or the code of what went wrong with one line on stderr."""
    try:
        work()
    except TrainError as error:
        _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        _fail("interrupted before training; nothing to resume", _INTERRUPTED)
    except (MemoryError, RuntimeError) as error:
        # torch reports a failed allocation on the CPU as a bare RuntimeError.
        if isinstance(error, MemoryError) or "out of memory" in str(error) or "can't allocate memory" in str(error):
            _fail(f"out of memory: {error}", _OUT_OF_MEMORY)
        raise
    sys.exit(0)


def _fail(message: str, code: int) -> NoReturn:
    print(f"error: {message}", file=sys.stderr)
    sys.exit(code)


def _train(arguments: Sequence[str]) -> None:
    start, _ = tyro.cli(_Start, args=arguments, return_unknown_args=True, add_help=False)
    named, _ = tyro.cli(_Named, args=arguments, return_unknown_args=True, add_help=False)
    method = named.method
    for file in (start.config, start.out / "config.toml" if start.resume and start.out else None):
        if file is not None and method is None:
            method = read_config(file, Config()).method
    base = preset(start.preset, method or Config().method)
    if start.config is not None:
        base = read_config(start.config, base)
    if start.resume:
        if start.out is None:
            raise ConfigError("--resume needs --out, the folder of the run to continue")
        base = read_config(start.out / "config.toml", base)
    chosen = tyro.cli(
        _Train,
        args=arguments,
        default=_Train(start, base),
        prog="hint-train",
        config=(tyro.conf.OmitArgPrefixes,),
    )
    level = logging.WARNING if start.quiet else logging.INFO
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr, force=True)
    # Threads that spin at barriers stall each other where cores are shared.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from hint_train.run import run  # torch is loaded only once the arguments are known to be good
    from hint_train.watch import Watch

    with _Bars(start.quiet) as bars, _stop_on_signals() as stop:
        watch = Watch(bars.stage, bars.progress, stop)
        result = run(chosen.options, start.out, resume=start.resume, overwrite=start.overwrite, watch=watch)
    print(result.to_json() if start.json else _table(result))


def _encode(arguments: Sequence[str]) -> None:
    chosen = tyro.cli(_Encode, args=arguments, prog="hint-encode")
    import numpy as np

    from hint_train.data.npz import read_rows
    from hint_train.saved import load

    rows = read_rows(chosen.rows, chosen.modality)
    codes = load(chosen.run).encode(rows, modality=chosen.modality, bits=chosen.bits, seed=chosen.seed)
    np.save(chosen.out, codes)


@contextlib.contextmanager
def _stop_on_signals() -> Iterator[Any]:
    """Ask the trainer to stop at the first Ctrl-C or SIGTERM; a second one, or one outside training, ends at once."""
    asked = False
    listening = False

    def handle(_number: int, _frame: object) -> None:
        nonlocal asked
        if asked or not listening:
            raise KeyboardInterrupt
        asked = True

    def stop() -> bool:
        nonlocal listening
        listening = True
        return asked

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Bars(contextlib.AbstractContextManager["_Bars"]):
    """Progress on stderr: one bar per code length and seed, with loss, lambda and time left."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: tqdm[Any] | None = None
        self._cell: tuple[int, int] | None = None

    def stage(self, name: str) -> None:
        self._close()
        if name in ("load", "prepare", "report"):
            logging.getLogger(__name__).info("%s ...", name)

    def progress(self, now: Progress) -> None:
        if self._cell != (now.bits, now.seed):
            self._close()
            self._cell = (now.bits, now.seed)
            # disable=None: no bar where stderr is no terminal
            disable = True if self._quiet else None
            self._bar = tqdm(total=now.n_steps, desc=f"{now.bits} bits, seed {now.seed}", disable=disable, initial=0)
        if self._bar is not None:
            self._bar.set_postfix(
                {k: f"{v:.4g}" for k, v in now.means.items() if k == "loss" or k.startswith("lambda")}, refresh=False
            )
            self._bar.update(now.step - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar, self._cell = None, None

    def __exit__(self, *_: object) -> None:
        self._close()


def _table(result: Result) -> str:
    """The figures as aligned text, ending with the output folder."""
    names: list[str] = []
    for directions in result.bits.values():
        names = [name for scores in directions.values() for name in scores][: len(next(iter(directions.values()), {}))]
    lines = [f"{result.method} on {result.dataset}"]
    if result.chance is None:
        lines.append("no labels: codes were written, nothing was measured")
    else:
        lines[0] += f", chance {result.chance:.3f}, ties: {result.tie_rule}"
        header = [f"{arrow} {name}" for arrow in ("I→T", "T→I") for name in names]
        lines.append("  ".join([f"{'bits':>5}", *(f"{h:>15}" for h in header)]))
        for bits, directions in result.bits.items():
            cells = [_cell(scores[name]) for scores in directions.values() for name in names]
            lines.append("  ".join([f"{bits:>5}", *(f"{c:>15}" for c in cells)]))
    lines.append(
        f"{result.seconds['total']:.1f} s, {result.peak_memory_bytes / 2**30:.2f} GB; written to {result.folder}"
    )
    return "\n".join(lines)


def _cell(figure: float | dict[str, Any]) -> str:
    return f"{figure['mean']:.4f} ± {figure['std']:.4f}" if isinstance(figure, dict) else f"{figure:.4f}"
