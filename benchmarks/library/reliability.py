"""How hard hint_se is to break, in one table: `docs/reliability.md`, every figure counted by running what it counts.

    python benchmarks/library/reliability.py                       ten minutes or so: tests, then four builds and their tests
    python benchmarks/library/reliability.py --parts tests narrow  some of it; the rest of the table stays
    python benchmarks/library/reliability.py --check               exit with 1 as well if a count falls below its mark

Each part is kept in `benchmarks/results/reliability.jsonl` as soon as it has run, and the page is made of what is kept.

What only long runs can say, the minutes of fuzzing and the processes that ended, comes from `benchmarks/results/fuzzing.jsonl` and
`exits.jsonl`, which `benchmarks/library/fuzz.py` and `exits.py` append to. Needs cmake, ninja and doctest.
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
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of
from benchmarks.library import exits, fuzz
from benchmarks.library.rules import RuleRow, rule_rows
from benchmarks.library.tally import Row, python_rows
from benchmarks.records import RESULTS, ROOT, Records

COMMAND = "python benchmarks/library/reliability.py"
LIBRARIES = ("numpy", "hypothesis")
PAGE = ROOT / "docs" / "reliability.md"
BUILDS = ROOT / "build" / "reliability"
#: Least counts of the rows that hold these words.
MARKS = {"malformed inputs": 150, "properties": 40, "random graphs": 10_000}


def built(name: str, targets: Sequence[str], *options: str) -> Path:
    """Build tests of the core in a folder of their own, with warnings as errors, and return the folder."""
    folder = BUILDS / name
    given = ["-DHINT_SE_PYTHON=OFF", "-DHINT_SE_TESTS=ON", "-DHINT_SE_STRICT=ON", "-DCMAKE_BUILD_TYPE=RelWithDebInfo"]
    configure = ["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", *given, *options]
    for command in (configure, ["cmake", "--build", folder, "--target", *targets]):
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


def memory_rows() -> list[Row]:
    """Run the core's tests, the failing allocations and the corpora under the sanitizers for memory."""
    targets = ["hint_se_tests", "hint_se_allocation_tests", *(f"hint_se_fuzz_{target}" for target in fuzz.CORE)]
    folder = built("memory", targets, "-DHINT_SE_SANITIZE=address,undefined", "-DHINT_SE_FUZZ=replay")
    output, end = run(folder / "hint_se_tests")
    sanitizers = "under the address and undefined-behaviour sanitizers"
    rows = [Row(f"C++ tests {sanitizers}", assertions(output), end), allocation_row(folder, sanitizers)]
    for target in fuzz.CORE:
        output, end = run(folder / f"hint_se_fuzz_{target}", str(fuzz.corpus_of(target)))
        count = re.search(r"inputs=(\d+)", output)
        what = f"corpus of the fuzz target `{target}` replayed, under the same"
        rows.append(Row(what, count[1] if count else "0", end))
    return rows


def plain_rows() -> list[Row]:
    """Let more allocations fail, without sanitizers."""
    return [allocation_row(built("plain", ["hint_se_allocation_tests"]), "without sanitizers", every=True)]


def threads_rows() -> list[Row]:
    """Run the core's tests under the thread sanitizer."""
    output, end = run(built("threads", ["hint_se_tests"], "-DHINT_SE_SANITIZE=thread") / "hint_se_tests", fixed=True)
    return [Row("C++ tests under the thread sanitizer", assertions(output), end)]


def narrow_rows() -> list[Row]:
    """Run the tests of the build with 16-bit ids."""
    # With clang, each store of 16 bits is checked as well.
    compiler = ["-DCMAKE_CXX_COMPILER=clang++"] if shutil.which("clang++") else []
    folder = built(
        "narrow", ["hint_se_narrow_tests"], "-DHINT_SE_SANITIZE=address,undefined", "-DHINT_SE_NARROW=ON", *compiler
    )
    output, end = run(folder / "hint_se_narrow_tests")
    return [Row("tests of a build with 16-bit ids and offsets, under the same sanitizers", assertions(output), end)]


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
                f"{total:,} executions, {minutes:.1f} minutes",
                f"{failures} failures, last run {found[-1]['failures'] if found else '-'}",
            )
        )
    return rows


def exit_rows() -> list[Row]:
    """Return what the recorded runs under a watchdog add up to."""
    found = [json.loads(line) for line in exits.KEPT.read_text().splitlines()]
    runs, late, failed = (sum(record[key] for record in found) for key in ("runs", "late", "failed"))
    longest = max((record["longest_seconds_after_results"] for record in found), default=0)
    return [
        Row(
            "runs of `hint-train` under a watchdog",
            f"{runs:,}",
            f"{late} lived on, {failed} failed; the slowest ended {longest:.1f} s after its results",
        )
    ]


PARTS: dict[str, Callable[[], Sequence[Row | RuleRow]]] = {
    "tests": python_rows,
    "memory": memory_rows,
    "threads": threads_rows,
    "plain": plain_rows,
    "narrow": narrow_rows,
    "fuzzing": fuzz_rows,
    "exits": exit_rows,
    "rules": rule_rows,
}


def groups(records: Records) -> Iterator[Group]:
    """The parts that need no build of the core; what came of it has to be the same, how often it was tried may grow."""
    for part in ("tests", "fuzzing"):
        lines = [line for line in records if line["part"] == part]
        cells = [cell_of(records, line, {"result": line["value"]["result"]}, part, tolerance=0) for line in lines]
        yield Group(name=part, cells=cells, measure=partial(_again, part), seconds=240 if part == "tests" else 1)


def _again(part: str) -> dict[str, Figures]:
    return {_name(part, row): {"result": row.result} for row in PARTS[part]() if isinstance(row, Row)}


REPLAY = Replay(
    groups=groups,
    left_out="how often something was tried, which new tests change; the numbers of tests of rules; the parts that build the core: `--parts memory threads plain narrow`",
)


def _name(part: str, row: Row | RuleRow) -> str:
    # The version of an engine is no part of what was tried.
    return f"{part}: {row.what.partition(' (')[0]}"


def kept(records: Records) -> tuple[dict[str, list[Row]], list[RuleRow]]:
    """Return the rows of each part that has run, and the rules."""
    parts: dict[str, list[Row]] = {part: [] for part in PARTS if part != "rules"}
    for line in records:
        if line["part"] != "rules":
            parts[line["part"]].append(Row(**line["value"]))
    held = [RuleRow(**line["value"]) for line in records if line["part"] == "rules"]
    return {part: rows or [Row(f"the part `{part}`", "not run yet", "-")] for part, rows in parts.items()}, held


def page(parts: dict[str, list[Row]], held: list[RuleRow], made_with: str) -> str:
    """Return the page."""
    about = (
        "# Reliability\n\n"
        "Made by `python benchmarks/library/reliability.py`, which runs what it counts; the minutes of fuzzing are those that\n"
        "`python benchmarks/library/fuzz.py` recorded in `benchmarks/results/fuzzing.jsonl`, failures that were mended since\n"
        "included. The tests stand in `tests/hint_se/` and `cpp/tests/`, the fuzz targets in `cpp/fuzz/` and\n"
        "`tests/hint_se/fuzz_targets/`. `.ci/run` runs all of it but the fuzzing and a part of the failing allocations.\n"
        "The rows are kept in `benchmarks/results/reliability.jsonl`.\n\n"
    )
    rows = [row for part in parts.values() for row in part]
    lines = measure.table(("what was tried", "how often", "what came of it"), rows).replace("---:", "---")
    total = sum(int(row.tests.replace(",", "")) for row in held)
    reading = (
        "## Read what was meant, or say so; never lose what was there\n\n"
        f"Each kind of fault has a rule, and the rule a place. Tests are cases of pytest, counted as it collects them, {total:,} in all;\n"
        "`benchmarks/library/rules.toml` says which. A: edge files. B: two things that do not belong together. C: what is there is\n"
        "never lost. D: features and figures. E: types of other libraries.\n\n"
    )
    ruled = measure.table(("kind", "rule", "place", "tests"), held).replace("---: | ---: | ---:", "--- | --- | ---:")
    return f"{about}{lines}\n{reading}{ruled}\n{made_with}\n"


def low_marks(rows: list[Row]) -> list[str]:
    """Return which counts are below their marks."""
    counts = {name: int(row.count.split()[0].replace(",", "")) for name in MARKS for row in rows if name in row.what}
    return [f"{name}: {counts.get(name, 0)} < {mark}" for name, mark in MARKS.items() if counts.get(name, 0) < mark]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail where a count is below its mark or something broke")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to run; all of it")
    parser.add_argument("--render", action="store_true", help="run nothing")
    options = parser.parse_args()
    path = RESULTS / "reliability.jsonl"
    records = Records(path, COMMAND, LIBRARIES)
    for part in [] if options.render else options.parts:
        rows = PARTS[part]()
        records.forget(lambda line, part=part: line["part"] == part)
        for row in rows:
            records.add({"name": _name(part, row), "part": part, "value": row._asdict()})
        PAGE.write_text(page(*kept(records), records.made_with()))
    PAGE.write_text(page(*kept(records), records.made_with()))
    sys.stdout.write(PAGE.read_text())
    everything = [row for part in kept(records)[0].values() for row in part]
    broken = [row.what for row in everything if re.search(r"[1-9]\d* (failed|lived on)|error|exit status", row.result)]
    if options.check and (low_marks(everything) or broken):
        raise SystemExit("\n".join([*low_marks(everything), *broken]))


if __name__ == "__main__":
    main()
