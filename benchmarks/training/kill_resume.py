"""Kill `hint-train` at random moments, resume it, and compare with a run that nobody killed, bit for bit.

    python benchmarks/training/kill_resume.py                 20 moments: results/kill_resume.md and .jsonl
    python benchmarks/training/kill_resume.py --kills 5 --dataset pairs.npz

The moments are drawn from three kinds: anywhere between the start of the process and its end, while graph and tree are prepared,
and while a checkpoint is being written, as soon as the file beside it appears. Every fourth run is killed a second time on its
way. Compared are codes, weights, the tree, every figure of every epoch, and the retrieval figures.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of
from benchmarks.records import RESULTS, Records
from safetensors.numpy import load_file

COMMAND = "python benchmarks/training/kill_resume.py"
OPTIONS = (
    "--bits",
    "16",
    "32",
    "--epochs",
    "8",
    "--variant",
    "full",
    "--rebuild-every",
    "3",
    "--checkpoint-seconds",
    "0",
)
"""Everything that has a state: bank, communities, neighbours drawn by epoch, lambda, and a tree rebuilt from hash outputs."""
_PARTIAL = ".last.safetensors.*.partial"


@dataclass(frozen=True, slots=True)
class Kill:
    """When a process is killed: what it is called, and whether the moment has come for a folder at a second."""

    name: str
    due: Callable[[Path, float], bool]


def command(arguments: Sequence[object]) -> list[str]:
    """`hint-train` with this Python."""
    code = "from hint_train.cli.train import main; main()"
    return [sys.executable, "-c", code, *map(str, arguments), "--quiet", "--json"]


def finish(arguments: Sequence[object]) -> None:
    """Run to the end, or raise with what the run said."""
    done = subprocess.run(command(arguments), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"hint-train failed with {done.returncode}: {done.stderr.strip()}")


def killed(arguments: Sequence[object], folder: Path, kill: Kill) -> tuple[float, str] | None:
    """Start a run and kill it with SIGKILL when that is due; seconds it had and where it was, None if it ended before."""
    began = time.monotonic()
    with subprocess.Popen(command(arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None and not kill.due(folder, time.monotonic() - began):
                time.sleep(0.0005)
        finally:  # whatever happens
            process.kill()
    # A process that was just done when the signal came was not killed.
    return (time.monotonic() - began, where(folder)) if process.returncode == -signal.SIGKILL else None


def where(folder: Path) -> str:
    """What a killed run was doing, by what it left."""
    if not (folder / "config.toml").is_file():
        return "starting"
    if (folder / "model.safetensors").is_file():
        return "writing results"
    metrics = folder / "metrics.jsonl"
    if not metrics.is_file():
        return "preparing graph and tree"
    epochs = metrics.read_text().count("\n")
    torn = "writing a checkpoint, " if any(folder.rglob(_PARTIAL)) else ""
    return f"{torn}{epochs} epochs logged"


def resume(folder: Path, arguments: Sequence[object]) -> list[object]:
    """Arguments that go on with a killed run; one that had not written its options yet starts anew."""
    return ["--resume", "--out", folder] if (folder / "config.toml").is_file() else list(arguments)


def fingerprint(folder: Path) -> dict[str, str]:
    """SHA-256 of everything a run ends with but seconds and names."""
    tree = folder / "tree.npz"  # not every method has one
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    metrics = [{k: v for k, v in line.items() if k != "seconds"} for line in lines]
    result = json.loads((folder / "result.json").read_text())
    parts: dict[str, Any] = {
        "codes": dict(np.load(folder / "codes.npz")),
        "weights": load_file(folder / "model.safetensors"),
        "tree": dict(np.load(tree)) if tree.is_file() else {},
        "metrics": metrics,
        "result": {k: result[k] for k in ("bits", "structure", "chance")},
    }
    return {name: _digest(part) for name, part in parts.items()}


def _digest(part: Any) -> str:
    digest = hashlib.sha256()
    if isinstance(part, dict) and all(isinstance(x, np.ndarray) for x in part.values()):
        for key in sorted(part):
            digest.update(f"{key} {part[key].dtype} {part[key].shape}".encode() + part[key].tobytes())
    else:
        digest.update(json.dumps(part, sort_keys=True).encode())
    return digest.hexdigest()


def anywhere(rng: random.Random, seconds: float) -> Kill:
    """A moment between start and end."""
    moment = rng.uniform(0, seconds)
    return Kill("anywhere", lambda _, now: now >= moment)


def in_preparation(rng: random.Random, seconds: float) -> Kill:
    """A moment after the options were written and before training."""
    delay, seen = rng.uniform(0, 0.05 * seconds), [0.0]

    def due(folder: Path, now: float) -> bool:
        if not (folder / "config.toml").is_file():
            return False
        seen[0] = seen[0] or now
        return now >= seen[0] + delay or (folder / "metrics.jsonl").is_file()

    return Kill("in preparation", due)


def in_checkpoint(rng: random.Random, _seconds: float) -> Kill:
    """As soon as the file beside some checkpoint is seen."""
    left, before = [rng.randrange(1, 10)], [False]

    def due(folder: Path, _now: float) -> bool:
        present = any(folder.glob(f"checkpoints/*/{_PARTIAL}"))
        left[0] -= present and not before[0]
        before[0] = present
        return present and left[0] <= 0

    return Kill("in a checkpoint", due)


def after_checkpoint(_rng: random.Random, _seconds: float) -> Kill:
    """As soon as there is a whole checkpoint."""
    return Kill("after a checkpoint", lambda folder, _: any(folder.glob("checkpoints/*/last.safetensors")))


KINDS = (anywhere, in_checkpoint, anywhere, in_preparation, anywhere)


def kill_and_resume(
    dataset: str,
    options: Sequence[str],
    kills: Sequence[Callable[[random.Random, float], Kill]],
    seed: int,
    scratch: Path,
) -> list[dict[str, Any]]:
    """One row per kill: when, where, and which parts of the resumed run differ from the one that was left alone."""
    arguments = ["--dataset", dataset, *options]
    began = time.monotonic()
    finish([*arguments, "--out", scratch / "whole"])
    seconds = time.monotonic() - began
    expected, rng = fingerprint(scratch / "whole"), random.Random(seed)
    rows: list[dict[str, Any]] = []
    for i, kind in enumerate(kills):
        folder = scratch / f"killed{i}"
        begin = [*arguments, "--out", folder]
        found, kill = None, kind(rng, seconds)
        while found is None:  # it ended before the moment came: another moment
            if folder.exists():
                begin = [*arguments, "--out", folder, "--overwrite"]
                kill = kind(rng, seconds)
            found = killed(begin, folder, kill)
        places = [found[1]]
        if i % 4 == 3:  # once more on the way
            second = killed(resume(folder, begin), folder, anywhere(rng, seconds))
            places += [second[1]] if second else []
        if not (folder / "result.json").is_file():
            finish(resume(folder, begin))
        differing = [name for name, value in fingerprint(folder).items() if value != expected[name]]
        rows.append({"kind": kill.name, "seconds": found[0], "where": places, "differing": differing})
        measure.write(
            f"{i + 1}: {kill.name}, {found[0]:.2f} s, {'; then '.join(places)}: {', '.join(differing) or 'equal'}\n"
        )
    return rows


def groups(records: Records) -> Iterator[Group]:
    """Every five kills beside one run that is left alone: the moments are drawn anew, the end has to be the same."""
    lines = list(records)
    for start in range(0, len(lines), len(KINDS)):
        part = lines[start : start + len(KINDS)]
        cells = [cell_of(records, line, _figures(line["value"]), line["value"]["kind"], tolerance=0) for line in part]
        names = [cell.name for cell in cells]
        yield Group(name=f"{names[0]} and on", cells=cells, measure=partial(_again, names, start), seconds=120)


def _again(names: list[str], seed: int) -> dict[str, Figures]:
    with tempfile.TemporaryDirectory() as scratch:
        rows = kill_and_resume("shapes", OPTIONS, KINDS[: len(names)], seed, Path(scratch))
    return {name: _figures(row) for name, row in zip(names, rows, strict=True)}


def _figures(row: dict[str, Any]) -> Figures:
    return {"differing": ", ".join(row["differing"]) or "nothing"}


REPLAY = Replay(groups=groups, left_out="the moments of the kills, and seconds")


def report(records: Records, dataset: str, options: Sequence[str]) -> str:
    """The page of results."""
    rows = [line["value"] for line in records]
    equal = sum(not row["differing"] for row in rows)
    text = f"# Killed and resumed\n\n`{COMMAND}`: {records.made_with()}.\n\n"
    text += f"`hint-train --dataset {dataset} {' '.join(options)}`, killed by SIGKILL and resumed to the end; codes, weights, "
    text += "tree, the figures of all epochs and the retrieval figures compared with a run that was left alone.\n\n"
    text += f"**{equal} of {len(rows)} equal bit for bit.**\n\n"
    lines = [
        (i + 1, row["kind"], f"{row['seconds']:.2f}", "; then ".join(row["where"]), ", ".join(row["differing"]) or "no")
        for i, row in enumerate(rows)
    ]
    return text + measure.table(("kill", "moment", "after s", "it was", "differs"), lines)


def main() -> None:
    """Kill, resume, compare, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--dataset", default="shapes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--out", type=Path, default=RESULTS / "kill_resume.md")
    chosen = parser.parse_args()
    records = Records(chosen.out.with_suffix(".jsonl"), COMMAND, ("torch",), fresh=not chosen.render)
    if not chosen.render:
        kinds = [KINDS[i % len(KINDS)] for i in range(chosen.kills)]
        with tempfile.TemporaryDirectory() as scratch:
            rows = kill_and_resume(chosen.dataset, OPTIONS, kinds, chosen.seed, Path(scratch))
        for i, row in enumerate(rows):
            records.add({"name": f"kill {i + 1}, {row['kind']}", "value": row})
    chosen.out.write_text(report(records, Path(chosen.dataset).name, OPTIONS))
    if any(line["value"]["differing"] for line in records):
        raise SystemExit("some resumed runs differ")


if __name__ == "__main__":
    main()
