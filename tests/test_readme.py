"""What README.md promises about itself: its length, its commands, its links, and figures of benchmarks/results; and the changelog."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
RESULTS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "benchmarks" / "results").glob("*.md")}
#: From the headline of the trees to the last line about what is behind, without commands and table heads.
FIGURES = re.sub(r"```.*?```", "", TEXT.partition("## Results")[2].partition("## More")[0], flags=re.DOTALL)
ROWS = [line for line in FIGURES.splitlines() if re.match(r"\| .*\d", line) and "bits I→T" not in line]


def test_it_is_read_in_two_minutes():
    lines = TEXT.splitlines()
    assert len(lines) <= 150
    assert max(map(len, lines)) <= 110


@pytest.mark.parametrize("command", ["", '".[test]"'])
def test_the_two_commands_stand_alone(command):
    line = (
        'pip install -c constraints.txt ".[test]" && pytest'
        if command
        else "pip install -c constraints.txt . && hint-train"
    )
    assert f"```\n{line}\n```" in TEXT


def test_rows_are_those_of_the_results():
    assert len(ROWS) >= 10
    known = {line for text in RESULTS.values() for line in text.splitlines()}
    assert [row for row in ROWS if row not in known] == []


def test_every_figure_of_the_prose_stands_in_the_results():
    prose = "\n".join(line for line in FIGURES.splitlines() if not line.startswith("|"))
    figures = set(re.findall(r"\d+\.\d+|\d+,\d{3}", prose))
    assert len(figures) >= 8
    results = "\n".join(RESULTS.values())
    assert {figure for figure in figures if not re.search(rf"(?<![\d.]){re.escape(figure)}", results)} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_every_heading_of_a_release_stands_once():
    releases = (ROOT / "CHANGELOG.md").read_text().split("\n## ")[1:]
    for release in releases:
        headings = re.findall(r"^### (.+)$", release, re.MULTILINE)
        assert headings == list(dict.fromkeys(headings)) != []
        entries = re.findall(r"^\* .+$", release, re.MULTILINE)
        assert len(entries) == len(set(entries)) >= len(headings)
