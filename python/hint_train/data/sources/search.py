"""The search for a data set in a folder: every layout is tried, every file is accounted for, pairs become rows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hint_train.data.parts import NO_PARTS, Parts
from hint_train.data.raw import NO_RAW, Raw
from hint_train.data.sources.layouts import FINDERS, Candidate
from hint_train.data.sources.segments import oriented
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hint_train.data.sources.layouts import Attempt
    from hint_train.data.sources.manifest import Manifest, Split
    from hint_train.data.sources.segments import PairsIn, Segment

_SHOWN = 12
"""Most names of files that belong to nothing in a message."""


@dataclass(frozen=True, slots=True)
class Located:
    """A data set that was found and not yet read.

    Attributes
    ----------
    layout, files
        Name of the layout, and what belongs to it.
    segments
        One row per pair: under `all` where one set of arrays holds every row, else under `query`, `database` and perhaps `train`.
    split
        Row numbers, where the layout brings them; otherwise the manifest's rule applies to `all`.
    parts
        Objects and words of the rows of `all`, where the layout brings them.
    raw
        What the rows of `all` came from, where the layout says it.
    notes
        What is read, what else is complete, what was passed over and why.
    """

    layout: str
    files: tuple[Path, ...]
    segments: Mapping[str, Segment]
    split: Split | None = None
    parts: Parts = NO_PARTS
    raw: Raw = NO_RAW
    notes: tuple[str, ...] = ()


def locate(manifest: Manifest, data_dir: Path | None, pairs_in: PairsIn = "auto") -> Located:
    """Find the first layout that is complete in `data_dir` or in a folder of the data set's name below it.

    Parameters
    ----------
    manifest
        What is looked for.
    data_dir
        Where; None is an error that says what belongs there.
    pairs_in
        Whether pairs are rows or columns of all matrices; `auto` goes by the sizes.

    Raises
    ------
    DataError
        None is complete; the message lists what is needed, and says of what is there what is wrong with it.
    """
    if data_dir is None:
        raise DataError(f"{manifest.name} needs --data-dir, the folder with its files. {needed(manifest)}")
    if not data_dir.is_dir():
        raise DataError(f"{data_dir}: no such folder. {needed(manifest)}")
    folders = list(_folders(data_dir, manifest))
    attempts = [attempt for folder in folders for finder in FINDERS for attempt in finder(folder, manifest)]
    outcomes = [_outcome(attempt, manifest, pairs_in) for attempt in attempts]
    complete = [found for found in outcomes if isinstance(found, Located)]
    reasons = [found for found in outcomes if isinstance(found, str)]
    if not complete:
        partly = f" Found in part: {'; '.join(reasons)}." if reasons else ""
        others = _unknown(folders, reasons)
        raise DataError(f"no complete layout of {manifest.name} in {data_dir}.{partly}{others} {needed(manifest)}")
    first, *rest = complete
    notes = [f"read {_shown(first)}"]
    notes += [f"not read, though complete as well: {_shown(other)}" for other in rest]
    notes += [f"not read: {reason}" for reason in reasons]
    return Located(
        first.layout, first.files, first.segments, first.split, first.parts, first.raw, (*notes, *first.notes)
    )


def _outcome(attempt: Attempt, manifest: Manifest, pairs_in: PairsIn) -> Located | str | None:
    """What an attempt found, with pairs as rows, or why it is no data set."""
    try:
        found = attempt()
        if not isinstance(found, Candidate):
            return found
        segments = oriented(manifest.name, found.segments, manifest.labels, pairs_in)
        split = found.split(next(iter(segments.values())).labels.shape[0])
        return Located(found.layout, found.files, segments, split, found.parts, found.raw, found.notes)
    except DataError as error:
        return str(error)


def _shown(located: Located) -> str:
    folder = Path(os.path.commonpath([path.parent for path in located.files]))
    return f"{located.layout}: {', '.join(str(path.relative_to(folder)) for path in located.files)} in {folder}"


def _unknown(folders: Sequence[Path], reasons: Sequence[str]) -> str:
    """The names of what lies there and in no reason, as a sentence; empty where nothing does."""
    told = "; ".join(reasons)
    names = [path.name + "/" * path.is_dir() for folder in folders for path in sorted(folder.iterdir())]
    unknown = [name for name in names if name.rstrip("/") not in told]
    if not unknown:
        return ""
    more = f" and {len(unknown) - _SHOWN:,} more" if len(unknown) > _SHOWN else ""
    pickled = "; pickles are never read" if any(name.lower().endswith((".pkl", ".pickle")) for name in unknown) else ""
    return f" Also there, and part of no layout by name: {', '.join(unknown[:_SHOWN])}{more}{pickled}."


def _folders(data_dir: Path, manifest: Manifest) -> Iterator[Path]:
    yield data_dir
    below = {path.name.lower(): path for path in sorted(data_dir.iterdir()) if path.is_dir()}
    yield from (below[name] for name in manifest.folders if name in below)


def needed(manifest: Manifest) -> str:
    """What has to be where, one line for each layout."""
    lines = [f"Put one of these into the data folder, or into {manifest.folders[0]}/ below it ({manifest.title}):"]
    lines += [f"  {layout}: {files}" for layout, files in manifest.layouts.items()]
    return "\n".join(lines)
