"""`hint-se report`: the page from a tree's file, with and without the file of its edges."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import networkx
import numpy as np
import pytest
from explorerpage import Page
from processes import processor_seconds_until_the_end, started

import hint_se
from hint_se import cli


@pytest.fixture
def here(tmp_path, monkeypatch, capfd):
    """Run `hint-se` inside this process, in a folder with a tree and its edges; return its code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    club = networkx.karate_club_graph()
    Path("club.csv").write_text("".join(f"m{u},m{v},{w}\n" for u, v, w in club.edges(data="weight")))
    hint_se.build_tree([(f"m{u}", f"m{v}", w) for u, v, w in club.edges(data="weight")]).save("club.npz")

    def go(*arguments):
        with pytest.raises(SystemExit) as end:
            cli.main(list(arguments))
        return end.value.code, *capfd.readouterr()

    return go


def test_a_page_of_a_file(here):
    assert here("report", "club.npz", "-o", "club.html") == (0, "", "")
    page = Page(Path("club.html").read_text())
    assert (page.about["title"], page.about["linked"], page.about["null"]) == ("club", False, None)
    assert {said["name"] for said in page.nodes().values() if "name" in said} == {f"m{k}" for k in range(34)}
    assert sorted(os.listdir()) == ["club.csv", "club.html", "club.npz"]


def test_a_page_with_the_edges(here):
    assert here("report", "club.npz", "-o", "club.html", "--edges", "club.csv", "--title", "The <club>")[0] == 0
    page = Page(Path("club.html").read_text())
    assert (page.about["title"], page.about["linked"]) == ("The <club>", True)
    tree = hint_se.Tree.load("club.npz", graph=hint_se.read_graph("club.csv"))
    assert page.about["null"]["words"] == str(tree.null())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["club.npz", "-o", "club.npz"], "--out: expected a name that ends in .html, got club.npz"),
        (["club.npz", "-o", "none/club.html"], "--out: expected a folder that can be written to, got none"),
        (["club.html", "-o", "club.html"], "--out: club.html is what is read; choose another name"),
    ],
)
def test_what_is_refused(here, words, said):
    Path("club.html").write_text("older")
    code, out, err = here("report", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {said}")
    assert Path("club.html").read_text() == "older"


def test_what_is_no_tree(here):
    Path("other.npz").write_bytes(b"PK")
    code, _, err = here("report", "other.npz", "-o", "t.html")
    assert (code, err.count("\n")) == (3, 1)
    assert err.startswith("error: other.npz: expected a saved tree")
    assert not Path("t.html").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_interrupted_within_half_a_second(tmp_path):
    rng = np.random.default_rng(0)
    n = 200_000
    parent = np.concatenate([n + np.arange(n) // 8, np.full(n // 8, n + n // 8), [-1]])
    pairs = np.stack([np.arange(n), rng.permutation(n)], axis=1)
    hint_se.Tree.from_parent(hint_se.Graph.from_edges(pairs[pairs[:, 0] != pairs[:, 1]], n_nodes=n), parent).save(
        tmp_path / "tree.npz"
    )
    words = [sys.executable, "-m", "hint_se", "report", "tree.npz", "-o", "tree.html"]
    with started(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        # The partial file is there from the beginning.
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob(".tree.html.*.partial")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert processor_seconds_until_the_end(process) < 0.5
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == "error: interrupted; no file was written\n"
    assert [path.name for path in tmp_path.iterdir()] == ["tree.npz"]
