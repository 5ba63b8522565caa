"""The output folder of a run: its name, and whether it may be written."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hint_train.config.config_file import read_config, read_data, to_table, to_toml
from hint_train.errors import ConfigError
from hint_train.runs.owned import RUN, is_free, remove_run, write_manifest
from hint_train.training.checkpoint import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hint_train.methods.config import Config

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
        write_manifest(folder, RUN)  # a run of an earlier version has none
    else:
        make_free(folder, RUN, inputs(config), overwrite=overwrite)
    write_atomically(written, to_toml(config, data).encode())
    return folder


def make_free(folder: Path, files: Iterable[str], keep: Iterable[Path], *, overwrite: bool) -> None:
    """Make sure that the folder exists, is empty and says whose it is; an earlier run in it is only removed where that was asked for.

    Parameters
    ----------
    files
        What will be written, as `owned` lists it.
    keep
        What will be read.
    """
    if folder.exists() and not is_free(folder):
        if not overwrite:
            raise ConfigError(
                f"{folder} is not empty; use --resume to continue it, --overwrite to start again, or another --out"
            )
        remove_run(folder, keep)
    folder.mkdir(parents=True, exist_ok=True)
    write_manifest(folder, files)


def inputs(config: Config) -> list[Path]:
    """Files and folders that a run reads."""
    return [Path(name) for name in (config.dataset, config.data_dir, config.lpih.base) if name and Path(name).exists()]


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
