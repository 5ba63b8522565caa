"""The tables of "Choosing bits and method" say what the committed results say."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETS = ("fashion20k", "wikipedia-t100", "uci-mfeat")


def tables(path):
    """The rows of every table of a page, by the heading of level two above it; cells without stars and deviations."""
    found, heading = {}, ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line[3:].split()[0]
        elif line.startswith("|"):
            cells = [re.sub(r"\*\*|(?<=\d) ± [\d.]+", "", cell.strip()) for cell in line.strip("|").split("|")]
            found.setdefault(heading, []).append(cells)
    return found


@pytest.fixture(scope="module")
def guide():
    return tables(ROOT / "docs" / "hashing-choosing.md")


def test_bits_are_those_of_the_accuracy_table(guide):
    measured = tables(ROOT / "benchmarks" / "results" / "accuracy.md")
    shown = {row[0]: row[2:] for row in guide["Bits"][2:]}
    assert list(shown) == ["16", "32", "64", "128"]
    for number, name in enumerate(SETS):
        [means] = [row for row in measured[name] if row[0] == "HINT" and len(row) == 13]
        for column, row in enumerate(shown.values()):
            assert row[2 * number : 2 * number + 2] == [means[1 + column], means[5 + column]]


def test_methods_are_those_of_the_leaderboard(guide):
    measured = tables(ROOT / "benchmarks" / "results" / "leaderboard.md")
    shown = [row for row in guide["Method"] if len(row) == 7][2:]
    assert len(shown) == 10
    for method, _, *figures, seconds, parameters in shown:
        rows = {name: next(row for row in measured[name] if row[0] == method) for name in SETS}
        assert figures == [f"{row[3]} / {row[4]}" for row in rows.values()]
        assert [seconds, parameters] == rows["fashion20k"][6:8]
