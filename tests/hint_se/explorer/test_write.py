"""The file of a page: what it holds against the tree, and what names cannot do to it."""

import re
from pathlib import Path

import networkx
import numpy as np
import pytest
from explorerpage import HOSTILE, Page
from known import APART

import hint_se
from hint_se.explorer import blocks, write


def page_of(tree, folder, **options):
    tree.report(folder / "tree.html", **options)
    return Page((folder / "tree.html").read_text(encoding="utf-8"))


def drawn(n=120, m=500, seed=5):
    rng = np.random.default_rng(seed)
    edges = rng.integers(0, n, size=(m, 2))
    edges[: m // 2] = edges[: m // 2] // 20 * 20 + rng.integers(0, 20, size=(m // 2, 2))
    return hint_se.Graph.from_edges(edges, rng.uniform(0.5, 2, m), n_nodes=n, self_loops="keep")


@pytest.fixture(params=[8192, 9])
def size(request, monkeypatch):
    """Nodes in a block: the whole tree, or a few."""
    monkeypatch.setattr(write, "divided", lambda order: blocks.divided(order, request.param))
    return request.param


@pytest.mark.parametrize("tree", [hint_se.build_tree(drawn()), APART], ids=["drawn", "apart"])
def test_columns_are_those_of_the_tree(tree, size, tmp_path):
    page = page_of(tree, tmp_path)
    nodes = page.nodes()
    assert page.about["blocks"] == 1 or size == 9
    assert sorted(nodes) == list(range(tree.parent.size))
    terms = hint_se.entropy_terms(tree)
    for node, said in nodes.items():
        inside = tree.leaves(node)
        assert said["up"] == tree.parent[node]
        assert said["volume"] == pytest.approx(tree.volume[node], rel=1e-5)
        assert said["cut"] == pytest.approx(tree.cuts[node], rel=1e-5, abs=1e-5)
        if node < tree.n_leaves:
            assert (said["leaves"], said["name"]) == (0, None)
            continue
        assert said["leaves"] == inside.size
        under = [one for one in range(tree.parent.size) if one == node or set(tree.leaves(one)) < set(inside)]
        # A node with a single child has the same leaves: it is below if its id is smaller.
        under += [one for one in range(node) if one not in under and set(tree.leaves(one)) == set(inside)]
        assert said["bits"] == pytest.approx(terms[under].sum(), rel=1e-5)


def test_communities_are_the_suggested_ones(size, tmp_path):
    tree = hint_se.build_tree(drawn())
    nodes, labels = page_of(tree, tmp_path).nodes(), tree.labels()
    assert [nodes[leaf]["mark"][0] for leaf in range(tree.n_leaves)] == labels.tolist()
    whole = {node: said for node, said in nodes.items() if said["whole"]}
    assert len(whole) == tree.suggest_level().n_communities
    marks = {node: said["mark"][1] for node, said in whole.items()}
    several = [node for node in whole if tree.leaves(node).size > 1]
    assert sorted(marks[node] for node in several) == list(range(len(several)))
    assert {marks[node] for node in whole if node not in several} <= {len(several)}


def test_few_colours_go_by_size(tmp_path):
    tree = hint_se.build_tree(networkx.les_miserables_graph())
    page = page_of(tree, tmp_path)
    sizes = {said["mark"][1]: said["leaves"] for said in page.nodes().values() if said["whole"]}
    assert [sizes[hue] for hue in range(5)] == sorted(sizes.values(), reverse=True)
    assert page.about["colours"][:2] == ["#0072b2", "#e69f00"]


def test_every_community_has_a_colour_of_its_own(tmp_path):
    thirty = networkx.planted_partition_graph(30, 20, 0.8, 0.002, seed=1)
    tree = hint_se.build_tree(thirty, height=3)
    page = page_of(tree, tmp_path)
    marks = [said["mark"][1] for said in page.nodes().values() if said["whole"]]
    assert sorted(marks) == list(range(30))
    assert len(set(page.about["colours"])) == 31


def test_members_are_named(size, tmp_path):
    club = networkx.les_miserables_graph()
    tree = hint_se.build_tree(club)
    nodes = page_of(tree, tmp_path).nodes()
    root = nodes[tree.root]
    degrees = dict(club.degree(weight="weight"))
    assert root["members"][0] == max(degrees, key=degrees.get)
    assert {node for node, said in nodes.items() if said["members"]} == {
        node for node in range(tree.parent.size) if tree.leaves(node).size > 5
    }
    assert {said["name"] for said in nodes.values() if "name" in said} == set(club.nodes)


def test_without_the_graph_degrees_stand_in_and_nothing_is_said_of_chance(tmp_path):
    tree = hint_se.build_tree(networkx.les_miserables_graph())
    tree.save(tmp_path / "tree.npz")
    page, alone = page_of(tree, tmp_path), page_of(hint_se.Tree.load(tmp_path / "tree.npz"), tmp_path)
    assert (page.about["linked"], alone.about["linked"]) == (True, False)
    assert page.about["null"] == {"structure": tree.null().structure, "words": str(tree.null())}
    assert alone.about["null"] is None
    assert page.about["suggested"]["words"] == str(tree.suggest_level())
    assert page.about["bits"] == tree.entropy


def test_hostile_names_are_data(size, tmp_path):
    names = [*HOSTILE, *(f"plain {k}" for k in range(20)), ("a", 1)]
    rng = np.random.default_rng(2)
    edges = [(names[u], names[v]) for u, v in rng.integers(0, len(names), size=(90, 2)) if u != v]
    tree = hint_se.build_tree(edges)
    page = page_of(tree, tmp_path, title=HOSTILE[0])
    assert {said["name"] for said in page.nodes().values() if "name" in said} == {
        str(name).encode("utf-8", "backslashreplace").decode() for name in tree.node_names
    }
    assert page.about["title"] == HOSTILE[0]
    outside = re.sub(r'<script type="text/plain"[^>]*>[^<]*</script>', "", page.text)
    assert len(re.findall("<script", outside.replace(page.code[1], "").replace(page.code[2], ""))) == 3
    assert all(len(name) <= 60 for said in page.nodes().values() for name in said["members"] or [])


@pytest.mark.parametrize(
    "mark", ["/*style*/", "/*about*/", "/*script*/", "<!--title-->", "<!--policy-->", "<!--blocks-->"]
)
def test_a_title_may_hold_the_marks_of_the_template(mark, tmp_path):
    page = page_of(APART, tmp_path, title=f"{mark} {mark}")
    assert page.about["title"] == f"{mark} {mark}"
    assert all(page.allowed())


def test_the_page_runs_its_own_code_alone_and_asks_nobody(tmp_path):
    page = page_of(APART, tmp_path)
    assert page.policy.startswith("default-src 'none'; ")
    assert "unsafe" not in page.policy
    assert len(page.code) == 3
    assert all(page.allowed())
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#)""", page.text)
    assert "fetch(" not in page.text
    # The page itself, without the tree.
    assert len(page.text) < 100_000


def test_the_library_is_the_one_that_is_written_down():
    import hashlib

    folder = Path(write.__file__).parent / "vendor"
    said = (folder / "README.md").read_text()
    data = (folder / "d3-hierarchy.min.js").read_bytes()
    assert hashlib.sha256(data).hexdigest() in said
    assert f"{len(data):,} bytes" in said
    assert re.search(rb"v([\d.]+) Copyright", data)[1].decode() in said
    assert "Permission to use, copy, modify" in (folder / "LICENSE-d3-hierarchy").read_text()


def test_size_for_50_000_leaves(tmp_path):
    n = 50_000
    names = [f"name of node {k}" for k in range(n)]
    parent = np.concatenate([n + np.arange(n) // 10, np.full(n // 10, n + n // 10), [-1]])
    pairs = np.stack([np.arange(n), (np.arange(n) + 1) % n], axis=1)
    tree = hint_se.Tree.from_parent(hint_se.Graph.from_edges([(names[u], names[v]) for u, v in pairs.tolist()]), parent)
    page_of(tree, tmp_path)
    assert (tmp_path / "tree.html").stat().st_size < 2_000_000


@pytest.mark.usefixtures("heard")
def test_an_interrupted_page_leaves_the_older_one(tmp_path):
    tree = hint_se.build_tree(drawn())
    (tmp_path / "tree.html").write_text("older")

    def interrupt(stage, fraction):
        if stage == "writing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tree.report(tmp_path / "tree.html", progress=interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["tree.html"]
    assert (tmp_path / "tree.html").read_text() == "older"


def test_progress_goes_from_nothing_to_all(tmp_path):
    told = []
    hint_se.build_tree(drawn()).report(tmp_path / "tree.html", progress=lambda *said: told.append(said))
    assert {stage for stage, _ in told} == {"members", "writing"}
    for stage in ("members", "writing"):
        shares = [share for name, share in told if name == stage]
        assert shares == sorted(shares)
        assert shares[-1] <= 1
    assert told[-1] == ("writing", 1.0)


@pytest.mark.parametrize("tree", [hint_se.build_tree([], n_nodes=1), hint_se.build_tree([], n_nodes=3)], ids=["1", "3"])
def test_trees_without_edges(tree, tmp_path):
    page = page_of(tree, tmp_path)
    assert len(page.nodes()) == tree.parent.size
    assert page.about["bits"] == 0
