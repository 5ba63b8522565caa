"""The emoji set in build/emoji: its packages, fetched by npm where they are not there, and what `hint-data prepare emoji` makes of them."""

from __future__ import annotations

import functools
import hashlib
import shutil
import subprocess

import numpy as np
from benchmarks.records import ROOT, Records

from hint_train.cli.prepare import Prepare, PrepareEmoji, prepare
from hint_train.data import load_dataset
from hint_train.data.pairs import PairedData
from hint_train.data.sources.emoji import read_manifest

FOLDER = ROOT / "build" / "emoji"
PATH = FOLDER / "emoji.npz"
NAME = "emoji"
LEVELS = {"subgroup": "labels", "group": "labels_group"}
"""The two levels of the hierarchy, to the keys of the file that hold them."""


def made() -> None:
    """Make the file where it is not there."""
    if PATH.is_file():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    manifest = read_manifest()
    files = []
    for package in (manifest.images, manifest.captions):
        files.append(FOLDER / f"{package.name}-{package.version}.tgz")
        if not files[-1].is_file():
            npm = shutil.which("npm")
            if npm is None:
                raise SystemExit(
                    f"{files[-1].relative_to(ROOT)} is missing, and npm, which fetches it, is not installed"
                )
            subprocess.run([npm, *package.command.split()[1:]], cwd=FOLDER, check=True, capture_output=True)
    prepare(Prepare(PrepareEmoji(images=files[0], captions=files[1], out=PATH)))


@functools.cache
def emoji() -> PairedData:
    """The pairs, whose labels are the subgroups."""
    made()
    return load_dataset(str(PATH))


@functools.cache
def classes(level: str) -> np.ndarray:
    """(N, c) bool, the classes of every pair at a level."""
    made()
    with np.load(PATH) as held:
        return held[LEVELS[level]].astype(bool)


@functools.cache
def digest() -> str:
    """First digits of the SHA-256 of all that figures are made from; the file itself holds the time of its making."""
    data, found = emoji(), hashlib.sha256()
    for array in (data.image, data.text, *map(classes, LEVELS), data.query, data.retrieval, data.train):
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:12]


def same_set(records: Records) -> None:
    """Note what the figures are made from; ends where they were made from something else."""
    seen = records.header.setdefault("data", {})
    if NAME not in seen:
        seen[NAME] = digest()
        records.write()
    if seen[NAME] != digest():
        raise SystemExit(
            f"the features are not those that {records.path.name} was made from; --fresh forgets its figures"
        )
