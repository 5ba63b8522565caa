"""The folder of a tree: a manifest that says what was asked and how far it is, the tables of finished rounds, and at the end the tree.

A build that was ended goes on at the last finished round. Nothing is removed that stands not below `WORK`, and there only what a build makes.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import narwhals as nw

from hint_se.errors import TreeError
from hint_se.files.whole import whole_file
from hint_se.tables.engines.engine import addresses, in_arrow, is_addresses, known_table
from hint_se.tables.engines.stores import version_of
from hint_se.tables.lock import taken

__all__ = ["MANIFEST", "NAMES", "TREE", "Manifest", "WorkFolder", "read_manifest", "source_of"]

MANIFEST, TREE, NAMES, WORK = "hint-tree.json", "tree.parquet", "names.parquet", "work"
_FORMAT, _VERSION = "hint-se tree of tables", 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a folder of a tree holds.

    Parameters
    ----------
    asked : dict
        Source and options of the build.
    rounds : int
        Rounds that are finished; -1 before the edges were cleaned.
    exponent : int
        Weights were counted in quanta of 2^-exponent.
    named : bool
        Whether leaves have names, in a table of their own.
    loops : int
        Self-loops among the edges.
    n_leaves : int
    n_edges : int
        Pairs of nodes with an edge.
    volume : float
        Of the graph, in the unit of the weights.
    finished : bool
    """

    asked: dict[str, Any]
    rounds: int = -1
    exponent: int = 0
    named: bool = False
    loops: int = 0
    n_leaves: int = 0
    n_edges: int = 0
    volume: float = 0.0
    finished: bool = False


def source_of(edges: Any) -> Any:
    """Return what tells edges from others: local files by name, size and time, Delta tables by version, tables in memory by what they hold, others by columns."""
    if not is_addresses(edges):
        frame = known_table(edges)
        if isinstance(frame, nw.DataFrame):
            return [*frame.columns, _digest(in_arrow(frame))]
        return frame.collect_schema().names() if isinstance(frame, nw.LazyFrame) else []
    found: list[list[Any]] = []
    for name in addresses(edges):
        local = sorted(glob.glob(name, recursive=True))  # noqa: PTH207  # an address, not a pattern below a folder
        known = [(file, Path(file).stat()) for file in local]
        version = version_of(name)
        files = [[file, about.st_size, about.st_mtime_ns] for file, about in known] or [[name]]
        found += files if version is None else [[name, version]]
    return found


def _digest(table: Any) -> str:
    """Return a hash of all values of a table of pyarrow, piece by piece."""
    import pyarrow

    hashed = hashlib.blake2b(digest_size=16)
    for batch in table.to_batches(max_chunksize=2**20):
        piece = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(piece, table.schema) as stream:
            stream.write_batch(batch)
        hashed.update(piece.getvalue())
    return hashed.hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a folder; TreeError if it is none."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if found.pop("format") != _FORMAT or found.pop("format_version") != _VERSION:
            raise ValueError(f"expected {_FORMAT}, version {_VERSION}")
        return Manifest(**found)
    except FileNotFoundError as error:
        raise TreeError(f"{folder}: expected the folder of a tree, got none with {MANIFEST}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TreeError(f"{folder / MANIFEST}: expected the manifest of a tree: {error}") from error


class WorkFolder:
    """A folder that a tree is built in.

    Parameters
    ----------
    folder : Path
        New or empty, or that of a build that was ended.
    asked : dict
        Source and options of this build.

    Raises
    ------
    ValueError
        If the folder holds something else, or another build is at work in it.
    """

    def __init__(self, folder: Path, asked: dict[str, Any]) -> None:
        self.folder = folder
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"out: expected a new or an empty folder, got {folder}, which is a file")
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = taken(folder)
        try:
            self.manifest = _manifest_for(folder, json.loads(json.dumps(asked)))
            self._work.mkdir(exist_ok=True)
            self.save()
            self.clear(self.manifest.rounds + 1)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let another build have the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def _work(self) -> Path:
        return self.folder / WORK

    @property
    def spill(self) -> Path:
        """Folder for what an engine spills."""
        return self._work / "spill"

    def table(self, name: str, level: int | None = None) -> Path:
        """Return the place of a table of a round, or of the last step where no round is given."""
        place = self._work / ("last" if level is None else f"round-{level:04d}")
        place.mkdir(exist_ok=True)
        return place / f"{name}.parquet"

    def save(self, **changes: Any) -> None:
        """Write the manifest, with changes: whole or not at all."""
        self.manifest = replace(self.manifest, **changes)
        text = json.dumps({"format": _FORMAT, "format_version": _VERSION, **asdict(self.manifest)}, indent=1)
        with whole_file(self.folder / MANIFEST) as file:
            file.write(text.encode())

    def drop(self, name: str, level: int) -> None:
        """Remove a table of a round that no later step reads."""
        _remove(self.table(name, level))

    def clear(self, first: int) -> None:
        """Remove what was spilled, what the last step made, and the tables of rounds from one on."""
        for place in (self.spill, self._work / "last", *self._rounds_from(first)):
            _remove(place)
        if self.manifest.rounds < 0:
            _remove(self.folder / NAMES)
        _remove(self.folder / TREE)

    def _rounds_from(self, first: int) -> list[Path]:
        """Return the folders of rounds that are there, from one on."""
        there = self._work.glob("round-[0-9][0-9][0-9][0-9]")
        return [place for place in there if int(place.name.removeprefix("round-")) >= first]

    def finish(self) -> None:
        """Say that the tree is whole, and remove what it was made of."""
        self.save(finished=True)
        for place in (self.spill, self._work / "last", *self._rounds_from(0)):
            _remove(place)
        if not any(self._work.iterdir()):
            self._work.rmdir()


def _manifest_for(folder: Path, asked: dict[str, Any]) -> Manifest:
    """Return the manifest that a build goes on with. One that has kept no round yet is begun anew."""
    if not (folder / MANIFEST).exists():
        if any(folder.iterdir()):
            raise ValueError(f"out: expected a new or an empty folder, got {folder}, which holds something else")
        return Manifest(asked=asked)
    manifest = read_manifest(folder)
    if manifest.finished:
        raise ValueError(f"out: expected a new or an empty folder, got {folder}, which holds a finished tree")
    if manifest.rounds < 0:
        return Manifest(asked=asked)
    for name in asked:
        if manifest.asked.get(name) != asked[name]:
            raise ValueError(
                f"out: {folder} holds an unfinished build whose {name} was {str(manifest.asked.get(name))[:80]}, not "
                f"{str(asked[name])[:80]}; ask for the same to go on, or choose another folder"
            )
    return manifest


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
