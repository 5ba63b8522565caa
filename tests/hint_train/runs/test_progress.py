"""What a run says while it goes on: bar, log lines, metrics.jsonl, TensorBoard, and how it is asked to stop."""

import io
import json
import logging
import signal
import sys
from dataclasses import replace

import numpy as np
import pytest

from hint_train.cli.train import _Stop
from hint_train.config.sections import OptimiserConfig
from hint_train.errors import ConfigError
from hint_train.methods.config import Config
from hint_train.report.result import Result
from hint_train.runs.bars import Bars, figures
from hint_train.runs.board import Board
from hint_train.runs.training_run import run
from hint_train.training.trainer import Progress
from hint_train.training.watch import Watch


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)


@pytest.fixture
def small(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "small.npz"
    image, text = rng.standard_normal((80, 5)), rng.standard_normal((80, 4))
    labels = np.eye(3, dtype=np.uint8)[rng.integers(3, size=80)]
    np.savez(path, image=image, text=text, labels=labels, query=np.arange(16), retrieval=np.arange(16, 80))
    return Config(dataset=str(path), bits=(8, 16), optimiser=OptimiserConfig(batch=16, epochs=3))


def at(step, cell=0, **means):
    return Progress(
        bits=16, seed=1, cell=cell, n_cells=2, epoch=step // 10, n_epochs=10, step=step, n_steps=100, means=means
    )


def test_a_run_reports_loss_lambda_balance_and_where_it_is(small, tmp_path):
    seen = []
    run(small, tmp_path / "out", watch=Watch(progress=seen.append))
    assert [(p.bits, p.cell, p.epoch, p.step) for p in seen] == [
        (bits, cell, epoch, 4 * epoch + 4) for cell, bits in enumerate((8, 16)) for epoch in range(3)
    ]
    assert all(p.n_cells == 2 and p.n_steps == 12 and p.n_epochs == 3 for p in seen)
    assert all({"loss", "lambda_image", "lambda_text"} <= set(figures(p.means)) for p in seen)
    records = [json.loads(line) for line in (tmp_path / "out" / "metrics.jsonl").read_text().splitlines()]
    assert [p.means["imbalance"] for p in seen if p.epoch] == [r["imbalance"] for r in records if r["epoch"] < 3]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_covers_all_lengths_and_seeds(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Bars(quiet=False) as bars:
        bars.progress(at(50, loss=1.25, lambda_image=0.5, pair=3))
        bars.progress(at(50, cell=1, loss=1.0, imbalance=0.125))
        bar = bars._bar
        assert (bar.n, bar.total, bar.desc) == (150, 200, "16 bits, seed 1, epoch 6/10: ")
        assert bar.postfix == "loss=1, imbalance=0.125"
    assert "75%" in sys.stderr.getvalue()


def test_a_terminal_that_is_gone_does_not_end_a_run(monkeypatch):
    class Gone(Terminal):
        def write(self, text):
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys, "stderr", Gone())
    with Bars(quiet=False) as bars:
        for step in (20, 30, 60):
            bars.progress(at(step, loss=2.0))


def test_without_a_terminal_a_line_now_and_then_gives_the_time_left(monkeypatch, caplog):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    clock = iter([100.0, 104.0, 120.0])
    monkeypatch.setattr("hint_train.runs.bars.time.monotonic", lambda: next(clock))
    bars = Bars(quiet=False)
    with caplog.at_level(logging.INFO):
        for step in (20, 30, 60):
            bars.progress(at(step, loss=2.0))
    # 40 steps in 20 seconds, 140 of 200 are left
    assert caplog.messages == ["16 bits, seed 1, epoch 7/10: loss 2, 01:10 left"]


def test_quiet_says_nothing(monkeypatch, caplog):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Bars(quiet=True) as bars:
        bars.progress(at(20, loss=2.0))
    assert sys.stderr.getvalue() == ""
    assert caplog.messages == []


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_asks_training_to_stop_and_ends_everything_else(number):
    with _Stop() as stop:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        assert not stop.asked()
        stop.stage("train")
        signal.raise_signal(number)
        assert stop.asked()
        with pytest.raises(KeyboardInterrupt):  # training had just ended
            stop.stage("evaluate")
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tensorboard_holds_what_the_log_holds_also_after_a_restart(small, tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    chosen, out = replace(small, tensorboard=True, bits=(8,)), tmp_path / "out"
    run(chosen, out)
    board = Board(out / "tensorboard")  # what a process wrote that was killed after its last checkpoint
    board.epoch({"bits": 8, "seed": 0, "epoch": 3, "loss": -1.0})
    board.close()
    for name in ("last", "previous"):
        (out / "checkpoints" / "bits8-seed0" / f"{name}.safetensors").unlink(missing_ok=True)
    run(chosen, out, resume=True)
    events = accumulator.EventAccumulator(str(out / "tensorboard" / "bits8-seed0"))
    events.Reload()
    records = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    for name in ("loss", "pair", "bank", "lambda_image", "imbalance", "dead_bits", "correlation"):
        found = {e.step: e.value for e in events.Scalars(name)}
        assert found == pytest.approx({r["epoch"]: r[name] for r in records}, rel=1e-6)


def test_tensorboard_that_is_not_installed_is_named_before_any_work(small, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ConfigError, match=r"pip install '\.\[tensorboard\]'"):
        run(replace(small, tensorboard=True), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_result_json_says_null_where_there_is_nothing(small, tmp_path):
    run(replace(small, bits=(8,)), tmp_path / "out")
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["config"]["proxy"]["level"] is None
    assert result["config"]["data_dir"] is None
    assert result["config"]["tree"]["height"] == 4
    filled = {name: float("nan") if name == "chance" else result[name] for name in result}
    assert json.loads(Result(**filled).to_json())["chance"] is None
