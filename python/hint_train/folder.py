"""The output folder of a run: its name, and whether it may be written."""

from __future__ import annotations

import logging
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hint_train.checkpoint import write_atomically
from hint_train.config_file import read_config, read_data, to_table, to_toml
from hint_train.errors import ConfigError

if TYPE_CHECKING:
    from hint_train.config import Config

_log = logging.getLogger(__name__)
_FREE_TO_CHANGE = (
    "bits",
    "seeds",
    "device",
    "data_dir",
    "evaluation",
    "checkpoint_seconds",
    "entropy_unit",
    "tensorboard",
)
"""Options that may differ when a run is resumed: they do not change a code that was already learned."""
_MARKS = ("config.toml", "sweep.toml")
"""The first file that a run or a grid of runs writes."""
_UNFINISHED = tuple(f".{name}.partial" for name in _MARKS)


def choose(config: Config, out: Path | str | None) -> Path:
    """`out`, or a new name made of data set, method and time."""
    if out is not None:
        return Path(out)
    return Path("runs") / f"{Path(config.dataset).stem}-{config.method}-{time.strftime('%Y%m%d-%H%M%S')}"


def claim(folder: Path, config: Config, data: dict[str, Any], *, resume: bool, overwrite: bool) -> Path:
    """Make the folder ready for a new run, or check that it holds the run to be resumed.

    Parameters
    ----------
    data
        Fingerprint of the data set, kept beside the options in `config.toml`.

    Raises
    ------
    ConfigError
        The folder is not free; or there is no run to resume, or one with other options or other data.
    """
    written = folder / "config.toml"
    if resume:
        if not written.is_file():
            raise ConfigError(f"{folder} holds no run to resume: there is no config.toml")
        _check_same(read_config(written, config), config)
        _check_same_data(read_data(written), data)
    else:
        make_free(folder, overwrite=overwrite)
    write_atomically(written, to_toml(config, data).encode())
    return folder


def make_free(folder: Path, *, overwrite: bool) -> None:
    """Make sure that the folder exists and is empty; an earlier run in it is only removed where that was asked for."""
    if folder.exists() and not _is_free(folder):
        if not overwrite:
            raise ConfigError(
                f"{folder} is not empty; use --resume to continue it, --overwrite to start again, or another --out"
            )
        _empty(folder)
    folder.mkdir(parents=True, exist_ok=True)


def _is_free(folder: Path) -> bool:
    """Whether there is nothing in it but what is left of a run that was killed before it had written its options."""
    return folder.is_dir() and all(path.name in _UNFINISHED for path in folder.iterdir())


def _empty(folder: Path) -> None:
    """Remove an earlier run, and refuse to remove anything else."""
    if not any((folder / name).is_file() for name in _MARKS):
        raise ConfigError(f"{folder} does not look like an earlier run (no {_MARKS[0]}); --overwrite leaves it alone")
    shutil.rmtree(folder)


def _check_same(saved: Config, asked: Config) -> None:
    before, now = to_table(saved), to_table(asked)
    differing = [k for k in before if k not in _FREE_TO_CHANGE and before[k] != now.get(k)]
    if differing:
        raise ConfigError(f"--resume keeps the options of the run, but these differ: {', '.join(sorted(differing))}")


def _check_same_data(before: dict[str, Any], now: dict[str, Any]) -> None:
    if not before:
        _log.warning(
            "the run was begun by an earlier version, so whether the data are still the same cannot be checked"
        )
        return
    differing = [f"{k}: expected {before.get(k)}, got {value}" for k, value in now.items() if before.get(k) != value]
    if differing:
        raise ConfigError(
            f"--resume needs the data that the run was begun with, but they differ; {'; '.join(differing)}"
        )
