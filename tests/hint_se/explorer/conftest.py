"""One browser and one large tree for the tests of its page."""

import networkx
import pytest
from browser import chromium
from explorerpage import HOSTILE
from openedpage import Explorer, hostile, planted

import hint_se


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def tree(folder):
    built = hint_se.build_tree(planted(), effort="fast", n_threads=1)
    built.report(folder / "large.html", title="Planted groups")
    hostile().report(folder / "hostile.html", title=HOSTILE[0])
    hint_se.build_tree(networkx.karate_club_graph()).report(folder / "club.html")
    return built


@pytest.fixture(scope="module")
def driver(folder, tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as one:
        # Whatever would be asked of another machine fails, and is logged as an error.
        one.execute_cdp_cmd("Network.enable", {})
        one.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["http://*", "https://*"]})
        (folder / "saved").mkdir()
        where = {"behavior": "allow", "downloadPath": str(folder / "saved")}
        one.execute_cdp_cmd("Browser.setDownloadBehavior", where)
        yield one


@pytest.fixture
def page(driver, folder, tree):
    page = Explorer(driver, folder)
    yield page
    assert driver.get_log("browser") == []  # no error, nothing that the policy of the page forbids
