"""The rules of `rules.toml`, each with the number of tests that hold it: collected by pytest, not run."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.records import ROOT

RULES = Path(__file__).with_name("rules.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A kind of fault and what rules it out; paths are relative to the root of the repository."""

    kind: str
    about: str
    rule: str
    places: list[str]
    tests: list[str]
    #: What the rule does not reach.
    open: str = ""


class RuleRow(NamedTuple):
    """A line of the table of rules."""

    what: str
    rule: str
    places: str
    tests: str


def rules() -> list[Rule]:
    """Return all rules in the order of the file."""
    return [Rule(**table) for table in tomllib.loads(RULES.read_text(encoding="utf-8"))["rule"]]


def files_of(found: Iterable[Rule]) -> list[str]:
    """Return the files that the tests of rules stand in."""
    return sorted({test.partition("::")[0] for rule in found for test in rule.tests})


def collected(files: Iterable[str]) -> list[str]:
    """Return the node ids of all tests of some files."""
    words = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    total = re.search(r"^(\d+) tests collected", done.stdout, re.MULTILINE)
    nodes = re.findall(r"^tests/\S+\.py::.*$", done.stdout, re.MULTILINE)
    if done.returncode != 0 or not total or int(total[1]) != len(nodes):
        raise SystemExit(f"the tests could not be collected:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return nodes


def chosen(test: str, nodes: Iterable[str]) -> list[str]:
    """Return the nodes that an entry of `tests` stands for: itself, its cases, or all tests of a file."""
    return [node for node in nodes if node == test or node.startswith((f"{test}::", f"{test}["))]


def rule_rows() -> list[RuleRow]:
    """Count the tests of every rule."""
    found = rules()
    nodes = collected(files_of(found))
    rows = []
    for rule in found:
        held = {node for test in rule.tests for node in chosen(test, nodes)}
        places = ", ".join(f"`{place.removeprefix('python/')}`" for place in rule.places)
        reach = f" Not reached: {rule.open}." if rule.open else ""
        rows.append(RuleRow(f"{rule.kind}: {rule.about}", rule.rule + reach, places, f"{len(held):,}"))
    return rows
