"""The printed table: which columns, which rules, and what it says where there is little to measure."""

import math
from dataclasses import replace

import pytest

from hint_train.report.figures_table import figures_table
from hint_train.report.result import Result

SCORES = {"map": 0.5, "map@50": 0.75, "map@5000": 0.5}
RESULT = Result(
    method="hint",
    dataset="pairs",
    chance=0.1,
    tie_rule="expected",
    queries_without_relevant=0,
    selection="last epoch",
    bits={"16": {"image_to_text": SCORES, "text_to_image": SCORES | {"map": 0.25}}},
    sizes={"query": 1200, "retrieval": 2500},
    structure={},
    notes=("said",),
    seconds={"total": 2.0},
    peak_memory_bytes=2**30,
    parameters={},
    versions={},
    config={},
    folder="out",
    chance_scores={"map": 0.11, "map@50": 0.12, "map@5000": 0.11},
)


def test_chance_stands_below_each_column_and_a_cutoff_beyond_the_database_has_none():
    lines = figures_table(RESULT).splitlines()
    assert lines[0] == "hint on pairs, ties: expected, map@k: min-k-relevant"
    assert lines[1].split() == ["bits", "I→T", "map", "I→T", "map@50", "T→I", "map", "T→I", "map@50"]
    assert lines[2].split() == ["16", "0.5000", "0.7500", "0.2500", "0.7500"]
    assert lines[3].split() == ["chance", "0.1100", "0.1200", "0.1100", "0.1200"]
    assert len({len(line) for line in lines[1:4]}) == 1
    assert lines[4:] == [
        "map@5000: as map, the database has 2,500 items",
        "note: said",
        "2.0 s, 1.00 GB; written to out",
    ]


def test_a_cutoff_within_the_database_has_its_column():
    lines = figures_table(replace(RESULT, sizes={"query": 5, "retrieval": 5001})).splitlines()
    assert lines[1].count("map@5000") == 2
    assert "as map" not in "\n".join(lines)


@pytest.mark.parametrize(("rule", "words"), [("skip", "are left out"), ("zero", "count as 0")])
def test_queries_without_a_relevant_item_are_counted(rule, words):
    table = figures_table(replace(RESULT, queries_without_relevant=200, no_relevant=rule))
    assert f"1,000 of 1,200 queries have a relevant item; the others {words}" in table.splitlines()
    assert "queries" not in figures_table(RESULT)


def test_where_no_query_has_a_relevant_item_it_says_so():
    nothing = dict.fromkeys(SCORES, math.nan)
    both = {"image_to_text": nothing, "text_to_image": nothing}
    table = figures_table(
        replace(RESULT, queries_without_relevant=1200, bits={"16": both}, chance=math.nan, chance_scores=nothing)
    )
    assert "none of 1,200 queries has a relevant item in the database: there is nothing to measure" in table
    assert "nan" not in table


def test_a_figure_that_no_query_counts_in_is_a_dash():
    both = {"image_to_text": SCORES | {"map@50": math.nan}, "text_to_image": SCORES}
    assert "–" in figures_table(replace(RESULT, bits={"16": both}, topk_rule="nonzero-hits")).splitlines()[2]


def test_several_seeds_show_their_spread():
    spread = {name: {"mean": value, "std": 0.125} for name, value in SCORES.items()}
    both = {"image_to_text": spread, "text_to_image": spread}
    assert "0.7500 ± 0.1250" in figures_table(replace(RESULT, bits={"16": both})).splitlines()[2]


def test_without_labels_nothing_is_measured():
    table = figures_table(replace(RESULT, chance=None, chance_scores={}, bits={"16": {}}))
    assert table.splitlines()[:2] == ["hint on pairs", "no labels: codes were written, nothing was measured"]
