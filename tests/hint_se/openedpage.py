"""A page of a tree, opened in a browser, and trees to open."""

import numpy as np
from browser import screen, until
from explorerpage import HOSTILE

import hint_se

SIZES = {"wide": (1400, 1000), "phone": (390, 844)}
ENTER = "\ue007"
TILES = """
return [...document.querySelectorAll("#picture .tile")].map((tile) => ({
  node: tile.place.data.node?.id, leaves: tile.place.value, depth: tile.place.depth, label: tile.getAttribute("aria-label"),
  text: tile.textContent, rest: tile.place.data.rest ?? 0,
}));
"""
FOCUSED = "return document.activeElement.place?.data.node?.id"


def planted():
    """12,000 nodes in 240 groups of 50, in 12 of 1,000: more than one block."""
    rng = np.random.default_rng(0)
    n = 12_000
    start = rng.integers(0, n, 54_000)
    width = np.where(np.arange(start.size) < 39_000, 50, np.where(np.arange(start.size) < 53_000, 1000, n))
    end = start // width * width + rng.integers(0, width)
    return hint_se.Graph.from_edges(
        [(f"node {u}", f"node {v}") for u, v in zip(start.tolist(), end.tolist(), strict=True) if u != v]
    )


def hostile():
    """Two rings of hostile names, and a bridge."""
    first, second = HOSTILE, [f"plain {k}" for k in range(12)]
    edges = [(ring[k], ring[k - j]) for ring in (first, second) for k in range(12) for j in (1, 2)]
    return hint_se.build_tree([*edges, (first[0], second[0])], height=2)


class Explorer:
    def __init__(self, driver, folder):
        self.driver, self.folder = driver, folder

    def open(self, name="large", fragment="", size="wide", **wishes):
        screen(self.driver, *SIZES[size], still=True, **wishes)
        self.driver.get("about:blank")
        self.driver.get(f"{(self.folder / name).as_uri()}.html{fragment}")
        self.shown()
        return self

    def shown(self, address=None):
        script = "return document.documentElement.dataset.shown"
        return until(lambda: (at := self.driver.execute_script(script)) and (address is None or at == address) and at)

    def one(self, selector):
        return self.driver.find_element("css selector", selector)

    def texts(self, selector):
        script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.innerText.trim())"
        return self.driver.execute_script(script, selector)

    def tiles(self):
        return self.driver.execute_script(TILES)

    def click(self, node):
        script = "[...document.querySelectorAll('#picture .tile')].find((t) => t.place.data.node?.id === arguments[0]).click()"
        self.driver.execute_script(script, node)
        self.shown(str(node))

    def keys(self, *keys):
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self):
        return self.driver.execute_script(FOCUSED)

    def address(self):
        return self.driver.execute_script("return location.hash")

    def search(self, words):
        self.one("#words").clear()
        self.one("#words").send_keys(words + ENTER)
        return until(lambda: (said := self.one("#status").text) and "found" in said.replace("Searching", "") and said)

    def saved(self, name):
        path = self.folder / "saved" / name
        until(path.exists)
        data = until(path.read_bytes)
        path.unlink()
        return data.decode("utf-8")


def below(tree, node):
    return sorted(tree.node_names[leaf] for leaf in tree.leaves(node))


def communities(tree):
    labels = tree.labels()
    return sorted(np.bincount(labels).tolist(), reverse=True)


def bits_below(tree, node):
    """The sum over the subtree, by marking it from the top."""
    marked = np.zeros(tree.parent.size, dtype=bool)
    marked[node] = True
    for one in range(node - 1, -1, -1):
        marked[one] = marked[tree.parent[one]]
    return hint_se.entropy_terms(tree)[marked].sum()
