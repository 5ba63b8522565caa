"""What somebody who comes from networkx, igraph, scikit-learn or Infomap types first: each try has an answer."""

import subprocess
import sys

import networkx
import numpy as np
import pytest

import hint_se
from hint_se import Graph, GraphError, StructuralEntropyClustering, Tree
from hint_se.cli import main

CLUB = networkx.karate_club_graph()
NAMED = [
    ("a", "b", 2.0),
    ("b", "c", 1.0),
    ("c", "a", 1.5),
    ("c", "d", 0.5),
    ("d", "e", 2.0),
    ("e", "f", 1.0),
    ("f", "d", 1.0),
]
TREE = hint_se.build_tree(CLUB)
LOW = hint_se.build_tree(networkx.les_miserables_graph(), height=2)
BLOBS = np.repeat(np.eye(4) * 9, 25, axis=0) + np.random.default_rng(0).normal(size=(100, 4))

#: The words of the try, and what must hold of them.
TRIES = {
    "build_tree(G)": lambda: len(hint_se.build_tree(CLUB)) == 34,
    "build_tree(G, weight='weight')": lambda: hint_se.build_tree(CLUB, weight="weight") == TREE,
    "build_tree(G, weight=None)": lambda: hint_se.build_tree(CLUB, weight=None) != TREE,
    "build_tree([('a', 'b', 2.0), ...])": lambda: hint_se.build_tree(NAMED).node_names == tuple("abcdef"),
    "build_tree(edges, weights)": lambda: (
        hint_se.build_tree([edge[:2] for edge in NAMED], [edge[2] for edge in NAMED]).n_leaves == 6
    ),
    "build_tree(G, seed=1)": lambda: hint_se.build_tree(CLUB, seed=1) == hint_se.build_tree(CLUB, seed=1),
    "build_tree(G, random_state=1)": lambda: (
        hint_se.build_tree(CLUB, random_state=1) == hint_se.build_tree(CLUB, seed=1)
    ),
    "build_tree(G, random_state=rng)": lambda: (
        hint_se.build_tree(CLUB, random_state=np.random.default_rng(0)).n_leaves == 34
    ),
    "build_tree(DiGraph)": lambda: refused(
        GraphError, "Graph.from_directed", lambda: hint_se.build_tree(CLUB.to_directed())
    ),
    "len(tree)": lambda: len(TREE) == 34,
    "len(graph)": lambda: len(Graph.from_networkx(CLUB)) == CLUB.number_of_nodes(),
    "repr(tree)": lambda: len(repr(TREE)) < 90,
    "repr(graph)": lambda: len(repr(Graph.from_networkx(CLUB))) < 60,
    "repr(summary)": lambda: len(repr(TREE.summary())) < 120,
    "repr(neighbours)": lambda: len(repr(TREE.neighbours(np.arange(34) % 2))) < 60,
    "tree.labels()": lambda: TREE.labels().tolist() == TREE.cut(TREE.suggest_level().n_communities).tolist(),
    "tree.labels(1)": lambda: TREE.labels(1).shape == (34,),
    "tree.communities()": lambda: networkx.community.is_partition(CLUB, TREE.communities()),
    "tree.communities(2)": lambda: networkx.community.is_partition(CLUB, TREE.communities(2)),
    "modularity(G, tree.communities())": lambda: networkx.community.modularity(CLUB, TREE.communities()) > 0.35,
    "tree.to_frame()": lambda: list(TREE.to_frame()) == ["node", "level", "community", "parent"],
    "tree.suggest_level()": lambda: str(TREE.suggest_level()).startswith("2 communities"),
    "tree.cut(5)": lambda: LOW.cut(5).max() == 4,
    "tree.cut(13, min_size=5)": lambda: np.bincount(LOW.cut(13, min_size=5)).min() >= 5,
    "tree.cuts": lambda: TREE.cuts.shape == TREE.volume.shape,
    "tree.null()": lambda: TREE.null().z > 0,
    "repr(tree.null())": lambda: len(repr(TREE.null())) < 90,
    "print(tree.summary())": lambda: "random graphs of the same degrees" in str(TREE.summary()),
    "Tree.from_labels(G, louvain)": lambda: (
        Tree.from_labels(CLUB, networkx.community.louvain_communities(CLUB, seed=0)).height == 2
    ),
    "Tree.from_labels(G, labels)": lambda: Tree.from_labels(CLUB, [v % 3 for v in CLUB]).labels(1).max() == 2,
    "Tree.from_labels(G, {node: label})": lambda: (
        Tree.from_labels(CLUB, {v: v // 9 for v in CLUB}).labels(1).max() == 3
    ),
    "Tree.from_labels(G, {node: path})": lambda: (
        Tree.from_labels(CLUB, {v: (v // 16, v // 8) for v in CLUB}).height == 3
    ),
    "structural_entropy(G, from_labels)": lambda: (
        hint_se.structural_entropy(CLUB, Tree.from_labels(CLUB, TREE.labels(1))) > TREE.entropy
    ),
    "compare(tree, labels)": lambda: (
        hint_se.compare(TREE, TREE.labels(2), levels=[2]).adjusted_mutual_information.item() > 0.999
    ),
    "print(compare(a, b))": lambda: "level 1" in str(hint_se.compare(TREE, LOW.labels(1)[:34])),
    "Clustering(n_neighbors=10).fit_predict(X)": lambda: fitted(n_neighbors=10) == 4,
    "Clustering(n_clusters=3)": lambda: fitted(n_neighbors=30, n_clusters=3) == 3,
    "Clustering(min_size=10)": lambda: fitted(n_neighbors=10, n_clusters=20, min_size=10) <= 10,
    "Clustering(random_state=7)": lambda: fitted(n_neighbors=10, random_state=7) == 4,
    "Clustering().fit(G)": lambda: len(StructuralEntropyClustering().fit(CLUB).labels_) == 34,
    "dir(hint_se)": lambda: {name for name in dir(hint_se) if name[0] != "_"} == set(hint_se.__all__),
    "hint_se.__version__": lambda: hint_se.__version__.count(".") == 2,
}


def refused(kind, words, call):
    with pytest.raises(kind, match=words):
        call()
    return True


def fitted(**options):
    return len(set(StructuralEntropyClustering(**options).fit_predict(BLOBS).tolist()))


@pytest.mark.parametrize("words", TRIES)
def test_a_first_try_has_an_answer(words):
    assert TRIES[words]()


@pytest.fixture
def command(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)

    def run(*words):
        with pytest.raises(SystemExit) as ended:
            main(words)
        out, err = capfd.readouterr()
        return ended.value.code, out, err

    (tmp_path / "club.txt").write_text("".join(f"{u} {v}\n" for u, v in CLUB.edges))
    assert run("build", "club.txt", "-o", "tree.npz", "--height", "2", "--quiet")[0] == 0
    return run


def test_the_version(command):
    assert command("--version") == (0, f"hint-se {hint_se.__version__}\n", "")
    done = subprocess.run([sys.executable, "-m", "hint_se", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"hint-se {hint_se.__version__}\n"


def test_labels_of_the_command(command):
    code, out, _ = command("labels", "tree.npz")
    tree = Tree.load("tree.npz")
    assert (code, out.splitlines()[1]) == (0, "0,0")
    assert [int(line.split(",")[1]) for line in out.splitlines()[1:]] == tree.labels().tolist()
    code, _, err = command("labels", "tree.npz", "--level", "99")
    assert (code, err) == (2, "error: --level: expected at most 2, the height of the tree, got 99\n")
    code, out, _ = command("labels", "tree.npz", "--communities", "3", "--edges", "club.txt", "--json")
    assert '"n_communities": 3' in out
    code, out, _ = command(
        "labels", "tree.npz", "--communities", "9", "--min-size", "6", "--edges", "club.txt", "--json"
    )
    assert code == 0
    code, out, err = command("labels", "tree.npz", "--communities", "3", "--json")
    assert (code, '"n_communities": 3' in out) == (0, False)
    assert "warning: cut: the tree has no cut into 3 communities" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("build club.txt -o a.npz --height 0", "--height: expected an integer >= 1"),
        ("build club.txt -o a.npz --threads 0", "--threads: expected an integer >= 1"),
        ("build club.txt -o a.npz --names --n-nodes 40", "--names: expected without --n-nodes"),
        ("labels tree.npz --communities 99", "--communities: expected an integer >= 1 and < 35"),
        ("labels tree.npz --min-size 3", "--min-size needs --edges, the file that the tree was built from"),
    ],
)
def test_the_command_speaks_of_its_options(command, words, said):
    code, out, err = command(*words.split())
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {said}")


def test_an_option_without_a_value_by_default_takes_no_none(command, capfd):
    assert "None|" not in command("build", "--help")[1]


def test_directed_edges_of_the_command(command):
    assert command("build", "club.txt", "-o", "flow.npz", "--directed", "--quiet")[0] == 0
    assert Tree.load("flow.npz") != Tree.load("tree.npz")


def test_the_command_says_what_chance_would_save(command):
    assert "random graphs of the same degrees" in command("build", "club.txt", "-o", "again.npz", "--quiet")[1]
    assert "random graphs of the same degrees" not in command("info", "tree.npz")[1]
    assert "random graphs of the same degrees" in command("info", "tree.npz", "--edges", "club.txt")[1]
    assert command("plot", "tree.npz", "-o", "tree.svg", "--edges", "club.txt")[0] == 0
