"""`hint-train` as one of several processes: one speaks and writes, one that is lost ends all, and any number goes on."""

import contextlib
import json
import os
import signal
import sys
import time

import pytest
import several_runs
from processes import started
from several import LOOPBACK, ended, several

from hint_train.cli.train import main
from hint_train.errors import InterruptedRunError
from hint_train.methods.presets import preset
from hint_train.ranks import Ranks
from hint_train.runs.begun import read_begun
from hint_train.runs.training_run import run
from hint_train.training.watch import Watch

LONG = ["--bits", 8, "--epochs", 100_000, "--batch", 16, "--hidden", 16, "--checkpoint-seconds", 0, "--quiet"]


def wait_for(path, processes):
    """Wait until there is a file, and fail where a process ends before."""
    deadline = time.monotonic() + 200
    while not path.exists() or not path.stat().st_size:
        for process in processes:
            assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def sentences(found):
    """What went wrong; there may be warnings of codes that are ill beside it."""
    return [line for _, _, err in found for line in err.splitlines() if line.startswith("error: ")]


def epochs(folder):
    return [json.loads(line)["epoch"] for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_kill_and_ctrl_c_end_all_and_any_number_goes_on(tmp_path):
    several_runs.write_pairs(tmp_path / "pairs.npz")
    out, words = tmp_path / "out", ["-m", "hint_train", "--out", tmp_path / "out"]
    on = f"; continue with: hint-train --resume --out {out}"

    with several(2, *words, "--dataset", tmp_path / "pairs.npz", *LONG) as processes:
        wait_for(out / "metrics.jsonl", processes)
        processes[1].kill()
        found = ended(processes)
    assert [code for code, _, _ in found] == [6, -signal.SIGKILL]
    (said,) = sentences(found)
    assert said.startswith("error: another process of the run is gone or cannot be reached (")
    assert said.endswith(on)
    kept = epochs(out)
    assert (out / "checkpoints" / "bits8-seed0" / "last.safetensors").is_file()

    (out / "metrics.jsonl").unlink()
    with several(3, *words, "--resume", "--quiet") as processes:
        wait_for(out / "metrics.jsonl", processes)
        processes[1].send_signal(signal.SIGINT)  # any of them is enough
        found = ended(processes)
    assert [code for code, _, _ in found] == [130] * 3
    (said,) = sentences(found)
    assert said.startswith("error: stopped in epoch ")
    assert said.endswith(f"checkpoint written{on}")
    went_on = epochs(out)
    assert went_on[: len(kept) - 1] == kept[:-1]  # a checkpoint may be one epoch behind the log

    (out / "metrics.jsonl").unlink()
    config = read_begun(out).config
    with pytest.raises(InterruptedRunError):
        run(config, out, resume=True, watch=Watch(stop=iter([False] * 20 + [True]).__next__))
    assert epochs(out)[: len(went_on)] == went_on


def test_the_first_process_speaks_of_what_all_find_wrong(tmp_path):
    several_runs.write_pairs(tmp_path / "pairs.npz")
    words = ["-m", "hint_train", "--dataset", tmp_path / "pairs.npz", "--out", tmp_path / "out"]
    with several(2, *words, "--method", "cvh") as processes:
        found = ended(processes)
    assert [code for code, _, _ in found] == [2, 2]
    (said,) = sentences(found)
    assert said.startswith("error: --method cvh is solved in closed form by one process")
    assert not (tmp_path / "out").exists()


def test_a_grid_is_refused(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("hint_train.ranks._current", Ranks(0, 2))
    (tmp_path / "grid.toml").write_text("[grid]\nk = [2, 3]\n")
    with pytest.raises(SystemExit) as end:
        main(["--config", str(tmp_path / "grid.toml"), "--out", str(tmp_path / "out")])
    assert end.value.code == 2
    assert capfd.readouterr().err == (
        "error: a grid runs one cell after the other in one process; start it without torchrun\n"
    )
    assert not (tmp_path / "out").exists()


@contextlib.contextmanager
def torchrun(tmp_path, *options):
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--log-dir", str(tmp_path / "log")]
    words += ["-m", "hint_train"]
    words += ["--dataset", str(tmp_path / "pairs.npz"), "--out", str(tmp_path / "out"), *map(str, options)]
    environment = os.environ | LOOPBACK
    with (
        (tmp_path / "stdout").open("w") as out,
        (tmp_path / "stderr").open("w") as err,
        started([sys.executable, *words], env=environment, stdout=out, stderr=err) as process,
    ):
        yield process


def test_torchrun_starts_a_run_that_prints_once(tmp_path):
    several_runs.write_pairs(tmp_path / "pairs.npz")
    with torchrun(tmp_path, *LONG, "--epochs", 2) as process:
        code = process.wait(240)
    assert code == 0, (tmp_path / "stderr").read_text()
    lines = (tmp_path / "stdout").read_text().splitlines()
    assert lines[0] == "hint on pairs, ties: expected, map@k: min-k-relevant"
    assert sum(line.startswith("chance") for line in lines) == 1
    assert json.loads((tmp_path / "out" / "result.json").read_text())["bits"]["8"]
    assert epochs(tmp_path / "out") == [1, 2]
    assert not (tmp_path / "out" / "hint-run.lock").exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_torchrun_that_is_asked_to_stop_leaves_a_checkpoint(tmp_path, number):
    several_runs.write_pairs(tmp_path / "pairs.npz")
    with torchrun(tmp_path, *LONG) as process:
        wait_for(tmp_path / "out" / "metrics.jsonl", [process])
        process.send_signal(number)
        assert process.wait(120) == 1  # its own way to end
    err = (tmp_path / "stderr").read_text()
    assert err.count("error: stopped in epoch ") == 1
    assert err.count("checkpoint written; continue with: hint-train --resume") == 1
    assert preset("default", "hint").method == read_begun(tmp_path / "out").config.method
