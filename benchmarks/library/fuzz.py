"""Fuzz the builder, the flow, updates, the checks of graphs and trees, the tree loader and the edge-file reader, and record it.

    python benchmarks/library/fuzz.py --minutes 10                    every target for ten minutes of processor time
    python benchmarks/library/fuzz.py --minutes 1 --targets treefile  one of them
    python benchmarks/library/fuzz.py --minutes 1 --keep              and keep the inputs that reach new code, a few of them

C++ targets (`cpp/fuzz/`) are built with clang and run under libFuzzer with the address and undefined-behaviour
sanitizers; Python targets (`tests/hint_se/fuzz_targets/`) under atheris, which is libFuzzer with the coverage of Python code.
Each run appends a line to `benchmarks/results/fuzzing.jsonl`, a failed one too; the input that failed stays in
`build/fuzz-failures/` and belongs into the target's corpus as `fault-...` once the fault is mended, where it stays.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import importlib.metadata
import json
import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "fuzz"
FAILURES = ROOT / "build" / "fuzz-failures"
RECORDS = ROOT / "benchmarks" / "results" / "fuzzing.jsonl"
CORE = ("build", "flow", "graph", "tree", "update")
PYTHON = ("edgefile", "networks", "treefile")
#: Of what a run found, so many inputs at most stay in the repository, the shortest of equal worth.
KEPT, LONGEST = 40, 600
_SANITIZERS = "address,undefined"


def corpus_of(target: str) -> Path:
    """Return the folder of the inputs that the repository keeps for a target."""
    folder = ROOT / "cpp" / "fuzz" if target in CORE else ROOT / "tests" / "hint_se" / "fuzz_targets"
    return folder / "corpus" / target


def build() -> None:
    """Build the C++ targets with clang."""
    options = ["-DHINT_SE_PYTHON=OFF", "-DHINT_SE_FUZZ=libfuzzer", f"-DHINT_SE_SANITIZE={_SANITIZERS}"]
    options += ["-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DCMAKE_CXX_COMPILER=clang++"]
    subprocess.run(["cmake", "-S", ROOT, "-B", BUILD, "-G", "Ninja", *options], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", BUILD], check=True, stdout=subprocess.DEVNULL)


def command(target: str) -> list[str]:
    """Return how a target is started; libFuzzer's options follow."""
    if target in CORE:
        return [str(BUILD / f"hint_se_fuzz_{target}")]
    return [sys.executable, __file__, "--child", target]


def version(target: str) -> str:
    """Return the name and version of the engine that runs a target."""
    if target in CORE:
        first = subprocess.run(
            ["clang++", "--version"], check=True, capture_output=True, text=True
        ).stdout.splitlines()[0]
        return "libFuzzer of " + re.sub(r".*(clang version [\d.]+).*", r"\1", first)
    return f"atheris {importlib.metadata.version('atheris')}"


def fuzz(target: str, minutes: float) -> tuple[dict[str, object], Path]:
    """Run one target; return its record, and the folder of all inputs that reached new code."""
    memory = Path("/dev/shm")
    found = Path(tempfile.mkdtemp(prefix=f"fuzz-{target}-", dir=memory if memory.is_dir() else None), "found")
    found.mkdir()
    FAILURES.mkdir(parents=True, exist_ok=True)
    corpus_of(target).mkdir(parents=True, exist_ok=True)
    if target in PYTHON:
        for number, data in enumerate(module_of(target).seeds()):
            (found / f"seed-{number}").write_bytes(data)
    options = [f"-max_len={LONGEST}", "-timeout=60", "-rss_limit_mb=3000", "-print_final_stats=1", "-verbosity=0"]
    executions, failures, start, before = 0, 0, time.monotonic(), _processor_seconds()
    # Wall time is what libFuzzer can limit; on a busy machine it takes several rounds to use up the processor time.
    while (left := 60 * minutes - (_processor_seconds() - before)) > 1:
        limits = [f"-max_total_time={max(2, round(left))}", f"-artifact_prefix={FAILURES}/{target}-"]
        arguments = [*command(target), *options, *limits, str(found), str(corpus_of(target))]
        # libFuzzer ends the process at once: what a target wrote stays behind, here.
        room = {**os.environ, "TMPDIR": str(found.parent)}
        done = subprocess.run(arguments, env=room, capture_output=True, text=True, errors="replace", check=False)
        counts = re.findall(r"stat::number_of_executed_units:\s+(\d+)", done.stderr)
        executions += int(counts[-1]) if counts else 0
        if done.returncode != 0:
            failures += 1
            sys.stderr.write(done.stderr[-4000:])
            break
    record = {
        "target": target,
        "engine": version(target),
        "sanitizers": _SANITIZERS if target in CORE else "none",
        "executions": executions,
        "minutes": round((_processor_seconds() - before) / 60, 2),
        "wall_minutes": round((time.monotonic() - start) / 60, 2),
        "failures": failures,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    return record, found


def keep(target: str, found: Path) -> None:
    """Replace the corpus of a target by the fewest inputs that reach what all of them reach, the shortest first."""
    merged = Path(tempfile.mkdtemp(prefix=f"merged-{target}-"))
    arguments = [*command(target), "-merge=1", str(merged), str(corpus_of(target)), str(found)]
    room = {**os.environ, "TMPDIR": str(found.parent)}
    subprocess.run(arguments, env=room, capture_output=True, check=True)
    assert any(merged.iterdir()), f"libFuzzer merged the inputs of {target} into none"
    best = sorted(merged.iterdir(), key=lambda path: (path.stat().st_size, path.name))
    # Evenly over the lengths: the longest reach most.
    chosen = best if len(best) <= KEPT else [best[i * (len(best) - 1) // (KEPT - 1)] for i in range(KEPT)]
    for path in corpus_of(target).iterdir():
        if not path.name.startswith("fault-"):
            path.unlink()
    for path in chosen:
        shutil.copyfile(path, corpus_of(target) / path.name[:16])
    shutil.rmtree(merged)


def module_of(target: str) -> Any:
    """Return the module of a Python target."""
    sys.path.insert(0, str(ROOT / "tests" / "hint_se"))
    return importlib.import_module(f"fuzz_targets.{target}")


def child(target: str, options: list[str]) -> None:
    """Run a Python target under atheris, in a process of its own."""
    import atheris

    with atheris.instrument_imports(include=["hint_se", "fuzz_targets", "zipfile", "json", "gzip"]):
        module = module_of(target)
    # To merge, libFuzzer starts these words anew.
    atheris.Setup([" ".join(map(shlex.quote, command(target))), *options], module.one_input)
    atheris.Fuzz()


def _processor_seconds() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, required=True, help="processor time for each target")
    parser.add_argument("--targets", nargs="+", choices=(*CORE, *PYTHON), default=(*CORE, *PYTHON))
    parser.add_argument("--keep", action="store_true", help="renew the corpora in the repository")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    if set(options.targets) & set(CORE):
        build()
    failed = False
    for target in options.targets:
        record, found = fuzz(target, options.minutes)
        with RECORDS.open("a") as file:
            file.write(json.dumps(record) + "\n")
        sys.stdout.write(json.dumps(record) + "\n")
        failed |= bool(record["failures"])
        if options.keep and not record["failures"]:
            keep(target, found)
        shutil.rmtree(found.parent)
    sys.exit(failed)


if __name__ == "__main__":
    main()
