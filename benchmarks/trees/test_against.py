"""The comparison of two cores: what a pair of them is measured to, and that a small one runs."""

import shutil
from pathlib import Path

import pytest
from benchmarks.trees.against import MARKS, compared, take_turns, write_graph

import hint_se


def row(side, round_, cpu, bits=4.0, result="a", threads=1):
    return {
        "mark": "default, kNN",
        "threads": threads,
        "side": side,
        "round": round_,
        "cpu": cpu,
        "wall": 10 * cpu,
        "bits": bits,
        "result": result,
    }


def test_a_ratio_is_the_median_of_those_of_the_rounds():
    rows = [row("base", 0, 1.0), row("here", 0, 0.5), row("base", 1, 2.0), row("here", 1, 1.4)]
    rows += [row("base", 2, 4.0), row("here", 2, 3.6)]
    ((cells, holds),) = compared(rows)
    assert cells[4:7] == ["0.70", "0.50 to 0.90", "0.8"]
    assert holds


@pytest.mark.parametrize(("bits", "result"), [(4.1, "b"), (3.9, "b")])
def test_less_time_for_more_bits_holds_nothing(bits, result):
    ((cells, holds),) = compared([row("base", 0, 1.0), row("here", 0, 0.1, bits, result)])
    assert holds == (bits < 4.0)
    assert cells[8:10] == ["+0.1" if bits > 4 else "-0.1", "no"]


def test_another_tree_on_more_threads_is_named():
    rows = [row(side, 0, 1.0, result=str(threads), threads=threads) for threads in (1, 2) for side in ("base", "here")]
    assert [cells[10] for cells, _ in compared(rows)] == ["NO", "NO"]


@pytest.mark.timeout(300)
def test_a_core_beside_itself(tmp_path):
    """Both sides are the package that is tested, so that nothing has to be compiled."""
    package = tmp_path / "side" / "hint_se"
    shutil.copytree(Path(hint_se.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    if not list(package.glob("_core*")):  # an editable install keeps the core elsewhere
        shutil.copy(hint_se._core.__file__, package)
    names = ["default, kNN", "height 2, kNN", "entropy", "update"]
    rows = list(take_turns(names, dict.fromkeys(("base", "here"), package.parent), 10_000, 1, tmp_path))
    assert len(rows) == 2 * sum(len(MARKS[name].most) for name in names)
    for cells, _ in compared(rows):
        assert cells[8:11] == ["equal", "yes", "yes"]


@pytest.mark.parametrize("name", MARKS)
def test_the_graph_of_a_mark_is_written_once(name, tmp_path):
    path = write_graph(MARKS[name], 5_000, tmp_path)
    before = path.stat().st_mtime_ns
    assert write_graph(MARKS[name], 5_000, tmp_path).stat().st_mtime_ns == before
