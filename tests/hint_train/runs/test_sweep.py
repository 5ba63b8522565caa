"""Grids of runs: what is planned, what is refused, what is kept when a grid is continued; and what one run shares."""

import json
import logging
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import hint_train.methods.hint.structure
import hint_train.runs.training_run
from hint_train.cli.train import main
from hint_train.config.config_file import read_config, read_grid
from hint_train.config.sections import OptimiserConfig
from hint_train.errors import ConfigError, InterruptedRunError
from hint_train.methods.config import Config
from hint_train.methods.presets import preset
from hint_train.runs.sweep import plan, read_plan, summary_json, summary_table, sweep
from hint_train.training.watch import Watch


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder with a small data set, and `hint-train` inside this process; returns its exit code."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    centre = rng.integers(4, size=90)
    image, text = (rng.standard_normal((4, d))[centre] * 2 + rng.standard_normal((90, d)) for d in (6, 5))
    labels = np.eye(4, dtype=np.uint8)[centre]
    np.savez("small.npz", image=image, text=text, labels=labels, query=np.arange(20), retrieval=np.arange(20, 90))
    handlers = logging.root.handlers[:]

    def go(*arguments):
        with pytest.raises(SystemExit) as end:
            main([str(a) for a in arguments])
        return end.value.code

    yield go
    logging.root.handlers[:] = handlers


GRID = """
dataset = "small.npz"
bits = [8]
[optimiser]
batch = 16
epochs = 2
[grid]
k = [3, 5]
bank_tau = [0.5, 1]
"""


def base(method=None):
    return Config(
        dataset="small.npz", method=method or "hint", bits=(8,), optimiser=OptimiserConfig(batch=16, epochs=2)
    )


def codes(folder):
    found = np.load(folder / "codes.npz")
    return {key: found[key].tobytes() for key in found}


def test_every_combination_in_order():
    cells = plan({"k": [3, 5], "bank_tau": [0.5, 1], "height": ["none"]}, base)
    assert [cell.name for cell in cells] == [f"k={k},bank_tau={tau},height=none" for k in (3, 5) for tau in (0.5, 1)]
    assert [(c.config.graph.k, c.config.loss.bank_tau) for c in cells] == [(3, 0.5), (3, 1.0), (5, 0.5), (5, 1.0)]
    assert all(c.config.tree.height is None and c.config.optimiser.epochs == 2 for c in cells)


def test_json_says_null_where_toml_says_none():
    done = [replace(c, failure="no") for c in plan({"height": ["none", 3], "logit_scale": ["none"]}, base)]
    options = [cell["options"] for cell in json.loads(summary_json(done))["cells"]]
    assert options == [{"height": None, "logit_scale": "none"}, {"height": 3, "logit_scale": "none"}]


def test_methods_start_from_their_own_defaults():
    cells = plan({"method": ["hint", "ucch"], "noise": [0.0, 0.1]}, lambda method: preset("default", method))
    assert [c.config.method for c in cells] == ["hint", "hint", "ucch", "ucch"]
    assert [c.config.network.hidden for c in cells] == [512, 512, 1024, 1024]
    assert [c.config.noise for c in cells] == [0, 0.1, 0, 0.1]


def test_names_are_short_safe_and_distinct():
    names = [c.name for c in plan({"dataset": ["a/x.npz", "b/x.npz", "ü" * 300], "cutoffs": [[5, 50], [9]]}, base)]
    assert len(set(names)) == 6
    assert all(re.fullmatch(r"[A-Za-z0-9_.,=+-]{1,160}", name) for name in names)
    assert names[0].startswith("dataset=a_x.npz,cutoffs=5-50-")


def test_faults_of_the_table_are_all_reported(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text(
        '[grid]\nk = [3, "x"]\nbits = [[8]]\nseed = [1]\nkk = [1]\ngamma = []\nnoise = [0.1, 0.1]\n[grid.loss]\n'
    )
    with pytest.raises(ConfigError) as caught:
        read_grid(path, Config())
    for words in (
        "grid.graph.k must be int, got 'x'",
        "grid.bits: one run takes several code lengths",
        "grid.seed: one run takes several seeds",
        "unknown option grid.kk",
        "grid.gamma must be a list of values",
        "grid.noise repeats a value",
        "grid.loss must be a list of values; options are named without their section",
    ):
        assert words in str(caught.value)
    path.write_text("grid = 3\n")
    with pytest.raises(ConfigError, match="grid must be a table"):
        read_grid(path, Config())
    path.write_text("[graph]\nk = 4\n")
    assert read_grid(path, Config()) == {}
    path.write_text("[graph]\nk = 4\n[grid]\nk = [5]\n")
    assert read_config(path, Config()).graph.k == 4


def test_values_that_cannot_run_are_found_before_anything_runs():
    with pytest.raises(ConfigError, match=r"k=0,cap=0: --k must be at least 1.*--cap.*; k=0,cap=5: --k"):
        plan({"k": [0], "cap": [0, 5]}, base)
    with pytest.raises(ConfigError, match="method=magic: unknown method"):
        plan({"method": ["magic"]}, base)
    with pytest.raises(ConfigError, match="grid has 1,000,000 cells"):
        plan({"k": list(range(1000)), "cap": list(range(1000))}, base)


def test_a_grid_that_was_stopped_goes_on_where_it_was(here, monkeypatch):
    grid = {"k": [3, 5, 7]}
    whole = sweep(plan(grid, base), Path("whole"))
    asked = [0]

    def stop():
        asked[0] += 1
        return asked[0] > 12  # four steps of an epoch, two epochs: in the second cell

    with pytest.raises(InterruptedRunError):
        sweep(plan(grid, base), Path("stopped"), watch=Watch(stop=stop))
    assert len(json.loads(Path("stopped/sweep.json").read_text())["cells"]) == 1
    with pytest.raises(ConfigError, match="is not empty; use --resume"):
        sweep(plan(grid, base), Path("stopped"))
    begun = []
    real = hint_train.runs.training_run.run
    monkeypatch.setattr("hint_train.runs.sweep.run", lambda *a, **k: begun.append(k["resume"]) or real(*a, **k))
    again = sweep(read_plan(Path("stopped")), Path("stopped"), resume=True)
    assert begun == [True, False]  # the first cell kept its result, the second went on, the third was new
    for a, b in zip(whole, again, strict=True):
        assert a.result.bits == b.result.bits
        assert codes(Path("whole") / a.name) == codes(Path("stopped") / b.name)
    table = summary_table(again).splitlines()
    assert table == summary_table(whole).splitlines() == Path("stopped/sweep.md").read_text().splitlines()
    assert [line.split("|")[1].strip() for line in table] == ["k", "--:", "3", "5", "7"]
    entries = json.loads(Path("stopped/sweep.json").read_text())["cells"]
    assert [(e["options"], e["folder"]) for e in entries] == [({"k": k}, f"k={k}") for k in (3, 5, 7)]
    assert entries[1]["bits"] == whole[1].result.bits


def test_the_command_runs_the_grid_of_a_configuration(here, capsys):
    Path("run.toml").write_text(GRID)
    assert here("--config", "run.toml", "--seeds", 2, "--out", "out") == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].split("|")[1:-1] == [
        " k ",
        " bank_tau ",
        " bits ",
        *(f"{x:>16} " for x in ("I→T mAP", "T→I mAP")),
        "   mean ",
    ]
    assert len(out) == 7
    assert out[-1] == "written to out"
    assert "±" in out[2]
    alone = json.loads(Path("out/k=3,bank_tau=1/result.json").read_text())
    assert alone["config"]["graph"]["k"] == 3
    assert here("--resume", "--out", "out") == 0  # nothing left to do
    assert capsys.readouterr().out.splitlines() == out
    assert here("--config", "run.toml", "--seeds", 2, "--resume", "--out", "out", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["cells"]) == 4
    assert here("--resume", "--out", "out", "--bits", 16) == 2
    assert "--resume keeps the grid" in capsys.readouterr().err
    assert here("--config", "run.toml", "--out", "out", "--overwrite", "--bits", 4) == 0


def test_a_cell_that_diverges_does_not_end_the_grid(here, capsys):
    Path("run.toml").write_text(GRID.split("[grid]")[0] + "clip = 0\n[grid]\nlearning_rate = [1e30, 1e-3]\n")
    assert here("--config", "run.toml", "--out", "out") == 5
    done = capsys.readouterr()
    assert "error: not finite: learning_rate=1e+30" in done.err
    cells = json.loads(Path("out/sweep.json").read_text())["cells"]
    assert "not finite in epoch 1" in cells[0]["failure"]
    assert cells[1]["bits"]["8"]["image_to_text"]["map"] > 0
    assert "not finite" in Path("out/sweep.md").read_text()


def test_a_cell_whose_data_is_gone_ends_the_grid_and_the_others_are_reported(here, capsys):
    text = GRID.replace('dataset = "small.npz"\n', "").split("k = [3, 5]")[0]
    Path("run.toml").write_text(f'{text}dataset = ["small.npz", "gone.npz"]\n')
    assert here("--config", "run.toml", "--out", "out") == 3
    assert "gone.npz" in capsys.readouterr().err
    page = Path("out/report.html").read_text()
    assert "small.npz" in page
    assert "gone.npz" not in page


def test_lengths_and_seeds_share_data_graph_and_tree(here, monkeypatch):
    calls = {"load": 0, "nearest": 0, "tree": 0, "build": 0}

    def counted(name, work):
        def call(*a, **k):
            calls[name] += 1
            return work(*a, **k)

        return call

    tree = hint_train.methods.hint.structure.EncodingTree
    monkeypatch.setattr(
        "hint_train.runs.training_run.load_dataset", counted("load", hint_train.runs.training_run.load_dataset)
    )
    monkeypatch.setattr(
        "hint_train.structure.neighbour_lists.nearest", counted("nearest", hint_train.structure.neighbour_lists.nearest)
    )
    monkeypatch.setattr(tree, "build", counted("tree", tree.build))
    hint_train.runs.training_run.run(base(), Path("one"))
    once = dict(calls)
    assert once["load"] == once["tree"] == 1
    config = Config(dataset="small.npz", bits=(8, 16), seeds=5, optimiser=OptimiserConfig(batch=16, epochs=1))
    result = hint_train.runs.training_run.run(config, Path("ten"))
    assert calls == {name: 2 * n for name, n in once.items()}
    for directions in result.bits.values():
        for scores in directions.values():
            for figure in scores.values():
                assert set(figure) == {"mean", "std", "values"}
                assert len(figure["values"]) == 5
                assert figure["std"] == pytest.approx(np.std(figure["values"], ddof=1))
