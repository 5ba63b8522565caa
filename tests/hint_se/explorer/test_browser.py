"""The page of a tree in a real browser: zoom, search, links, keyboard, files saved, screen readers."""

import csv
import io
import json

import networkx
import pytest
from browser import until, violations
from explorerpage import HOSTILE
from openedpage import SIZES, below, communities

import hint_se

pytest.importorskip("selenium")
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys


def test_it_opens_on_the_suggested_communities(page, tree):
    page.open()
    assert page.one("h1").text == page.driver.title == "Planted groups"
    assert str(tree.suggest_level()) in page.one("#summary").text
    assert not page.one("#chance").is_displayed()
    sizes = communities(tree)
    assert [int(text.replace(",", "")) for text in page.texts("#rows td[data-what=leaves]")] == sizes
    drawn = [tile["leaves"] for tile in page.tiles() if tile["depth"] == 1]
    assert drawn == sizes


def test_what_is_drawn_is_the_tree(page, tree):
    page.open(fragment=f"#{tree.root},levels")
    tiles = page.tiles()
    assert tiles[0]["node"] == tree.root
    assert all(tile["leaves"] == tree.leaves(tile["node"]).size for tile in tiles if tile["node"] is not None)
    assert {tree.parent[tile["node"]] for tile in tiles if tile["depth"] == 1 and tile["node"]} == {tree.root}
    columns = {depth: sum(t["leaves"] for t in tiles if t["depth"] == depth) for depth in (0, 1)}
    assert set(columns.values()) == {tree.n_leaves}
    assert len(tiles) < 2000


def test_it_zooms_and_comes_back(page, tree):
    page.open()
    first = next(t for t in page.tiles() if t["depth"] == 1)["node"]
    page.click(first)
    assert page.tiles()[0]["node"] == first
    child = next(t for t in page.tiles() if t["depth"] == 1 and t["node"])["node"]
    page.click(child)
    assert page.address() == f"#{child}"
    way = page.texts("#path li")
    assert way[0] == "whole tree"
    page.driver.back()
    page.shown(str(first))
    page.one("#path a").click()
    page.shown(str(tree.root))
    assert page.tiles()[0]["node"] == tree.root


def test_a_name_is_found_wherever_it_is(page, tree):
    page.open()
    assert page.search("NODE 1119") == "11 leaves found"
    names = page.texts("#hits a")
    assert sorted(names) == sorted(name for name in tree.node_names if "node 1119" in name)
    page.one("#hits a").click()
    node = tree.node_names.index(names[0])
    page.shown(str(node))
    assert page.one("#here").text == f"Leaf {names[0]}"
    assert page.one(".tile.chosen").get_attribute("aria-current") == "true"
    assert page.one("#path li:last-child").text == names[0]
    page.one("#words").clear()
    page.one("#words").send_keys("nobody" + Keys.ENTER)
    until(lambda: page.one("#status").text == "No name has these letters")
    assert not page.one("#hits").is_displayed()


def test_a_link_leads_to_its_node(page, tree):
    leaf = tree.node_names.index("node 7777")
    page.open(fragment=f"#{leaf}")
    assert page.one("#here").text == "Leaf node 7777"
    page.open(fragment=f"#{tree.parent[leaf]},levels")
    assert page.tiles()[0]["node"] == tree.parent[leaf]
    assert page.one("#view [value=levels]").is_selected()
    way = [
        int(one.get_attribute("href").split("#")[1].split(",")[0])
        for one in page.driver.find_elements(By.CSS_SELECTOR, "#path a")
    ]
    assert way[0] == tree.root
    assert all(tree.parent[below] == above or above in way[:2] for above, below in zip(way, way[1:], strict=False))
    page.open(fragment="#99999999")
    assert page.one("#status").text == "There is no node 99999999 in this tree"
    assert page.tiles()[0]["node"] == tree.root
    page.open(fragment="#<img src=x>")
    assert page.tiles()[0]["node"] == tree.root


def test_a_keyboard_is_enough(page, tree):
    page.open()
    page.one("#picture [tabindex='0']").send_keys("")
    page.driver.execute_script("document.querySelector('#picture [tabindex=\"0\"]').focus()")
    assert page.focused() == tree.root
    column = [tile["node"] for tile in page.tiles() if tile["depth"] == 1]
    page.keys(Keys.ARROW_RIGHT)
    assert page.focused() == column[0]
    page.keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert page.focused() == column[2]
    page.keys(Keys.HOME)
    assert page.focused() == column[0]
    page.keys(Keys.ARROW_DOWN, Keys.ENTER)
    page.shown(str(column[1]))
    assert page.focused() == column[1]
    page.keys(Keys.BACKSPACE)
    page.shown(str(tree.root))
    page.keys("/")
    assert page.driver.switch_to.active_element.get_attribute("id") == "words"
    page.keys("node 11234", Keys.ENTER)
    until(lambda: page.one("#status").text == "1 leaf found")
    hit = page.one("#hits a")
    for _ in range(4):
        page.keys(Keys.TAB)
        if page.driver.switch_to.active_element == hit:
            break
    page.keys(Keys.ENTER)
    page.shown(str(tree.node_names.index("node 11234")))
    assert page.driver.switch_to.active_element.get_attribute("id") == "here"


def test_names_are_saved(page, tree):
    page.open()
    node = next(t for t in page.tiles() if t["depth"] == 1)["node"]
    page.click(node)
    page.one("#save [value=csv]").click()
    rows = list(csv.reader(io.StringIO(page.saved(f"node-{node}.csv"), newline="")))
    assert rows[0] == ["name", "community"]
    assert sorted(name for name, _ in rows[1:]) == below(tree, node)
    labels = dict(zip(tree.node_names, tree.labels().tolist(), strict=True))
    assert all(int(community) == labels[name] for name, community in rows[1:])
    page.open()
    page.one("#save [value=json]").click()
    found = json.loads(page.saved(f"node-{tree.root}.json"))
    assert {leaf["name"]: leaf["community"] for leaf in found["leaves"]} == labels


def test_hostile_names_are_shown_and_saved_as_they_are(page):
    page.open("hostile")
    assert page.driver.title == page.one("h1").text == HOSTILE[0]
    shown = page.driver.execute_script(
        "return [...document.querySelectorAll('#picture bdi')].map((one) => one.textContent)"
    )
    names = {name.encode("utf-8", "backslashreplace").decode() for name in HOSTILE}
    assert {name if name.strip() else "(blank name)" for name in names} <= set(shown)
    assert page.driver.execute_script("return document.images.length + document.querySelectorAll('iframe').length") == 0
    assert page.search("<script>").startswith("2 leaves")
    assert page.search("\u05e9\u05dc\u05d5\u05dd") == "1 leaf found"
    page.one("#save [value=csv]").click()
    root = page.address().strip("#") or page.tiles()[0]["node"]
    rows = list(csv.reader(io.StringIO(page.saved(f"node-{root}.csv"), newline="")))
    assert names <= {name for name, _ in rows[1:]}
    width = "return [document.documentElement.scrollWidth, innerWidth]"
    for size in SIZES:
        page.open("hostile", size=size)
        wide, room = page.driver.execute_script(width)
        assert wide <= room


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["club", "hostile"])
def test_accessibility(page, name, size, dark):
    page.open(name, size=size, dark=dark)
    page.search("1")
    assert violations(page.driver) == []
    page.click(next(tile["node"] for tile in page.tiles() if tile["depth"] == 1))
    assert violations(page.driver) == []


def test_parts_too_thin_to_draw_are_said(page, folder):
    n = 3000
    star = hint_se.build_tree([(0, k) for k in range(1, n)], height=1)
    star.report(folder / "star.html")
    page.open("star", fragment="#2999")
    tiles = page.tiles()
    assert sum(tile["leaves"] for tile in tiles if tile["depth"] == 1) == pytest.approx(n)
    rest = next(tile for tile in tiles if tile["rest"])
    shown = [tile for tile in tiles if tile["depth"] == 1 and not tile["rest"]]
    assert rest["label"] == f"{n - len(shown):,} leaves more in parts too thin to draw"
    assert 2999 in [tile["node"] for tile in tiles]


def test_many_communities_are_drawn_in_groups(page, folder):
    ring = hint_se.build_tree(networkx.ring_of_cliques(100, 5))
    ring.report(folder / "ring.html")
    assert ring.suggest_level().n_communities == 100
    page.open("ring")
    first = [tile for tile in page.tiles() if tile["depth"] == 1]
    assert 10 < len(first) <= 31
    assert sum(tile["leaves"] for tile in first) == 500
    group = max(first, key=lambda tile: tile["leaves"])
    page.click(group["node"])
    inside = [tile for tile in page.tiles() if tile["depth"] == 1]
    assert {tile["leaves"] for tile in inside} == {5}
    assert sum(tile["leaves"] for tile in inside) == group["leaves"]
    assert page.texts("#path li")[0] == "whole tree"


def test_a_page_of_one_leaf(page, folder):
    hint_se.build_tree([], n_nodes=1).report(folder / "one.html")
    page.open("one")
    assert len(page.tiles()) == 1
    assert page.one("#here").text == "Leaf 0"
