"""The command `hint-se` inside this process: output, files, exit codes."""

import csv
import io
import json
from pathlib import Path

import networkx
import numpy as np
import pytest
from scipy.cluster import hierarchy

import hint_se

KARATE = sorted(networkx.karate_club_graph().edges)


@pytest.fixture
def here(tmp_path, monkeypatch, said):
    """Run `hint-se` inside this process, in a folder with an edge file; return its code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    Path("karate.txt").write_text("".join(f"{u} {v}\n" for u, v in KARATE))
    Path("names.csv").write_text("source,target,weight\n" + "".join(f"m{u},m{v},2\n" for u, v in KARATE))
    return said


def test_build_gives_the_tree_of_the_library(here):
    code, out, err = here(
        "build", "karate.txt", "-o", "tree.npz", "--height", 3, "--effort", "best", "--seed", 7, "--threads", 1
    )
    assert (code, err) == (0, "")
    expected = hint_se.build_tree(KARATE, height=3, effort="best", seed=7)
    assert hint_se.Tree.load("tree.npz") == expected
    lines = out.splitlines()
    assert lines[0] == "34 nodes, 78 edges"
    assert f"{expected.entropy:.4f} bits" in out
    assert lines[-1].endswith("s to build; written to tree.npz")
    assert sorted(path.name for path in Path().iterdir()) == ["karate.txt", "names.csv", "tree.npz"]


def test_json_is_all_of_stdout(here):
    code, out, _ = here("build", "names.csv", "-o", "tree.npz", "--height", 2, "--json")
    found, tree = json.loads(out), hint_se.Tree.load("tree.npz")
    assert code == 0
    assert (found["n_leaves"], found["n_edges"], found["height"], found["out"]) == (34, 78, 2, "tree.npz")
    assert found["entropy"] == pytest.approx(tree.entropy, abs=1e-12)
    assert set(found["seconds"]) == {"read", "build"}
    assert tree.node_names[:2] == ("m0", "m1")
    _, out, _ = here("info", "tree.npz", "--json")
    info = json.loads(out)
    # A file does not hold the graph, nor what chance would save on it.
    assert found.pop("null")["samples"]
    assert info.pop("null") is None
    assert {key: found[key] for key in info} == info
    _, out, _ = here("entropy", "names.csv", "tree.npz", "--json")
    assert json.loads(out) == {
        "entropy": pytest.approx(tree.entropy, abs=1e-12),
        "one_dimensional_entropy": pytest.approx(hint_se.one_dimensional_entropy(KARATE), abs=1e-12),
        "n_nodes": 34,
        "n_edges": 78,
    }
    _, out, _ = here("labels", "tree.npz", "--level", 1, "--json")
    labels = json.loads(out)
    assert labels["nodes"] == list(tree.node_names)
    assert labels["communities"] == tree.labels(1).tolist()
    assert labels["n_communities"] == len(set(labels["communities"]))


def test_labels_as_a_table(here):
    here("build", "names.csv", "-o", "tree.npz")
    tree = hint_se.Tree.load("tree.npz")
    for arguments, expected in ((("--level", 2), tree.labels(2)), (("--communities", 4), tree.cut(4))):
        code, out, _ = here("labels", "tree.npz", *arguments)
        rows = list(csv.reader(io.StringIO(out)))
        assert code == 0
        assert rows[0] == ["node", "community"]
        assert rows[1:] == [[name, str(label)] for name, label in zip(tree.node_names, expected.tolist(), strict=True)]
    code, out, _ = here("labels", "tree.npz", "--level", 2, "-o", "labels.csv")
    assert (code, out) == (0, "")
    assert Path("labels.csv").read_text().splitlines()[1] == f"m0,{tree.labels(2)[0]}"


def test_weights_by_name(here):
    Path("calls.csv").write_text("source,target,calls\na,b,1\nb,c,7\n")
    here("build", "calls.csv", "-o", "tree.npz", "--weight", "calls", "--quiet")
    assert hint_se.Tree.load("tree.npz").volume[-1] == 16


def test_entropy_of_another_graph_over_the_nodes_of_a_tree(here):
    """Nodes are found by their names, whatever their order, and those without edges are isolated."""
    here("build", "names.csv", "-o", "tree.npz")
    tree = hint_se.Tree.load("tree.npz")
    Path("part.csv").write_text("m33,m32,5\nm0,m1,1\n")
    code, out, _ = here("entropy", "part.csv", "tree.npz")
    index = {name: i for i, name in enumerate(tree.node_names)}
    edges = [(index["m33"], index["m32"]), (index["m0"], index["m1"])]
    expected = hint_se.structural_entropy((edges, [5.0, 1.0]), tree.parent)
    assert code == 0
    assert float(out) == pytest.approx(expected, abs=1e-9)
    here("build", "karate.txt", "-o", "plain.npz")
    assert here("entropy", "karate.txt", "plain.npz")[1] == f"{hint_se.Tree.load('plain.npz').entropy:.10g}\n"
    code, _, err = here("entropy", "part.csv", "plain.npz")
    assert code == 3
    assert "part.csv: expected nodes of the tree, got 'm33' and 3 more" in err


def test_integers_read_as_names_are_found_again(here):
    here("build", "karate.txt", "-o", "tree.npz", "--names")
    assert hint_se.Tree.load("tree.npz").node_names[:3] == ("0", "1", "2")
    assert here("entropy", "karate.txt", "tree.npz")[0] == 0


def test_info(here):
    here("build", "karate.txt", "-o", "tree.npz")
    code, out, _ = here("info", "tree.npz")
    assert code == 0
    assert out == f"{hint_se.Tree.load('tree.npz').summary()}\n"


@pytest.mark.parametrize("kind", ["dendrogram", "sunburst", "treemap", "icicle"])
def test_pictures(here, kind):
    here("build", "karate.txt", "-o", "tree.npz")
    code, out, err = here("plot", "tree.npz", "-o", f"{kind}.png", "--kind", kind, "--size", 4, 3, "--communities", 3)
    assert (code, out, err) == (0, "", "")
    head = Path(f"{kind}.png").read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (800, 600)


def test_exports(here):
    here("build", "names.csv", "-o", "tree.npz")
    tree = hint_se.Tree.load("tree.npz")
    for suffix in ("nwk", "graphml", "npy"):
        assert here("export", "tree.npz", "-o", f"tree.{suffix}") == (0, "", "")
    assert Path("tree.nwk").read_text() == tree.to_newick()
    assert len(networkx.read_graphml("tree.graphml")) == len(tree.parent)
    linkage = np.load("tree.npy", allow_pickle=False)
    assert hierarchy.is_valid_linkage(linkage)
    assert np.array_equal(linkage, tree.to_linkage())


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "subcommand"),
        (["build", "karate.txt"], 2, "out"),
        (["build", "karate.txt", "-o", "t.npz", "--height", "0"], 2, "height: expected an integer >= 1"),
        (["build", "karate.txt", "-o", "t.npz", "--threads", "0"], 2, "--threads: expected an integer >= 1"),
        (["build", "karate.txt", "-o", "t.npz", "--effort", "much"], 2, "much"),
        (["build", "karate.txt", "-o", "none/t.npz"], 2, "--out: expected a folder that can be written to, got none"),
        (["build", "karate.txt", "-o", "."], 2, "--out: expected a file, got ."),
        (["build", "karate.txt", "-o", "t.npz", "--format", "npz"], 3, "karate.txt: expected an npz file"),
        (["build", "none.txt", "-o", "t.npz"], 3, "none.txt: No such file or directory"),
        (["build", "bad.txt", "-o", "t.npz"], 3, "bad.txt, line 3: expected a finite weight > 0, got 'nan'"),
        (
            ["build", "names.csv", "-o", "t.npz", "--columns", "1"],
            2,
            "columns: expected source, target and maybe weight",
        ),
        (["build", "names.csv", "-o", "t.npz", "--columns", "a", "b"], 3, "names.csv, line 1: expected a header"),
        (
            ["build", "names.csv", "-o", "t.npz", "--weight", "calls"],
            3,
            "names.csv: expected 'calls' as weights, got 0",
        ),
        (["entropy", "karate.txt", "karate.txt"], 3, "karate.txt: expected a saved tree"),
        (["labels", "tree.npz", "--level", "99"], 2, "--level: expected at most 9, the height of the tree, got 99"),
        (["labels", "tree.npz", "--level", "1", "--communities", "2"], 2, "expected --level, or --communities"),
        (["labels", "tree.npz", "--level", "0"], 2, "--level: expected an integer >= 1, got 0"),
        (["labels", "tree.npz", "--communities", "35"], 2, "--communities: expected an integer >= 1 and < 35, got 35"),
        (["build", "karate.txt", "-o", "t.txt"], 2, "--out: expected a name that ends in .npz, got t.txt"),
        (["plot", "tree.npz", "-o", "t.bmp"], 2, "--out: expected a name that ends in .png, .svg, .pdf, got t.bmp"),
        (["export", "tree.npz", "-o", "t"], 2, "--out: expected a name that ends in .nwk, .graphml, .npy, got t"),
        (["info", "none.npz"], 3, "none.npz"),
    ],
)
def test_exit_codes(here, arguments, code, message):
    Path("bad.txt").write_text("# three columns\n0 1 1\n1 2 nan\n")
    hint_se.build_tree(KARATE).save("tree.npz")
    before = sorted(path.name for path in Path().iterdir())
    found, out, err = here(*arguments)
    assert found == code
    assert message in " ".join(err.replace("│", " ").split())
    assert out == ""
    assert "Traceback" not in err
    assert sorted(path.name for path in Path().iterdir()) == before


def test_out_of_memory_has_its_own_code(here, monkeypatch):
    def build(*_, **__):
        raise MemoryError("9 bytes")

    monkeypatch.setattr("hint_se.cli.commands.build_tree", build)
    assert here("build", "karate.txt", "-o", "t.npz") == (4, "", "error: out of memory: 9 bytes\n")


def test_notes_and_warnings_are_lines_on_stderr(here):
    Path("loops.csv").write_text("person,friend\n1,1\n1,2\n")
    code, _, err = here("build", "loops.csv", "-o", "t.npz")
    assert code == 0
    assert err.splitlines() == [
        "loops.csv, line 1: taken for the header person, friend",
        "warning: dropped 1 self-loop: they count in no degree, and with them the best tree may be another; "
        "self_loops='keep' (--self-loops keep) lets them count",
    ]
    assert here("build", "loops.csv", "-o", "t.npz", "--quiet")[2].startswith("warning:")


def test_an_old_tree_outlives_a_failed_write(here, monkeypatch):
    here("build", "karate.txt", "-o", "tree.npz", "--height", 2)
    before = Path("tree.npz").read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hint_se.files.whole.os.fsync", full)
    code, _, err = here("build", "karate.txt", "-o", "tree.npz")
    assert (code, err) == (3, "error: tree.npz: No space left on device\n")
    assert Path("tree.npz").read_bytes() == before
    assert sorted(path.name for path in Path().iterdir()) == ["karate.txt", "names.csv", "tree.npz"]


def test_options_say_what_a_file_does_not_show(here):
    Path("notes.txt").write_text("who; whom; mails\nann; bob; 1,5\nbob; cid; 2\n")
    code, out, _ = here("build", "notes.txt", "-o", "tree.npz", "--decimal", ",", "--header", "yes", "--delimiter", ";")
    assert code == 0
    assert out.startswith("3 nodes, 2 edges\n")
    assert hint_se.Tree.load("tree.npz").node_names == ("ann", "bob", "cid")
    code, _, err = here("build", "notes.txt", "-o", "other.npz", "--header", "no", "--decimal", ",")
    assert code == 3
    assert "notes.txt, line 1: expected a finite weight > 0, got 'mails'" in err
    assert here("build", "notes.txt", "-o", "other.npz", "--delimiter", "::")[0] == 2


def test_directions_are_asked_for(here):
    arcs = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (5, 3)]
    Path("arcs.net").write_text("*Vertices 6\n*Arcs\n" + "".join(f"{u + 1} {v + 1}\n" for u, v in arcs))
    code, _, err = here("build", "arcs.net", "-o", "tree.npz")
    assert code == 3
    assert "--directed" in err
    assert "--undirected" in err
    for flag, graph in (
        ("--directed", hint_se.Graph.from_directed(arcs)),
        ("--undirected", hint_se.Graph.from_edges(arcs)),
    ):
        assert here("build", "arcs.net", "-o", "tree.npz", flag, "--quiet")[0] == 0
        assert hint_se.Tree.load("tree.npz").parent.tolist() == hint_se.build_tree(graph).parent.tolist()
        bits = float(here("entropy", "arcs.net", "tree.npz", flag)[1])
        assert bits == pytest.approx(hint_se.structural_entropy(graph, hint_se.build_tree(graph)), abs=1e-9)
    code, _, err = here("build", "arcs.net", "-o", "tree.npz", "--directed", "--undirected")
    assert code == 2
    assert "expected --directed or --undirected, one of them" in err


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("missing/t.npz", "expected a folder that can be written to, got missing (No such file or directory)"),
        ("karate.txt/t.npz", "(Not a directory)"),
        ("/proc/t.npz", "expected a folder that can be written to, got /proc ("),
        ("folder", "--out: expected a file, got folder"),
        ("karate.txt", "--out: karate.txt is what is read; choose another name"),
        ("link", "--out: link is what is read"),
    ],
)
def test_outputs_are_checked_before_anything_is_read(here, monkeypatch, out, words):
    Path("folder").mkdir()
    Path("link").symlink_to("karate.txt")
    before = Path("karate.txt").read_bytes(), sorted(Path().iterdir())
    monkeypatch.setattr("hint_se.cli.commands.read_edges", lambda *_, **__: pytest.fail("the edges were read"))
    code, stdout, err = here("build", "karate.txt", "-o", out)
    assert (code, stdout) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1
    assert (Path("karate.txt").read_bytes(), sorted(Path().iterdir())) == before


def test_a_tree_is_not_replaced_by_its_labels(here):
    hint_se.build_tree(KARATE).save("tree.npz")
    before = Path("tree.npz").read_bytes()
    assert here("labels", "tree.npz", "--level", 1, "-o", "tree.npz")[0] == 2
    assert Path("tree.npz").read_bytes() == before


def test_a_link_to_a_tree_stays_one(here):
    Path("real.npz").write_text("old")
    Path("tree.npz").symlink_to("real.npz")
    assert here("build", "karate.txt", "-o", "tree.npz")[0] == 0
    assert Path("tree.npz").is_symlink()
    assert hint_se.Tree.load("real.npz").n_leaves == 34
