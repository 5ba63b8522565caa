"""Let everything go wrong around `hint-train`, `hint-encode` and `hint-se`, and look whether anything of the user's is lost.

    python benchmarks/library/nothing_lost.py             every case: results/nothing_lost.md

Each case has a data set, a finished run and notes of the user's beside them. It does its harm, and then: the data set, the notes and every
file that was complete are as they were, or complete again; what was said is one sentence; and a run that was cut short goes on to the
codes of a run that nobody disturbed. Where this process may mount, full and read-only disks are file systems of their own in memory;
elsewhere a limit on the size of files and a folder of /proc stand for them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.library.furnished import GROWING, OPTIONS, Seen, call, codes, command, furnish, missing
from benchmarks.records import described, session

PAGE = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "nothing_lost.md"
LONG = (*OPTIONS, "--epochs", "200", "--checkpoint-seconds", "0.2")
#: A run that is stopped on its way and one that is not end alike only if they are to be equally long.


@contextlib.contextmanager
def mounted(folder: Path, size: str) -> Iterator[bool]:
    """A file system in memory at `folder`; False where this process may not mount."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    may = os.geteuid() == 0 and subprocess.run(words, check=False, capture_output=True).returncode == 0
    try:
        yield may
    finally:
        if may:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, left: int) -> Path:
    """Take all room of a file system but for some bytes."""
    filler = folder / "filler"
    free = os.statvfs(folder)
    with filler.open("wb") as stream:
        stream.write(bytes(max(0, free.f_bavail * free.f_frsize - left)))
    return filler


def stopped(scratch: Path) -> Iterator[tuple[str, Seen]]:
    """A signal in the midst of training, and the run resumed."""
    place = furnish(scratch / "stopped")
    words = command("hint-train", "--dataset", "pairs.npz", *LONG, "--out")
    whole = call([*words, "whole"], place.folder)
    if whole.code:
        raise SystemExit(f"the run that nobody disturbs failed: {whole.said}")
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL):
        out = place.folder / number.name
        process = subprocess.Popen([*words, out], cwd=place.folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        metrics = out / "metrics.jsonl"
        while process.poll() is None and not (metrics.is_file() and metrics.read_text().count("\n") > 20):
            time.sleep(0.005)
        process.send_signal(number)
        said = process.communicate(timeout=60)[1].decode().strip()
        lost = place.kept() if number != signal.SIGKILL else ()
        again = call(command("hint-train", "--resume", "--quiet", "--out", out), place.folder)
        if again.code:
            lost += (f"not resumed: {again.said}",)
        elif codes(out) != codes(place.folder / "whole"):
            lost += ("other codes after --resume",)
        yield f"{number.name} in training, then `--resume`", Seen(process.returncode, said, (*lost, *place.kept()))


def filled(scratch: Path) -> Iterator[tuple[str, Seen]]:
    """A disk that is full from the start or after so many bytes, while a finished run grows, and while files are replaced."""
    with mounted(scratch / "small", "24m") as may:
        if not may:
            return
        place = furnish(scratch / "small" / "place")
        grow = command("hint-train", "--resume", "--quiet", "--bits", "16", "--out", "out")
        for left in (0, 8192, 65536, 131072):
            filler = fill(place.folder.parent, left)
            seen = call(grow, place.folder)
            lost = (*place.kept(*GROWING), *missing(place))
            filler.unlink()
            yield f"`--resume --bits 16`, full after {left:,} bytes", Seen(seen.code, seen.said, lost)
        for name, words in (
            (
                "`hint-encode -o` over old codes",
                command("hint-encode", "out", "rows.npy", "--modality", "image", "--bits", "8", "-o", "codes.npy"),
            ),
            (
                "`hint-se build -o` over an old tree",
                command("hint-se", "build", "edges.npz", "-o", "tree.npz", "--quiet"),
            ),
            ("`hint-se export -o` over an old file", command("hint-se", "export", "tree.npz", "-o", "codes.npy")),
        ):
            filler = fill(place.folder.parent, 4096)
            seen = call(words, place.folder)
            lost = (*place.kept(*GROWING), *missing(place))
            filler.unlink()
            yield f"{name}, full disk", Seen(seen.code, seen.said, lost)
        seen = call(grow, place.folder)
        both = {"bits8-seed0-image", "bits16-seed0-image"} <= set(codes(place.folder / "out"))
        yield "the same with room again: both lengths are there", Seen(seen.code, seen.said, () if both else ("codes",))


def limited(scratch: Path) -> Seen:
    """Files may not be larger than 12 KB."""
    place = furnish(scratch / "limited")
    size = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))}
    seen = call(command("hint-train", "--dataset", "pairs.npz", *OPTIONS, "--out", "new"), place.folder, **size)
    return Seen(seen.code, seen.said, place.kept())


def unwritable(scratch: Path) -> Iterator[tuple[str, Seen]]:
    """Folders that nobody may write, for all commands."""
    place = furnish(scratch / "unwritable")
    for name, words in (
        (
            "`hint-train`, new folder in /proc",
            command("hint-train", "--dataset", "pairs.npz", *OPTIONS, "--out", "/proc/out"),
        ),
        (
            "`hint-train`, folder below a file",
            command("hint-train", "--dataset", "pairs.npz", *OPTIONS, "--out", "notes.txt/out"),
        ),
        (
            "`hint-train`, the folder is a file",
            command("hint-train", "--dataset", "pairs.npz", *OPTIONS, "--out", "notes.txt"),
        ),
        (
            "`hint-encode`, missing folder",
            command("hint-encode", "out", "rows.npy", "--modality", "image", "-o", "no/c.npy"),
        ),
        (
            "`hint-encode`, over its own rows",
            command("hint-encode", "out", "rows.npy", "--modality", "image", "-o", "rows.npy"),
        ),
        ("`hint-se build`, over its own edges", command("hint-se", "build", "edges.npz", "-o", "edges.npz")),
    ):
        seen = call(words, place.folder)
        yield name, Seen(seen.code, seen.said, place.kept())
    with mounted(scratch / "fixed", "24m") as may:
        if not may:
            return
        place = furnish(scratch / "fixed" / "place")
        subprocess.run(["mount", "-o", "remount,ro", str(scratch / "fixed")], check=True)
        for name, words in (
            ("`--resume`", command("hint-train", "--resume", "--quiet", "--bits", "16", "--out", "out")),
            ("`--overwrite`", command("hint-train", "--dataset", "pairs.npz", *OPTIONS, "--overwrite", "--out", "out")),
            (
                "`hint-encode`",
                command("hint-encode", "out", "rows.npy", "--modality", "image", "--bits", "8", "-o", "codes.npy"),
            ),
            ("`hint-se build`", command("hint-se", "build", "edges.npz", "-o", "tree.npz")),
        ):
            seen = call(words, place.folder)
            yield f"{name}, read-only disk", Seen(seen.code, seen.said, place.kept())
        subprocess.run(["mount", "-o", "remount,rw", str(scratch / "fixed")], check=True)


def together(scratch: Path) -> Iterator[tuple[str, Seen]]:
    """A second process in the folder of one that trains."""
    place = furnish(scratch / "together")
    words = command("hint-train", "--dataset", "pairs.npz", *LONG, "--epochs", "100000", "--out", "long")
    first = subprocess.Popen(words, cwd=place.folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    while first.poll() is None and not (place.folder / "long" / "metrics.jsonl").is_file():
        time.sleep(0.01)
    for name in ("--overwrite", "--resume"):
        options = ("--resume", "--quiet") if name == "--resume" else ("--dataset", "pairs.npz", *OPTIONS, name)
        seen = call(command("hint-train", *options, "--out", "long"), place.folder)
        alive = first.poll() is None
        yield (
            f"a second process with `{name}`",
            Seen(seen.code, seen.said, () if alive else ("the first ended too early",)),
        )
    first.send_signal(signal.SIGTERM)
    said = first.communicate(timeout=60)[1].decode().strip()
    epochs = [json.loads(line)["epoch"] for line in (place.folder / "long" / "metrics.jsonl").read_text().splitlines()]
    lost = place.kept() if epochs == [*range(1, len(epochs) + 1)] else ("epochs logged twice or not at all",)
    yield "the first, stopped by SIGTERM", Seen(first.returncode, said, lost)


def piped(scratch: Path) -> Iterator[tuple[str, Seen]]:
    """Outputs that take nothing, or lack letters."""
    place = furnish(scratch / "piped")
    train = "hint-train --dataset pairs.npz --overwrite --out new " + " ".join(OPTIONS)
    for name, line in (
        ("stdout is a closed pipe", f"{train} | true; exit ${{PIPESTATUS[0]}}"),
        ("stdout is full", f"{train} > /dev/full"),
        ("stdout is closed", f"{train} >&-"),
        ("stdout knows ASCII alone", f"PYTHONIOENCODING=ascii {train}"),
        ("`--out` is not UTF-8", train.replace("new", "$'new\\xff'")),
        ("`--dataset` is not UTF-8", train.replace("pairs.npz", "$'p\\xff.npz'")),
    ):
        words = " ".join(f"'{word}'" for word in command("hint-train"))
        seen = call(["bash", "-c", line.replace("hint-train", words)], place.folder)
        yield name, Seen(seen.code, seen.said, place.kept())


def cases(scratch: Path) -> Iterator[tuple[str, Seen, set[int]]]:
    """Name, outcome and the exit codes that are right, case by case."""
    yield "files may hold 12,000 bytes", limited(scratch), {3}
    for name, seen in filled(scratch):
        yield name, seen, {0} if "room again" in name else {2, 3}
    for name, seen in unwritable(scratch):
        yield name, seen, {2}
    for name, seen in together(scratch):
        yield name, seen, {130} if name.startswith("the first") else {2}
    right = {"closed pipe": 141, "full": 3, "`--dataset`": 2}
    for name, seen in piped(scratch):
        yield name, seen, {next((code for word, code in right.items() if word in name), 0)}
    for name, seen in stopped(scratch):
        yield name, seen, {-signal.SIGKILL if name.startswith("SIGKILL") else 130}


def main() -> None:
    """Run every case, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=PAGE)
    chosen = parser.parse_args()
    # In the background and under nohup the commands would ignore these, as they should.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    rows: list[tuple[object, ...]] = []
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, seen, right in cases(Path(scratch)):
            said = seen.said.replace(scratch, "").replace(f" on {platform.node()}", " on HOST").replace("|", "\\|")
            faults = [*seen.lost]
            faults += [] if seen.code in right else [f"exit code {seen.code}"]
            faults += [] if len(said.splitlines()) <= 1 and "Traceback" not in said else ["more than a sentence"]
            wrong += bool(faults)
            rows.append((name, seen.code, said[:160] or "nothing", ", ".join(faults) or "nothing"))
            measure.write(
                f"{name}: {seen.code}, {said[:200] or 'nothing said'}; lost: {', '.join(faults) or 'nothing'}\n"
            )
    text = f"# Nothing is lost\n\n`python benchmarks/library/nothing_lost.py`: {described([session(('torch',))])}.\n\n"
    text += f"**{len(rows) - wrong} of {len(rows)} cases as they should be.**\n\n"
    chosen.out.write_text(text + measure.table(("case", "exit code", "said", "lost or wrong"), rows))
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
