"""The tests of hint_se that docs/reliability.md counts, run and counted."""

from __future__ import annotations

import collections
from typing import NamedTuple

import pytest
from benchmarks.records import ROOT

#: Files whose every test counts, beside all properties of whichever file.
FILES = ("test_malformed.py", "test_differential.py", "test_fuzz.py", "test_memory.py")


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


def python_rows() -> list[Row]:
    """Run the Python tests; return their rows."""
    tally = Tally()
    end = pytest.main(["-q", "-p", "no:cacheprovider", str(ROOT / "tests" / "hint_se")], plugins=[tally])
    if end not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):  # nothing that was counted would mean anything
        raise SystemExit(f"the tests could not be run: {end!r}")
    malformed = sum(kind == "malformed" and "[" in test for test, kind in tally.kinds.items())
    properties = sum(tally.ends["properties"].values())
    return [
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
