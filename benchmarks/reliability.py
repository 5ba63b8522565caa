"""How hard hint_se is to break, in one table: `docs/reliability.md`, every figure counted by running what it counts.

    python benchmarks/reliability.py            ten minutes or so: tests, then four builds of the core and their tests
    python benchmarks/reliability.py --check    exit with 1 as well if a count falls below its mark

What only long runs can say, the minutes of fuzzing, comes from `benchmarks/results/fuzzing.jsonl`, which
`benchmarks/fuzz.py` appends to. Needs cmake, ninja and doctest.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import fuzz
import measure
import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reliability.md"
BUILDS = ROOT / "build" / "reliability"
#: Files whose every test counts, beside all properties of whichever file.
FILES = ("test_malformed.py", "test_differential.py", "test_fuzz.py", "test_memory.py")
MARKS = {"malformed": 150, "properties": 40, "random": 10_000}


class Row(NamedTuple):
    """A line of the table: what was tried, how often, what came of it."""

    what: str
    count: str
    result: str


class Tally:
    """A pytest plugin that keeps the tests of interest, and counts how they end and what they say they did."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self.ends: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
        self.said: collections.Counter[str] = collections.Counter()

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the tests that are counted."""
        for item in items:
            if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
                self.kinds[item.nodeid] = "properties"
            elif item.path.name in FILES:
                self.kinds[item.nodeid] = item.path.stem.removeprefix("test_")
        chosen = [item for item in items if item.nodeid in self.kinds]
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in self.kinds])
        items[:] = chosen

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count how a test ended, and what it recorded."""
        if report.when == "call" or report.outcome != "passed":
            self.ends[self.kinds[report.nodeid]][report.outcome] += 1
        if report.when == "call":
            for name, count in report.user_properties:
                self.said[name] += int(str(count))


def ended(ends: collections.Counter[str]) -> str:
    """Return how tests ended in words."""
    bad = {outcome: count for outcome, count in ends.items() if outcome != "passed"}
    return "all hold" if not bad else ", ".join(f"{count} {outcome}" for outcome, count in bad.items())


def python_rows() -> tuple[list[Row], dict[str, int]]:
    """Run the Python tests; return their rows, and the counts that have marks."""
    tally = Tally()
    pytest.main(["-q", "-p", "no:cacheprovider", str(ROOT / "tests" / "hint_se")], plugins=[tally])
    malformed = sum(kind == "malformed" and "[" in test for test, kind in tally.kinds.items())
    properties = sum(tally.ends["properties"].values())
    rows = [
        Row(
            "malformed inputs, each refused with its class and its words",
            f"{malformed:,} at {tally.said['entries']} public entries",
            ended(tally.ends["malformed"]),
        ),
        Row("properties that hypothesis draws examples for", f"{properties:,}", ended(tally.ends["properties"])),
        Row(
            "all graphs of up to six nodes, labelled, against the set-based oracle and the optimum",
            f"{tally.said['labelled']:,}",
            ended(tally.ends["differential"]),
        ),
        Row(
            "each of their shapes under every algorithm, effort and height",
            f"{tally.said['shapes']:,}",
            ended(tally.ends["differential"]),
        ),
        Row(
            "random graphs of up to 60 nodes against the oracle, to 1e-9",
            f"{tally.said['random']:,}",
            ended(tally.ends["differential"]),
        ),
        Row(
            "inputs of the Python fuzz targets replayed, and mutated",
            f"{tally.said['fuzz_replay']:,} + {tally.said['fuzz_mutants']:,}",
            ended(tally.ends["fuzz"]),
        ),
        Row(
            "calls from Python in too little memory, each followed by one that works",
            f"{tally.said['memory_errors']:,} of {tally.said['starved']:,} ended in MemoryError",
            ended(tally.ends["memory"]),
        ),
    ]
    return rows, {"malformed": malformed, "properties": properties, "random": tally.said["random"]}


def built(name: str, *options: str) -> Path:
    """Build the core and its tests in a folder of their own, with warnings as errors, and return the folder."""
    folder = BUILDS / name
    given = ["-DHINT_SE_PYTHON=OFF", "-DHINT_SE_TESTS=ON", "-DHINT_SE_STRICT=ON", "-DCMAKE_BUILD_TYPE=RelWithDebInfo"]
    for command in (["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", *given, *options], ["cmake", "--build", folder]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(done.stdout[-4000:] + done.stderr[-4000:])
    return folder


def run(
    program: Path, *arguments: str, fixed: bool = False, environment: dict[str, str] | None = None
) -> tuple[str, str]:
    """Return (output, how it ended) of a test program; a sanitizer that finds anything ends it."""
    # Thread sanitizer's shadow memory collides with strongly randomised addresses.
    words = ["setarch", platform.machine(), "-R"] if fixed else []
    done = subprocess.run([*words, program, *arguments], env=environment, capture_output=True, text=True, check=False)
    return done.stdout, "nothing found" if done.returncode == 0 else f"exit status {done.returncode}"


def assertions(output: str) -> str:
    """Return how many test cases and assertions doctest ran."""
    cases = re.search(r"test cases:\s+(\d+)", output)
    checks = re.search(r"assertions:\s+(\d+)", output)
    return f"{int(cases[1]):,} tests, {int(checks[1]):,} assertions" if cases and checks else "none"


def allocation_row(folder: Path, how: str, *, every: bool = False) -> Row:
    """Let allocations fail in turn: a sample where a call asks for thousands, or the first 10,000 of each call."""
    environment = {**os.environ, **({"HINT_SE_ALLOCATIONS": "10000"} if every else {})}
    output, end = run(folder / "hint_se_allocation_tests", environment=environment)
    asked, tried, refused, leaked, wrong = (
        sum(map(int, re.findall(rf" {word}=(\d+)", output)))
        for word in ("asked", "tried", "refused", "leaked", "wrong")
    )
    calls = output.count("allocation-failures:")
    return Row(
        f"allocations that failed in turn, {how}",
        f"{tried:,} of {asked:,} in {calls} kinds of call",
        f"{refused:,} std::bad_alloc, {tried - refused:,} done without; {leaked} leaks, {wrong} wrong next calls; {end}",
    )


def core_rows() -> list[Row]:
    """Build and run the core's tests under the sanitizers; return their rows."""
    memory = built("memory", "-DHINT_SE_SANITIZE=address,undefined", "-DHINT_SE_FUZZ=replay")
    threads = built("threads", "-DHINT_SE_SANITIZE=thread")
    plain = built("plain")
    # With clang, each store of 16 bits is checked as well.
    compiler = ["-DCMAKE_CXX_COMPILER=clang++"] if shutil.which("clang++") else []
    narrow = built("narrow", "-DHINT_SE_SANITIZE=address,undefined", "-DHINT_SE_NARROW=ON", *compiler)
    rows: list[Row] = []
    output, end = run(memory / "hint_se_tests")
    rows.append(Row("C++ tests under the address and undefined-behaviour sanitizers", assertions(output), end))
    output, end = run(threads / "hint_se_tests", fixed=True)
    rows.append(Row("C++ tests under the thread sanitizer", assertions(output), end))
    rows.append(allocation_row(memory, "under the address and undefined-behaviour sanitizers"))
    rows.append(allocation_row(plain, "without sanitizers", every=True))
    output, end = run(narrow / "hint_se_narrow_tests")
    rows.append(Row("tests of a build with 16-bit ids and offsets, under the same", assertions(output), end))
    for target in fuzz.CORE:
        output, end = run(memory / f"hint_se_fuzz_{target}", str(fuzz.corpus_of(target)))
        count = re.search(r"inputs=(\d+)", output)
        rows.append(
            Row(f"corpus of the fuzz target `{target}` replayed, under the same", count[1] if count else "0", end)
        )
    return rows


def fuzz_rows() -> list[Row]:
    """Return what the recorded runs add up to, by target."""
    lines = fuzz.RECORDS.read_text().splitlines() if fuzz.RECORDS.exists() else []
    runs: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)
    for line in lines:
        record = json.loads(line)
        runs[record["target"]].append(record)
    rows = []
    for target in (*fuzz.CORE, *fuzz.PYTHON):
        found = runs[target]
        total, minutes, failures = (sum(run[key] for run in found) for key in ("executions", "minutes", "failures"))
        engine = found[-1]["engine"] if found else "never run"
        rows.append(
            Row(
                f"fuzzing `{target}` ({engine})",
                f"{total:,} executions, {minutes:.0f} minutes",
                f"{failures} failures, last run {found[-1]['failures'] if found else '-'}",
            )
        )
    return rows


def page(rows: list[Row]) -> str:
    """Return the page."""
    about = (
        "# Reliability\n\n"
        "Made by `python benchmarks/reliability.py`, which runs what it counts; the minutes of fuzzing are those that\n"
        "`python benchmarks/fuzz.py` recorded in `benchmarks/results/fuzzing.jsonl`, failures that were mended since\n"
        "included. The tests stand in `tests/hint_se/` and `cpp/tests/`, the fuzz targets in `cpp/fuzz/` and\n"
        "`tests/hint_se/fuzz_targets/`.\n\n"
    )
    lines = measure.table(("what was tried", "how often", "what came of it"), rows).replace("---:", "---")
    return f"{about}{lines}\n{measure.machine('numpy', 'hypothesis')}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail where a count is below its mark or something broke")
    options = parser.parse_args()
    rows, counts = python_rows()
    rows += core_rows() + fuzz_rows()
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(rows))
    sys.stdout.write(page(rows))
    low = [f"{name}: {counts[name]} < {mark}" for name, mark in MARKS.items() if counts[name] < mark]
    broken = [row.what for row in rows if re.search(r"failed|error|exit status", row.result)]
    if options.check and (low or broken):
        raise SystemExit("\n".join([*low, *broken]))


if __name__ == "__main__":
    main()
