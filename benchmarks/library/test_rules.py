"""The table of rules: what it names is there, and every entry stands for tests."""

import itertools

from benchmarks.library import reliability
from benchmarks.library.rules import chosen, collected, files_of, rules
from benchmarks.records import ROOT


def test_every_kind_has_its_rule():
    found = list(dict.fromkeys(rule.kind for rule in rules()))
    assert found == [
        f"{letter}{number}"
        for letter, numbers in {"A": (1, 4), "B": (5, 8), "C": (9, 12), "D": (13, 18), "E": (19, 19)}.items()
        for number in range(numbers[0], numbers[1] + 1)
    ]


def test_places_and_files_exist():
    paths = [*itertools.chain.from_iterable(rule.places for rule in rules()), *files_of(rules())]
    assert [path for path in paths if not (ROOT / path).is_file()] == []


def test_every_entry_stands_for_tests_and_no_test_counts_twice():
    nodes = collected(files_of(rules()))
    entries = [test for rule in rules() for test in rule.tests]
    assert [test for test in entries if not chosen(test, nodes)] == []
    counted = [node for test in entries for node in chosen(test, nodes)]
    assert len(counted) == len(set(counted)) > 400


def test_an_entry_is_a_file_a_test_or_a_case_and_no_beginning_of_a_name():
    nodes = ["a.py::test_x", "a.py::test_y[1]", "a.py::test_y[2]", "a.py::test_y_too", "a.py::Group::test_x"]
    assert chosen("a.py", nodes) == nodes
    assert chosen("a.py::test_x", nodes) == nodes[:1]
    assert chosen("a.py::test_y", nodes) == nodes[1:3]
    assert chosen("a.py::test_y[2]", nodes) == nodes[2:3]
    assert chosen("a.py::Group", nodes) == nodes[4:]


def test_the_page_holds_every_rule():
    page = reliability.PAGE.read_text(encoding="utf-8")
    assert [rule.about for rule in rules() if f"| {rule.kind}: {rule.about} | {rule.rule}" not in page] == []
