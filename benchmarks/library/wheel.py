"""Build the wheel, install it in a clean environment, and say how large it is, how fast it imports and that its commands answer.

``python benchmarks/library/wheel.py`` writes ``results/wheel.md`` and beside it ``wheel.jsonl``; ``--check`` turns a missed mark into exit status 1. Everything happens in a
folder that is deleted afterwards. Torch comes as constraints.txt pins it.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of
from benchmarks.records import RESULTS, ROOT, Records

COMMAND = "python benchmarks/library/wheel.py"
EDGES = "a b\nb c\nc a\nc d\nd e\ne f\nf d\n"
ANSWERS = (("build", "edges.txt", "-o", "tree.npz"), ("labels", "tree.npz", "--level", "1"))
MOST_MEGABYTES = 3.0
ROUNDS = 15
COMMANDS = ("hint-se --help", "hint-train --help", "hint-encode --help", "hint-data --help")
IMPORTS = ("pass", "import numpy", "import hint_se", "import hint_train")


def run(*command: str | Path, folder: Path) -> str:
    """Return what a command prints; its failure ends the program with what it said."""
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def seconds(*command: str | Path, folder: Path) -> float:
    """Wall seconds of a command."""
    started = time.perf_counter()
    run(*command, folder=folder)
    return time.perf_counter() - started


def contents(wheel: Path) -> list[tuple[str, float]]:
    """The three largest files of a wheel and their unpacked megabytes."""
    with zipfile.ZipFile(wheel) as archive:
        files = sorted(archive.infolist(), key=lambda item: -item.file_size)
    return [(item.filename, item.file_size / 1e6) for item in files[:3]]


def answers(folder: Path, *program: str | Path) -> dict[str, Figures]:
    """What `hint-se` says of seven edges of six nodes, by the command."""
    (folder / "edges.txt").write_text(EDGES)
    return {f"hint-se {' '.join(words)}": {"text": run(*program, *words, folder=folder)} for words in ANSWERS}


def groups(records: Records) -> Iterator[Group]:
    """The two answers of `hint-se`, asked of the sources here: building and installing a wheel takes the network."""
    lines = [line for line in records if "text" in line["value"]]
    cells = [cell_of(records, line, _untimed(line["value"]), "hint-se", tolerance=0) for line in lines]
    yield Group(name="answers", cells=cells, measure=_again, seconds=10)


def _again() -> dict[str, Figures]:
    with tempfile.TemporaryDirectory() as folder:
        said = answers(Path(folder), sys.executable, "-c", "from hint_se.cli import main; main()")
    return {name: _untimed(value) for name, value in said.items()}


def _untimed(value: Figures) -> Figures:
    """The lines of an answer but the one that says how long it took."""
    lines = [line for line in str(value["text"]).splitlines() if " s to build" not in line]
    return {f"line {i}": line for i, line in enumerate(lines, 1)}


REPLAY = Replay(groups=groups, left_out="seconds; the size of the wheel and of its files, which every commit changes")


def measured() -> dict[str, dict[str, Any]]:
    """Build and install the wheel in a folder that is deleted afterwards; all lines by name."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # --no-cache-dir: what is measured is what these sources build now.
        run(
            sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-cache-dir", "-w", folder, ROOT, folder=folder
        )
        wheel = next(folder.glob("*.whl"))
        venv.create(folder / "clean", with_pip=True)
        python, programs = folder / "clean/bin/python", folder / "clean/bin"
        run(python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", wheel, folder=folder)
        size = {"file": wheel.name, "megabytes": wheel.stat().st_size / 1e6, "largest": contents(wheel)}
        # One after the other and again, so that a slow moment hits all alike; the first round fills caches.
        rounds = [[seconds(python, "-c", code, folder=folder) for code in IMPORTS] for _ in range(ROUNDS + 1)][1:]
        imports = [statistics.median(column) for column in zip(*rounds, strict=True)]
        found: dict[str, dict[str, Any]] = {"wheel": size}
        found |= {
            f'python -c "{code}"': {"seconds": took, "digits": 3} for code, took in zip(IMPORTS, imports, strict=True)
        }
        for line in COMMANDS:
            took = seconds(programs / line.split()[0], "--help", folder=folder)
            found[line] = {"seconds": took, "digits": 2}
        return found | answers(folder, programs / "hint-se")


def main() -> int:
    """Build, install, measure, write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit with 1 where the wheel is above its mark")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--out", type=Path, default=RESULTS / "wheel.md")
    options = parser.parse_args()
    records = Records(options.out.with_suffix(".jsonl"), COMMAND, fresh=not options.render)
    for name, value in ({} if options.render else measured()).items():
        records.add({"name": name, "value": value})
    lines = {line["name"]: line["value"] for line in records}
    wheel = lines.pop("wheel")
    held = wheel["megabytes"] <= MOST_MEGABYTES
    text = f"# The wheel\n\n`{COMMAND}`\n\n{records.made_with()}; {ROUNDS} rounds, medians of wall seconds.\n\n"
    text += f"`{wheel['file']}`: {wheel['megabytes']:.2f} MB (mark {MOST_MEGABYTES:g} MB: {'held' if held else 'MISSED'}). Largest files, unpacked: "
    text += ", ".join(f"`{file}` {mb:.2f} MB" for file, mb in wheel["largest"]) + ".\n\n"
    text += "| in the clean environment | seconds |\n|---|---|\n"
    text += "".join(
        f"| `{name}` | {one['seconds']:.{one['digits']}f} |\n" for name, one in lines.items() if "seconds" in one
    )
    said = {name: one["text"] for name, one in lines.items() if "text" in one}
    text += f"\nSeven edges of six nodes, {' and '.join(f'`{name}`' for name in said)}:\n\n```\n{''.join(said.values())}```\n"
    options.out.write_text(text, encoding="utf-8")
    measure.write(text)
    return int(options.check and not held)


if __name__ == "__main__":
    sys.exit(main())
