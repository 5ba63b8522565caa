"""Results files and their replay: what is read, sampled and compared, what a header says, and that no stale file is quoted."""

import json
import subprocess
import sys

import pytest
from benchmarks import records as records_module
from benchmarks import replay
from benchmarks.cells import EQUAL, Cell, Group, flat, sample, verdict
from benchmarks.records import RESULTS, ROOT, Records, agree, machine, session

HERE = session()
ELSEWHERE = {**HERE, "machine": {**HERE["machine"], "processor": "another"}}


def cell(name="a", method="m", *, figures=None, made=HERE, **options):
    return Cell(name=name, method=method, figures=figures or {}, made=made, **options)


def group(name, method, stratum="", seconds=1.0):
    return Group(name=name, cells=[cell(name, method, stratum=stratum)], measure=dict, seconds=seconds)


def test_no_stale_file_is_quoted():
    assert replay.check() == []


def test_every_results_file_can_be_replayed():
    stems = {path.stem.partition("-")[0] for path in RESULTS.iterdir()}
    # Runs of a fuzzer are bounded by time, and interrupted ones are counted: no figure of these logs comes again.
    assert stems - {"fuzzing", "exits", "nothing_lost"} == set(replay.present())
    for stem in replay.present():
        header = replay.load(stem).header
        assert header["command"].startswith("python benchmarks/")
        assert (ROOT / header["command"].split()[1]).is_file()
        for made in header["sessions"]:
            assert {"commit", "machine", "cores", "versions"} == set(made)


def test_tables_are_found_where_pages_link_or_include_them(tmp_path, monkeypatch):
    (tmp_path / "docs" / "deep").mkdir(parents=True)
    (tmp_path / "README.md").write_text("see [trees](benchmarks/results/trees.md) and results/none-such.md")
    text = "```{include} ../../benchmarks/results/accuracy-tau.md\n```\n`benchmarks/results/trees.jsonl`"
    (tmp_path / "docs" / "deep" / "page.md").write_text(text)
    monkeypatch.setattr(replay, "ROOT", tmp_path)
    assert replay.quoted() == {"trees": ["README.md", "docs/deep/page.md"], "accuracy": ["docs/deep/page.md"]}


def test_the_tables_that_the_readme_is_about_are_quoted():
    assert {"trees", "scaling", "update", "accuracy", "leaderboard"} <= replay.quoted().keys()


@pytest.mark.parametrize("words", [[], ["no such file"]])
def test_headers_alone_are_looked_at_in_a_moment(words):
    command = [sys.executable, "benchmarks/replay.py", *words, "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    if words:
        assert done.returncode == 2
        assert "unknown results files: no such file; expected some of accuracy" in done.stderr
    else:
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) == len(replay.present())


# Verdicts


def test_figures_are_equal_bit_for_bit():
    one = cell(figures={"mAP": 0.1 + 0.2, "text": "b", "none": None})
    assert verdict(one, {"mAP": 0.1 + 0.2, "text": "b", "none": None}) == EQUAL
    assert verdict(one, {"mAP": 0.3, "text": "b", "none": None}) == "mAP 0.3 for 0.30000000000000004"
    assert verdict(one, {"mAP": 0.1 + 0.2, "text": "c"}) == "text 'c' for 'b'"


def test_printed_figures_are_compared_at_their_decimals():
    one = cell(figures={"mAP": 0.012, "file": 680_000_000}, digits={"mAP": 3, "file": -7})
    assert verdict(one, {"mAP": 0.01249, "file": 684_000_000}) == EQUAL
    assert verdict(one, {"mAP": 0.0125, "file": 675_000_000}) == EQUAL
    assert verdict(one, {"mAP": 0.0126, "file": 686_000_000}) == "mAP 0.0126 for 0.012; file 686000000 for 680000000"


def test_elsewhere_numbers_may_be_off_by_the_tolerance_and_words_may_not():
    one = cell(figures={"mAP": 0.5, "text": "b"}, made=ELSEWHERE, tolerance=0.05)
    assert verdict(one, {"mAP": 0.54, "text": "b"}) == "near: by 0.04 at most, with another machine"
    assert verdict(one, {"mAP": 0.56, "text": "b"}) == "mAP 0.56 for 0.5 (another machine)"
    assert verdict(one, {"mAP": 0.5, "text": "c"}) == "text 'c' for 'b' (another machine)"
    assert verdict(one, {"mAP": 0.5, "text": "b"}) == EQUAL


def test_another_version_is_elsewhere():
    made = {**HERE, "versions": {**HERE["versions"], "pytest": "0.0"}}
    assert verdict(cell(figures={"x": 1.0}, made=made, tolerance=1), {"x": 1.5}).endswith(
        f"pytest {pytest.__version__} for 0.0"
    )


def test_machines_agree_in_what_both_name():
    assert agree({"processor": "a"}, {"processor": "a", "vectors": "avx2"})
    assert not agree({"processor": "a", "vectors": "avx512f"}, {"processor": "a", "vectors": "avx2"})
    assert {"processor", "system"} <= machine().keys()


def test_nested_figures_become_flat():
    assert flat({"a": {"b": [1, 2.5]}, "c": "d"}) == {"a.b.0": 1, "a.b.1": 2.5, "c": "d"}


# Samples


def test_a_sample_has_cells_of_every_method_from_its_strata_in_turn():
    groups = [group(f"{m}{s}{i}", m, s, seconds=i) for m in "xyz" for s in "ab" for i in range(5)]
    chosen = sample(groups, per_method=3, per_file=10, seed=0)
    names = [one.name for one in chosen]
    assert len(set(names)) == len(names) >= 10
    for method in "xyz":
        strata = [name[1] for name in names if name[0] == method]
        assert len(strata) >= 3
        assert set(strata) == {"a", "b"}
    assert [one.seconds for one in chosen] == sorted(one.seconds for one in chosen)
    assert names == [one.name for one in sample(groups, per_method=3, per_file=10, seed=0)]
    assert names != [one.name for one in sample(groups, per_method=3, per_file=10, seed=1)]


def test_quick_groups_are_measured_together():
    groups = [group(str(i), "m", seconds=seconds) for i, seconds in enumerate((1, 9, 9, 9, 100, 1))]
    assert [[one.name for one in batch] for batch in replay.batches(groups)] == [["0", "1", "2"], ["3"], ["4"], ["5"]]
    two = Group(name="two", cells=[cell()], measure=dict, cores=2, seconds=1)
    assert [len(batch) for batch in replay.batches([groups[0], two, groups[5]])] == [1, 1, 1]


def test_a_sample_of_few_cells_is_all_of_them():
    groups = [group("a", "x"), group("b", "y")]
    assert {one.name for one in sample(groups, per_method=3, per_file=10, seed=0)} == {"a", "b"}
    assert sample([], per_method=3, per_file=10, seed=0) == []


# Files


def test_lines_are_kept_with_the_session_that_made_them(tmp_path, monkeypatch):
    path = tmp_path / "x.jsonl"
    assert Records(path, "python x.py").value("a", lambda: 1) == 1
    monkeypatch.setattr(records_module, "commit", lambda: "later")
    again = Records(path, "python x.py")
    assert again.value("a", lambda: 2) == 1
    again.add({"name": "b", "value": 3})
    header, *lines = map(json.loads, path.read_text().splitlines())
    assert header["command"] == "python x.py"
    assert [made["commit"] for made in header["sessions"]] == [HERE["commit"], "later"]
    assert [(line["name"], line["session"]) for line in lines] == [("a", 0), ("b", 1)]
    assert f"at commits {HERE['commit']}, later" in Records(path, "").made_with()
    assert [one.name for one in tmp_path.iterdir()] == ["x.jsonl"]


def test_files_that_do_not_go_together_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "x.jsonl"
    Records(path, "x", settings={"limit": 120}).add({"name": "a"})
    with pytest.raises(
        SystemExit, match=r"x.jsonl was made with \{'limit': 120\}, not \{'limit': 20\}; --fresh forgets it"
    ):
        Records(path, "x", settings={"limit": 20})
    monkeypatch.setattr(records_module, "machine", lambda: {"processor": "another"})
    with pytest.raises(SystemExit, match=r"x.jsonl was made on another machine"):
        Records(path, "x", same_machine=True)
    assert len(Records(path, "x", settings={"limit": 20}, fresh=True)) == 0


# A whole replay


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """The published figures alone, in a folder that a replay may write to."""
    (tmp_path / "published.jsonl").write_bytes((RESULTS / "published.jsonl").read_bytes())
    monkeypatch.setattr(replay, "RESULTS", tmp_path)
    monkeypatch.setattr(replay, "HOMES", {"published": replay.HOMES["published"]})
    monkeypatch.setattr(replay, "quoted", lambda: {"published": ["README.md"]})
    one = replay.replay_of("published")
    # In this process: the child would read the committed file.
    monkeypatch.setattr(replay, "measured", lambda _stem, batch: {"status": "ok", "cells": batch[0].measure()})
    assert one.groups
    return tmp_path / "published.jsonl"


def replayed(*words):
    return replay.one_file("published", replay.parse([*words]), deadline=float("inf"))


def test_what_holds_is_recorded(copied):
    said = replayed()
    assert said == "published: held; 96 of 96 cells compared (96 equal)"
    header = json.loads(copied.read_text().splitlines()[0])["replay"]
    assert (header["status"], header["compared"], header["of"], header["equal"]) == ("held", 96, 96, 96)
    assert header["machine"] == machine()
    assert replay.check() == []


def test_what_does_not_hold_marks_the_file_stale(copied):
    copied.write_text(copied.read_text().replace("62.0", "61.0", 1))
    assert replayed("--again").startswith("published: stale; 96 of 96 cells compared (")
    header = json.loads(copied.read_text().splitlines()[0])["replay"]
    (said,) = [text for text in header["cells"].values() if text != EQUAL]
    assert said.endswith("62.0 for 61.0")
    assert replay.check() == ["published.jsonl is stale and quoted in README.md: measure it again"]


@pytest.mark.usefixtures("copied")
def test_what_was_compared_at_this_commit_is_not_measured_again(monkeypatch):
    replayed()
    monkeypatch.setattr(replay, "measured", lambda *_: pytest.fail("measured again"))
    assert replayed() == "published: held; 96 of 96 cells compared (96 equal)"


def test_what_could_not_be_measured_is_named(copied, monkeypatch):
    monkeypatch.setattr(replay, "measured", lambda *_: {"status": "late"})
    assert replayed("--again") == "published: not replayed; 0 of 96 cells compared"
    header = json.loads(copied.read_text().splitlines()[0])["replay"]
    assert header["not measured"] == {"all": "took too long"}
    assert len(header["not reached"]) == 96


@pytest.mark.usefixtures("copied")
def test_a_group_that_needs_much_waits_for_its_option(monkeypatch):
    groups = replay.replay_of("published").groups
    big = [
        Group(name=g.name, cells=g.cells, measure=g.measure, needs="20 GB") for g in groups(replay.load("published"))
    ]
    monkeypatch.setattr(replay, "replay_of", lambda _: replay.Replay(groups=lambda _: big))
    assert replayed("--again") == "published: not replayed: needs 20 GB; 0 of 96 cells compared"
    assert replayed("--again", "--include-huge").startswith("published: held; 96")
