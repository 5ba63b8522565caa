"""Build the wheel, install it in a clean environment, and say how large it is, how fast it imports and that its commands answer.

``python benchmarks/library/wheel.py`` writes ``results/wheel.md``; ``--check`` turns a missed mark into exit status 1. Everything happens in a
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
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure

ROOT = Path(__file__).resolve().parents[2]
RESULT = ROOT / "benchmarks" / "results" / "wheel.md"
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


def main() -> int:
    """Build, install, measure, write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit with 1 where the wheel is above its mark")
    options = parser.parse_args()
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
        size, largest = wheel.stat().st_size / 1e6, contents(wheel)
        # One after the other and again, so that a slow moment hits all alike; the first round fills caches.
        rounds = [[seconds(python, "-c", code, folder=folder) for code in IMPORTS] for _ in range(ROUNDS + 1)][1:]
        imports = [statistics.median(column) for column in zip(*rounds, strict=True)]
        answers = [(line, seconds(programs / line.split()[0], "--help", folder=folder)) for line in COMMANDS]
        (folder / "edges.txt").write_text("a b\nb c\nc a\nc d\nd e\ne f\nf d\n")
        built = run(programs / "hint-se", "build", "edges.txt", "-o", "tree.npz", folder=folder)
        labels = run(programs / "hint-se", "labels", "tree.npz", "--level", "1", folder=folder)
    held = size <= MOST_MEGABYTES
    text = f"# The wheel\n\n`python benchmarks/library/wheel.py`\n\n{measure.machine()}; {ROUNDS} rounds, medians of wall seconds.\n\n"
    text += f"`{wheel.name}`: {size:.2f} MB (mark {MOST_MEGABYTES:g} MB: {'held' if held else 'MISSED'}). Largest files, unpacked: "
    text += ", ".join(f"`{file}` {mb:.2f} MB" for file, mb in largest) + ".\n\n"
    text += "| in the clean environment | seconds |\n|---|---|\n"
    text += "".join(f'| `python -c "{code}"` | {took:.3f} |\n' for code, took in zip(IMPORTS, imports, strict=True))
    text += "".join(f"| `{line}` | {took:.2f} |\n" for line, took in answers)
    text += f"\nSeven edges of six nodes, `hint-se build edges.txt -o tree.npz` and `hint-se labels tree.npz --level 1`:\n\n```\n{built}{labels}```\n"
    RESULT.write_text(text, encoding="utf-8")
    measure.write(text)
    return int(options.check and not held)


if __name__ == "__main__":
    sys.exit(main())
