"""What a run made in its folder: the manifest that says so, and the removal of just that.

A folder belongs to a run if it holds the manifest, `hint-run.json`, which is written before anything else and lists every file that
the run may write, as paths relative to the folder in which `*` stands for any part of one name. Whatever it does not list is not the
run's: it is named and never removed.
"""

from __future__ import annotations

import json
import os
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from hint_train.errors import ConfigError
from hint_train.runs.lock import LOCK, is_locked
from hint_train.whole import partial_pattern, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MANIFEST = "hint-run.json"

_FORMAT = "hint-train folder"
_NAMED = 5
"""Foreign files named in a message."""


def write_manifest(folder: Path, files: Iterable[str]) -> None:
    """Say that `folder` belongs to a run that writes `files`."""
    content = {"format": _FORMAT, "version": 1, "files": [*files]}
    write_atomically(folder / MANIFEST, (json.dumps(content, indent=2) + "\n").encode())


def is_free(folder: Path) -> bool:
    """Whether there is nothing in it but what is left of a run that was killed before it had begun: manifest, lock, parts of these."""
    names = {path.name for path in folder.iterdir()} - {LOCK}
    rest = {name for name in names if not fnmatchcase(name, partial_pattern(MANIFEST))}
    return not rest or (rest == {MANIFEST} and _lists(folder) is not None)


def remove_partial(folder: Path) -> None:
    """Remove what killed processes left half-written of the files that the manifest lists."""
    patterns = [entry for entry in _lists(folder) or () if entry.endswith(".*partial")]
    for path in [*_entries(folder)]:
        if any(matches(path.relative_to(folder).as_posix(), pattern) for pattern in patterns) and path.is_file():
            path.unlink()


def remove_run(folder: Path, keep: Iterable[Path]) -> None:
    """Remove the files that the manifest lists, and the folders below `folder` that this leaves empty.

    Parameters
    ----------
    folder
        Folder of an earlier run; it stays, and so does its manifest, so that a removal that was cut short can be done again.
    keep
        What the next run reads: data set, folder of data, base.

    Raises
    ------
    ConfigError
        As `removable` does; nothing is removed then.
    """
    for path in removable(folder, keep):
        path.unlink()
    for path in reversed([*_entries(folder)]):
        if path.is_dir():
            path.rmdir()


def removable(folder: Path, keep: Iterable[Path]) -> list[Path]:
    """Files of the earlier run in `folder`, but for its manifest and lock.

    Raises
    ------
    ConfigError
        There is no manifest; or `folder` is a link, holds the working directory, something to keep, a run that is going on, or
        anything that the manifest does not list.
    """
    if folder.is_symlink():
        raise ConfigError(f"--overwrite does not follow links, and {folder} is one; name the folder itself with --out")
    real = folder.resolve()
    if Path.cwd().is_relative_to(real):
        raise ConfigError(f"--overwrite does not empty the working directory or a folder above it: {folder}")
    for path in keep:
        if path.resolve().is_relative_to(real):
            raise ConfigError(
                f"--overwrite would empty {folder}, which holds {path}, and that is needed; choose another --out"
            )
    listed = _read_manifest(folder)
    own, foreign = [], []
    for path in _entries(folder):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() and not path.is_symlink():
            if not any(matches(name, str(parent)) for entry in listed for parent in PurePosixPath(entry).parents):
                foreign.append(f"{name}/")
        elif path.is_symlink() or not any(matches(name, entry) for entry in listed):
            foreign.append(name)
        elif path.name == LOCK and path.parent != folder and is_locked(path):
            raise ConfigError(
                f"{path.parent} is in use by a run that is going on; --overwrite removes nothing in {folder}"
            )
        elif name not in (MANIFEST, LOCK):
            own.append(path)
    if foreign:
        more = f" and {len(foreign) - _NAMED} more" if len(foreign) > _NAMED else ""
        raise ConfigError(
            f"{folder} holds what no run made: {', '.join(sorted(foreign)[:_NAMED])}{more}; --overwrite removes nothing there. "
            "Move it away, or choose another --out"
        )
    return own


def unlisted(folder: Path, files: Iterable[str]) -> list[str]:
    """Names in `folder` that `files` list, but not the manifest of the earlier version that began the run: no run made them."""
    before, files = _lists(folder), [*files]
    if before is None:
        return []
    return sorted(
        path.name
        for path in folder.iterdir()
        if any(matches(path.name, entry) for entry in files) and not any(matches(path.name, entry) for entry in before)
    )


def _lists(folder: Path) -> list[str] | None:
    """What the manifest in `folder` lists; None where there is none."""
    try:
        return _read_manifest(folder)
    except ConfigError:
        return None


def _read_manifest(folder: Path) -> list[str]:
    """Entries of the manifest with those of files half written, and the manifest itself."""
    path = folder / MANIFEST
    if not folder.is_dir() or not path.is_file():
        raise ConfigError(
            f"{folder} is not the folder of an earlier run (it holds no {MANIFEST}), and --overwrite leaves it alone; "
            "choose another --out"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        entries = [MANIFEST, LOCK, *content["files"]]
        if content["format"] != _FORMAT or not all(map(_is_below, entries)):
            raise ValueError("it lists what is not below the folder")
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{path}: not the manifest of a run ({error}); --overwrite removes nothing in {folder}"
        ) from error
    paths = [PurePosixPath(entry) for entry in entries]
    return [*entries, *(str(p.with_name(partial_pattern(p.name))) for p in paths)]


def _is_below(entry: object) -> bool:
    return isinstance(entry, str) and bool(entry) and not entry.startswith("/") and ".." not in entry.split("/")


def matches(name: str, entry: str) -> bool:
    """Whether a relative path is one that an entry stands for, part by part."""
    parts, wanted = name.split("/"), entry.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def _entries(folder: Path) -> Iterator[Path]:
    """Everything below a folder, parents first; links are named and not followed."""
    for parent, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            yield Path(parent) / name
