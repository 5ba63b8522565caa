"""The commands and a training step of the working tree beside those of another commit, in turn, each in processes of their own.

    python benchmarks/training/against.py --base 7e5def2             every part: half an hour
    python benchmarks/training/against.py --parts start step         without whole runs
    python benchmarks/training/against.py --check                    exit with 1 where a mark is missed

Seconds are processor seconds; a ratio is the median over the rounds, in each of which every side works once. The compiled core is
that of the working tree on both sides. A step of UCCH is that of `bench_step.py`, which shares no code with the packages.
fashion20k is read from HINT_SHARED_DATA. Writes benchmarks/results/against_training.md and beside it against_training.jsonl.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Replay
from benchmarks.records import RESULTS, ROOT, Records
from benchmarks.training.figures import SHARED

COMMAND = "python benchmarks/training/against.py"
BASE, ROUNDS = "7e5def2", 5
REPLAY = Replay(left_out="all of it: ratios of times")
BASE_SIDE, HERE, BARE, UCCH = "base", "here", "bare", "ucch"
_STEPS = 20
Row = dict[str, Any]

#: What is compared with what, and the most that it may take: a ratio, or with "+" so many seconds more.
MARKS: dict[str, tuple[str, float | None, str]] = {
    "hint-se --help": (BARE, 0.3, "+"),
    "hint-train --help": (BARE, 0.3, "+"),
    "hint-encode, ten rows": (BASE_SIDE, 0.5, "x"),
    "hint-search --help": (BASE_SIDE, None, "x"),
    "hint-data --help": (BASE_SIDE, None, "x"),
    "step": (BASE_SIDE, None, "x"),
    "step of UCCH": (UCCH, 1.0, "x"),
    "whole run, shapes": (BASE_SIDE, None, "x"),
    "whole run, fashion20k": (BASE_SIDE, 0.6, "x"),
}


@contextlib.contextmanager
def sides(base: str) -> Iterator[dict[str, Path]]:
    """The packages of the base commit, with the core of the working tree, and those of the working tree."""
    with tempfile.TemporaryDirectory() as name:
        archive = subprocess.run(["git", "-C", str(ROOT), "archive", base, "python"], check=True, capture_output=True)
        subprocess.run(["tar", "-x", "-C", name], input=archive.stdout, check=True)
        for core in (ROOT / "python" / "hint_se").glob("_core*.so"):
            shutil.copy(core, Path(name) / "python" / "hint_se")
        yield {BASE_SIDE: Path(name) / "python", HERE: ROOT / "python"}


def environment(side: Path | None) -> dict[str, str]:
    """One thread, and the packages of a side."""
    return measure.threads() | ({} if side is None else {"PYTHONPATH": str(side)})


def seconds_of(words: list[str], side: Path | None) -> float:
    """Processor seconds of a process of this Python."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, env=environment(side))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{words}: {done.stderr.strip()[-500:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def command(name: str, *arguments: str) -> list[str]:
    """A command of the packages as arguments of Python."""
    module, function = ("hint_se.cli", "main") if name == "se" else ("hint_train.cli", f"{name}_main")
    return ["-c", f"from {module} import {function}; {function}()", *arguments]


def commands(folder: Path) -> dict[str, Callable[[int], list[str]]]:
    """What is started, by name; told the round."""
    run, rows = folder / "run", folder / "ten.npy"
    whole = ("--bits", "64", "--quiet", "--json", "--overwrite", "--out", str(folder / "whole"))
    encode = (str(run), "--features", str(rows), "--modality", "image", "-o", str(folder / "codes.npy"))
    found = {
        "hint-se --help": command("se", "--help"),
        "hint-train --help": command("train", "--help"),
        "hint-search --help": command("search", "--help"),
        "hint-data --help": command("data", "--help"),
        "hint-encode, ten rows": command("encode", *encode),
        "whole run, shapes": command("train", *whole),
        "whole run, fashion20k": command("train", "--dataset", str(SHARED / "fashion20k.npz"), *whole),
    }
    return {name: lambda _, words=words: words for name, words in found.items()}


def make_run(folder: Path) -> None:
    """A small run, and ten rows to encode."""
    import numpy as np

    seconds_of(
        command("train", "--bits", "16", "--epochs", "1", "--quiet", "--out", str(folder / "run")), ROOT / "python"
    )
    np.save(folder / "ten.npy", np.random.default_rng(0).random((10, 272), dtype=np.float32))


def serve_steps(which: str) -> None:
    """Do so many steps as each line of stdin says; processor seconds of one, and a digest of the state."""
    import torch
    from benchmarks.training import bench_step

    from hint_train import Config

    config, pairs = Config(), bench_step.training_pairs()
    if which == UCCH:
        step = bench_step.PlainUcch(torch.from_numpy(pairs.image), torch.from_numpy(pairs.text), config, 64).step
        state: dict[str, torch.Tensor] = {}
    else:
        method, step = bench_step.hint_method(pairs, config, 64, Path())
        state = method.state()
    source = torch.Generator().manual_seed(0)
    measure.write("ready\n")
    for line in sys.stdin:
        batches = [torch.randperm(len(pairs), generator=source)[: config.optimiser.batch] for _ in range(int(line))]
        began = time.process_time()
        for index in batches:
            step(index)
        used = (time.process_time() - began) / len(batches)
        digest = hashlib.sha256(b"".join(x.detach().numpy().tobytes() for _, x in sorted(state.items()))).hexdigest()
        measure.write(json.dumps({"cpu": used, "result": digest[:16]}) + "\n")


class Stepper(contextlib.AbstractContextManager["Stepper"]):
    """A process that does steps when it is asked to."""

    def __init__(self, which: str, side: Path) -> None:
        words = [sys.executable, __file__, "--steps", which]
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(side),
        )
        if self._answer() != "ready":
            raise SystemExit(f"the steps of {which} did not begin")
        self.ask(5)  # what is made once

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def ask(self, count: int) -> Row:
        """Do so many steps."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        found: Row = json.loads(self._answer())
        return found

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def measured(parts: list[str], rounds: int, base: str) -> Iterator[Row]:
    """A row for each name, side and round."""
    with sides(base) as both, tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        make_run(folder)
        steppers = {}
        if "step" in parts:
            places = {BASE_SIDE: both[BASE_SIDE], HERE: both[HERE], UCCH: both[HERE]}
            steppers = {which: stack.enter_context(Stepper(which, side)) for which, side in places.items()}
        starts = {
            n: make for n, make in commands(folder).items() if ("run" if n.startswith("whole") else "start") in parts
        }
        for round_ in range(rounds):
            order = list(both)[:: 1 if round_ % 2 else -1]
            for which in [*order, UCCH] if steppers else []:
                yield {
                    "what": "step",
                    "side": which,
                    "round": round_,
                    "load": os.getloadavg()[0],
                    **steppers[which].ask(_STEPS),
                }
            if "start" in parts:
                bare = seconds_of(["-c", "pass"], None)
                yield {"what": BARE, "side": BARE, "round": round_, "load": os.getloadavg()[0], "cpu": bare}
            for what, make in starts.items():
                for side in order:
                    load = os.getloadavg()[0]
                    yield {
                        "what": what,
                        "side": side,
                        "round": round_,
                        "load": load,
                        "cpu": seconds_of(make(round_), both[side]),
                    }


def compared(rows: list[Row]) -> list[tuple[list[str], bool]]:
    """The cells of each mark that was measured, and whether it holds."""
    lines = []
    for name, (other, most, how) in MARKS.items():
        what = "step" if name.startswith("step") else name
        ours = {row["round"]: row for row in rows if row["what"] == what and row["side"] == HERE}
        theirs = {row["round"]: row for row in rows if row["side"] == other and row["what"] in (what, other)}
        if not ours:
            continue
        pairs = [(ours[i]["cpu"], theirs[i]["cpu"]) for i in sorted(ours)]
        found = [a - b if how == "+" else a / b for a, b in pairs]
        same = [ours[i]["result"] == theirs[i]["result"] for i in ours if "result" in ours[i] and other == BASE_SIDE]
        holds = (most is None or median(found) <= most) and all(same)
        unit = " s more" if how == "+" else " x"
        cells = [name, other, f"{median(b for _, b in pairs):.3g} s", f"{median(a for a, _ in pairs):.3g} s"]
        cells += [
            f"{median(found):.2f}{unit}",
            f"{min(found):.2f} to {max(found):.2f}",
            "" if most is None else f"{most:g}{unit}",
        ]
        lines.append(([*cells, ("yes" if all(same) else "NO") if same else "", "yes" if holds else "NO"], holds))
    return lines


HEAD = ["", "beside", "that", "here", "ratio", "rounds", "mark", "same bits", "holds"]


def report(records: Records, base: str) -> tuple[str, int]:
    """The report, and the number of missed marks."""
    rows = [line["value"] for line in records]
    lines, loads = compared(rows), [row["load"] for row in rows]
    text = (
        f"# The trainer beside itself\n\n`{COMMAND} --base {base}`\n\n{records.made_with()}\n\n"
        f"Medians of processor seconds over {1 + max(row['round'] for row in rows)} rounds, one thread; base is commit {base}, bare an "
        f"interpreter that does nothing, ucch a plain step of UCCH. Load of the machine: {min(loads):.1f} to {max(loads):.1f}.\n\n"
    )
    return text + measure.table(HEAD, [cells for cells, _ in lines]), sum(not holds for _, holds in lines)


def main() -> None:
    """Let the sides take turns, show and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", choices=(BASE_SIDE, HERE, UCCH), help=argparse.SUPPRESS)
    parser.add_argument("--base", default=BASE, help="the commit to compare with")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--parts", nargs="+", choices=("start", "step", "run"), default=["start", "step", "run"])
    parser.add_argument("--out", type=Path, default=RESULTS / "against_training.md")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a mark is missed")
    options = parser.parse_args()
    if options.steps:
        serve_steps(options.steps)
        return
    records = Records(options.out.with_suffix(".jsonl"), COMMAND, ("torch", "tyro"), fresh=True)
    for row in measured(options.parts, options.rounds, options.base):
        records.add({"name": f"{row['what']}, {row['side']}, round {row['round']}", "value": row})
        measure.write(f"{row['what']}, {row['side']}: {row['cpu']:.4g} s\n")
    text, missed = report(records, options.base)
    options.out.write_text(text)
    measure.write(f"\n{text}\n{missed} marks missed; report in {options.out}\n")
    sys.exit(1 if options.check and missed else 0)


if __name__ == "__main__":
    main()
