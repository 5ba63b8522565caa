"""The output folder of a run: its name, whether it may be written, and that nobody else writes there."""

from __future__ import annotations

import contextlib
import itertools
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hint_train.data import DATASETS
from hint_train.errors import ConfigError
from hint_train.methods.config import LISTED
from hint_train.runs.lock import locked
from hint_train.runs.owned import is_free, removable, remove_partial, remove_run, unlisted, write_manifest
from hint_train.whole import check_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hint_train.methods.config import Config


def choose(config: Config, out: Path | str | None) -> Path:
    """`out`, or a new name made of data set, method and time."""
    if out is not None:
        return Path(out)
    name = f"{Path(config.dataset).stem}-{config.method}-{time.strftime('%Y%m%d-%H%M%S')}"
    names = itertools.chain([name], (f"{name}-{i}" for i in itertools.count(2)))
    return next(folder for folder in (Path("runs") / name for name in names) if not folder.exists())


def located(config: Config) -> Config:
    """`config` with absolute paths, so that its run can be continued from any working directory.

    Raises
    ------
    ConfigError
        A path is not UTF-8, which the file of options has to be.
    """
    is_file = config.dataset not in DATASETS and config.dataset.endswith(".npz")
    dataset = _absolute(config.dataset) if is_file else config.dataset
    data_dir = None if config.data_dir is None else _absolute(config.data_dir)
    base = config.lpih.base if config.lpih.base in LISTED or not config.lpih.base else _absolute(config.lpih.base)
    images = None if config.images is None else _absolute(config.images)
    return replace(config, dataset=dataset, data_dir=data_dir, images=images, lpih=replace(config.lpih, base=base))


def _absolute(path: str) -> str:
    if any("\ud800" <= letter <= "\udfff" for letter in path):
        raise ConfigError(f"{path!r} is not UTF-8, and config.toml has to be; rename it, or go through a link")
    return str(Path(path).absolute())


def inputs(config: Config) -> list[Path]:
    """Files and folders that a run reads."""
    named = (config.dataset, config.data_dir, config.images, config.lpih.base)
    return [Path(name) for name in named if name and Path(name).exists()]


@contextlib.contextmanager
def hold(folder: Path, keep: Iterable[Path], *, resume: bool, overwrite: bool) -> Iterator[None]:
    """Have a folder to oneself, and know that it may be written, before any data are read; nothing in it is touched.

    Parameters
    ----------
    keep
        What will be read.
    resume
        What is in the folder is gone on with; else the folder is new or empty.
    overwrite
        Or else it holds an earlier run, which `begin` removes.

    Raises
    ------
    ConfigError
        The folder is not free, in use, or cannot be written.
    """
    keep = [*keep]
    with _refusing(folder):
        if not resume:
            _check_free(folder, keep, overwrite=overwrite)
        made = _make(folder)
    with contextlib.ExitStack() as stack:
        for path in made:
            stack.callback(_remove_if_empty, path)
        with _refusing(folder):
            check_folder(folder)
            stack.enter_context(locked(folder))
            if not resume:  # another process may have come between
                _check_free(folder, keep, overwrite=overwrite)
        yield


def begin(folder: Path, files: Iterable[str], keep: Iterable[Path], *, resume: bool) -> None:
    """Make a folder that is held one's own: remove the earlier run, or go on with it; then say what will be written.

    Parameters
    ----------
    files
        What will be written, as `owned` lists it.

    Raises
    ------
    ConfigError
        The earlier run cannot be removed, or is of a version that wrote fewer files, and another file has the name of a new one.
    """
    files = [*files]
    if not resume and not is_free(folder):
        remove_run(folder, keep)
    if taken := unlisted(folder, files):
        raise ConfigError(
            f"{folder} holds {', '.join(taken)}, which the run did not make and would now write; move it away"
        )
    write_manifest(folder, files)  # a run of an earlier version has none
    remove_partial(folder)


def _check_free(folder: Path, keep: Iterable[Path], *, overwrite: bool) -> None:
    if not folder.is_dir() or is_free(folder):
        return
    if not overwrite:
        raise ConfigError(
            f"{folder} is not empty; use --resume to continue it, --overwrite to start again, or another --out"
        )
    removable(folder, keep)


def _make(folder: Path) -> list[Path]:
    """Make a folder with those above it; the ones that were made, the outermost first."""
    made = [path for path in (folder, *folder.parents) if not path.exists()][::-1]
    for path in made:
        path.mkdir(exist_ok=True)
    if not made and not folder.is_dir():
        raise ConfigError(f"--out: expected a folder, got the file {folder}")
    return made


def _remove_if_empty(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.rmdir()


@contextlib.contextmanager
def _refusing(folder: Path) -> Iterator[None]:
    """Say in one sentence that a folder cannot be written, and why."""
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written ({error.strerror}); choose another --out") from error
