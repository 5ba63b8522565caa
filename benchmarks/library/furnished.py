"""A folder as a user has it, with data, notes and a finished run, and what is missing of it afterwards."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import hint_train

OPTIONS = ("--bits", "8", "--epochs", "6", "--batch", "16", "--hidden", "64", "--checkpoint-seconds", "0", "--quiet")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a case ended with: exit code, what was said, and what was lost."""

    code: int
    said: str
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of the user's: a data set, notes, rows to encode, a tree, and the finished run `out`."""

    folder: Path
    expected: dict[str, bytes]

    def kept(self, *changing: str) -> tuple[str, ...]:
        """Names of files that are gone or have other bytes; `changing` may be other, but have to be whole."""
        lost = []
        for name, content in self.expected.items():
            path = self.folder / name
            whole = path.is_file() and (name in changing or path.read_bytes() == content)
            lost += [] if whole else [name]
        left = [p.name for p in self.folder.rglob("*") if ".partial" in p.name or p.name == "hint-run.lock"]
        return (*lost, *left)


def command(name: str, *arguments: object) -> list[str]:
    """`hint-train`, `hint-encode` or `hint-se` with this Python."""
    module = {"hint-se": "hint_se.cli"}.get(name, f"hint_train.cli.{name.removeprefix('hint-')}")
    return [sys.executable, "-c", f"from {module} import main; main()", *map(str, arguments)]


def call(words: list[str], folder: Path, **options: Any) -> Seen:
    """Run a command to its end."""
    done = subprocess.run(words, cwd=folder, capture_output=True, check=False, timeout=300, **options)
    return Seen(done.returncode, done.stderr.decode(errors="replace").strip())


def furnish(folder: Path) -> Place:
    """Make a place with a finished run of 8 bits: a copy of the first one that was made."""
    if not _MADE:
        _MADE.append(folder.parent / "first")
        _make(_MADE[0])
    shutil.copytree(_MADE[0], folder)
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return Place(folder, files)


_MADE: list[Path] = []


def _make(folder: Path) -> None:
    folder.mkdir()
    rng = np.random.default_rng(0)
    labels = np.eye(3, dtype=np.uint8)[rng.integers(3, size=90)]
    image, text = rng.standard_normal((90, 5)), rng.standard_normal((90, 4))
    parts = {"query": np.arange(18), "retrieval": np.arange(18, 90)}
    np.savez(folder / "pairs.npz", image=image, text=text, labels=labels, **parts)
    np.save(folder / "rows.npy", rng.standard_normal((50_000, 5)).astype(np.float32))
    np.save(folder / "codes.npy", np.zeros((9, 1), np.uint8))
    np.savez(folder / "edges.npz", edges=np.stack([np.arange(9000) % 3000, 3000 + rng.integers(0, 3000, 9000)], axis=1))
    (folder / "notes.txt").write_text("years of work")
    for words in (
        command("hint-train", "--dataset", "pairs.npz", *OPTIONS, "--out", "out"),
        command("hint-se", "build", "edges.npz", "-o", "tree.npz", "--quiet", "--effort", "fast"),
    ):
        done = call(words, folder)
        if done.code:
            raise SystemExit(f"the place cannot be made: {done.said}")


def codes(folder: Path) -> dict[str, bytes]:
    """All codes of a run."""
    with np.load(folder / "codes.npz") as found:
        return {key: found[key].tobytes() for key in found}


GROWING = [
    f"out/{name}"
    for name in ("metrics.jsonl", "config.toml", "hint-run.json", "tree.npz", "model.safetensors", "codes.npz")
]
GROWING += ["out/training.png", "out/precision_recall.png", "out/curves.json", "out/result.json"]
#: What a run that grows replaces, each by a whole file.


def missing(place: Place) -> tuple[str, ...]:
    """Codes of the finished run that its folder no longer has, or that its model no longer gives."""
    with np.load(io.BytesIO(place.expected["out/codes.npz"])) as before:
        wanted = {key: before[key].tobytes() for key in before}
    lost = [key for key, value in wanted.items() if codes(place.folder / "out").get(key) != value]
    with np.load(place.folder / "pairs.npz") as data:
        image = hint_train.load(place.folder / "out").encode(data["image"], modality="image", bits=8)
    return (*lost, *(["model"] if image.tobytes() != wanted["bits8-seed0-image"] else []))
