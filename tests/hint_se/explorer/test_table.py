"""Figures of a node and the table of its parts, in a real browser."""

import numpy as np
import pytest
from browser import until
from openedpage import below, bits_below, communities

import hint_se

pytest.importorskip("selenium")
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select


def test_whole_numbers_are_exact_and_shares_have_three_digits(page, tree):
    page.open()
    facts = dict(zip(page.texts("#facts dt"), page.texts("#facts dd"), strict=True))
    assert facts["volume: sum of the degrees"] == f"{int(tree.volume[tree.root]):,}"
    assert facts["cut: weight of edges to outside"] == "0, 0% of its volume"
    for text, size in zip(page.texts("#rows td[data-what='share of all leaves']"), communities(tree), strict=True):
        assert len(text.strip("0.%").replace(".", "")) <= 3 <= len(text.strip("%").replace(".", ""))
        assert float(text.strip("%")) == pytest.approx(100 * size / tree.n_leaves, rel=5e-3)


def test_the_table_is_ordered_as_one_likes(page, tree):
    page.open()
    asked = Select(page.one("#by-what"))
    labels = tree.labels()
    tops = [int(tree.parent[np.flatnonzero(labels == one)[0]]) for one in range(labels.max() + 1)]
    for one, top in enumerate(tops):
        while tree.leaves(top).size < (labels == one).sum():
            top = int(tree.parent[top])
        tops[one] = top
    leaving = np.array([tree.cuts[top] / tree.volume[top] for top in tops])
    bits = np.array([bits_below(tree, top) for top in tops])
    for value, falling in (("closed", -leaving), ("open", leaving), ("entropy", bits)):
        before = page.texts("#rows th")
        asked.select_by_value(value)
        until(lambda before=before: page.texts("#rows th") != before)
        shown = [int(text.split(" ")[0].strip("#")) for text in page.texts("#rows th")]
        assert sorted(shown) == list(range(len(tops)))
        assert (np.diff(falling[shown]) <= 1e-3 * np.abs(falling).max()).all()
    asked.select_by_value("size")
    until(
        lambda: [int(text.replace(",", "")) for text in page.texts("#rows td[data-what=leaves]")] == communities(tree)
    )


def test_a_long_table_comes_in_pages(page, folder):
    hint_se.build_tree([(0, k) for k in range(1, 120)], height=1).report(folder / "fan.html")
    page.open("fan", fragment="#120,levels")
    assert len(page.texts("#rows tr")) == 50
    page.one("#further").click()
    until(lambda: len(page.texts("#rows tr")) == 100)
    assert page.driver.switch_to.active_element == page.driver.find_elements(By.CSS_SELECTOR, "#rows a")[50]
    page.one("#further").click()
    until(lambda: len(page.texts("#rows tr")) == 120)
    assert not page.one("#further").is_displayed()
    # The hub first, then by id.
    assert page.texts("#rows th")[:3] == ["0", "1", "2"]


def test_figures_of_a_node(page, tree):
    labels = tree.labels()
    largest = int(np.argmax(np.bincount(labels)))
    leaf = int(np.flatnonzero(labels == largest)[0])
    node = leaf
    while tree.leaves(node).size < np.bincount(labels)[largest]:
        node = int(tree.parent[node])
    page.open(fragment=f"#{node}")
    assert page.one("#here").text == f"Community {largest}"
    facts = dict(zip(page.texts("#facts dt"), page.texts("#facts dd"), strict=True))
    assert facts["leaves"].startswith(f"{tree.leaves(node).size:,}, ")
    assert facts["in Python"] == f"tree.leaves({node})"
    cut = float(facts["cut: weight of edges to outside"].split(",")[0])
    assert cut == pytest.approx(tree.cuts[node], rel=1e-3)
    bits = float(facts["entropy of all below, bits"].split(",")[0])
    assert bits == pytest.approx(bits_below(tree, node), rel=1e-3)
    assert set(facts["best connected, by weight of edges within"].split(", ")) <= set(below(tree, node))
