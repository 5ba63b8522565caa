"""The page of known classes: in step with its figures, and lines that another default does not pass for its own."""

from dataclasses import replace

import pytest
from benchmarks.records import RESULTS, ROOT, Records
from benchmarks.training import known_classes as page
from benchmarks.training.accuracy_cells import SETS
from benchmarks.training.tree_levels import SEEDS

from hint_train import preset


def records():
    return Records(RESULTS / "known_classes.jsonl", page.COMMAND)


def test_the_page_is_in_step_with_the_figures():
    text = page.report(records(), page.emoji_records(), list(SETS), quick=False)
    assert (RESULTS / "known_classes.md").read_text(encoding="utf-8") == text, f"{page.COMMAND} --render"
    assert "results/known_classes.md" in (ROOT / "docs" / "results-emoji.md").read_text(encoding="utf-8")


def test_every_method_is_measured_on_every_set_with_every_kind_of_classes():
    for name in SETS:
        values = page.values_of(name, records(), page.emoji_records())
        assert list(values) == list(page.METHODS), name
        for method, seeds in values.items():
            assert len(seeds) == len(SEEDS)
            for _, _, there in page.shown_levels(method, seeds):
                assert all(-0.05 <= one[kind] <= 1 for one in there for kind in page.kinds(name))


def test_another_graph_is_another_line_and_another_seed_of_the_tree_is_not():
    config = preset("default")
    chosen = page.options(config)
    for option, value, same in (
        ("k", 7, False),
        ("height", 3, False),
        ("tree_seed", 9, True),
        ("rebuild_every", 5, True),
    ):
        section = "graph" if option == "k" else "tree"
        other = replace(config, **{section: replace(getattr(config, section), **{option: value})})
        assert (page.options(other) == chosen) is same, option


def test_the_nearest_level_of_each_method_is_named_and_the_best_is_bold():
    def value(*scores, read=0.0):
        levels = {f"level {i}": {"communities": i, "labels": x} for i, x in enumerate(scores, 1)}
        return {
            "levels": levels | {"read": {"communities": 1, "labels": read}, "cut(9)": {"communities": 9, "labels": 1.0}}
        }

    values = {
        page.OURS: [value(0.2, 0.4, read=0.4), value(0.4, 0.6, read=0.6)],
        page.FREE: [value(0.1, read=0.2)],
        "Leiden, modularity": [value(0.3), value(0.35)],
    }
    cells = page.best_text({"some": values}).splitlines()[-1].strip("| ").split(" | ")
    assert cells == ["some", "labels", "**0.500 (level 2)**", "0.200 (read)", "–", "–", "0.325 (level 1)"]


@pytest.mark.parametrize(("kind", "field"), [("broader", "group"), ("labels", "subgroup")])
def test_levels_of_the_emoji_come_under_the_same_names(kind, field):
    line = page.emoji_records().get(f"tree: {page.GRAPHS[2]}; {page.FOUR}; seed 1")["value"]
    here = page.values_of("emoji", records(), page.emoji_records())[page.OURS][0]
    assert here["levels"]["level 1"][kind] == line["levels"]["level 1"][field]
