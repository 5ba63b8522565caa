"""A disk that is full at any moment of a run: one error, nothing half-written, and the run goes on when there is room again."""

import errno
import json
import os
import resource
import signal
import subprocess
import sys

import numpy as np
import pytest

from hint_train.config.sections import NetworkConfig, OptimiserConfig
from hint_train.encoding.saved import load
from hint_train.errors import ConfigError
from hint_train.methods.config import Config
from hint_train.runs.sweep import plan, sweep
from hint_train.runs.training_run import run


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)


@pytest.fixture
def config(tmp_path):
    rng = np.random.default_rng(0)
    labels = np.eye(3, dtype=np.uint8)[rng.integers(3, size=60)]
    image, text = rng.standard_normal((60, 5)), rng.standard_normal((60, 4))
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "pairs.npz"
    np.savez(path, image=image, text=text, labels=labels, query=np.arange(12), retrieval=np.arange(12, 60))
    return Config(
        dataset=str(path),
        bits=(8,),
        checkpoint_seconds=0.0,
        network=NetworkConfig(hidden=8),
        optimiser=OptimiserConfig(batch=16, epochs=2),
    )


@pytest.fixture
def full(monkeypatch):
    """Do some work while every flush to the disk fails from the n-th on; the error that it ended with."""
    real, left = os.fsync, [None]

    def fsync(handle):
        if left[0] is not None:
            if left[0] <= 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            left[0] -= 1
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)

    def during(n, work):
        left[0] = n
        try:
            work()
        except OSError as error:
            return error
        finally:
            left[0] = None
        return None

    return during


def state(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def outcome(folder):
    codes = np.load(folder / "codes.npz")
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    figures = json.loads((folder / "result.json").read_text())["bits"]
    return {key: codes[key].tobytes() for key in codes}, [{**line, "seconds": 0} for line in lines], figures


def whole(folder):
    """Every file is complete, and none is left half-written."""
    for name, content in state(folder).items():
        assert ".partial" not in name
        assert not name.endswith("hint-run.lock")
        if name.endswith(".json"):
            json.loads(content)
    if (folder / "model.safetensors").is_file():
        load(folder)
    for log in folder.rglob("metrics.jsonl"):
        assert all(json.loads(line) for line in log.read_text().splitlines())


def test_at_every_moment_of_a_new_run(config, tmp_path, full):
    run(config, tmp_path / "expected")
    expected = outcome(tmp_path / "expected")
    for n in range(200):
        out = tmp_path / f"full{n}"
        error = full(n, lambda out=out: run(config, out))
        if error is None:
            break
        assert error.errno == errno.ENOSPC
        assert str(out) in error.filename
        whole(out)
        begun = (out / "config.toml").is_file()
        run(config, out, resume=begun)
        assert outcome(out) == expected, n
    assert n > 15


def test_at_every_moment_of_a_run_that_grows(config, tmp_path, full):
    """The codes that were there before are there afterwards, whatever happened."""
    longer = Config(**{name: getattr(config, name) for name in Config.__slots__} | {"bits": (8, 16)})
    run(longer, tmp_path / "expected")
    expected = outcome(tmp_path / "expected")
    for n in range(0, 200, 3):
        out = tmp_path / f"full{n}"
        run(config, out)
        before = outcome(out)[0]
        error = full(n, lambda out=out: run(longer, out, resume=True))
        if error is None:
            break
        assert error.errno == errno.ENOSPC
        whole(out)
        kept = np.load(out / "codes.npz")
        assert before.items() <= {key: kept[key].tobytes() for key in kept}.items()
        run(longer, out, resume=True)
        assert outcome(out) == expected, n
    assert n > 15


def test_at_moments_of_a_grid(config, tmp_path, full):
    cells = plan({"k": [2, 3]}, lambda _: config)
    sweep(cells, tmp_path / "expected")
    for n in range(0, 200, 7):
        out = tmp_path / f"full{n}"
        error = full(n, lambda out=out: sweep(cells, out))
        if error is None:
            break
        assert error.errno == errno.ENOSPC
        whole(out)
        sweep(cells, out, resume=(out / "sweep.toml").is_file())
        for cell in cells:
            assert outcome(out / cell.name) == outcome(tmp_path / "expected" / cell.name), n
    assert n > 15


@pytest.mark.parametrize("out", ["data/pairs.npz", "data/pairs.npz/run", "/proc/run", "x" * 300, "dangling"])
def test_a_folder_that_cannot_be_written_is_refused_before_the_data_are_loaded(config, tmp_path, monkeypatch, out):
    (tmp_path / "dangling").symlink_to("nowhere")
    before = state(tmp_path)
    monkeypatch.setattr("hint_train.runs.training_run.load_dataset", lambda *_: pytest.fail("the data were loaded"))
    with pytest.raises(ConfigError, match="cannot be written|expected a folder") as caught:
        run(config, tmp_path / out)
    assert "\n" not in str(caught.value)
    assert state(tmp_path) == before


def test_a_disk_without_room_for_a_byte_is_refused_before_the_data_are_loaded(config, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    monkeypatch.setattr("hint_train.runs.training_run.load_dataset", lambda *_: pytest.fail("the data were loaded"))
    with pytest.raises(ConfigError, match=r"deep cannot be written \(No space left on device\); choose another --out"):
        run(config, tmp_path / "new" / "deep")
    assert not (tmp_path / "new").exists()


def test_data_that_cannot_be_loaded_leave_no_folder_and_no_change(config, tmp_path):
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"no data")
    missing = Config(**{name: getattr(config, name) for name in Config.__slots__} | {"dataset": str(broken)})
    with pytest.raises(ValueError, match=r"broken\.npz"):
        run(missing, tmp_path / "a" / "b")
    assert not (tmp_path / "a").exists()
    run(config, tmp_path / "out")
    before = state(tmp_path / "out")
    with pytest.raises(ValueError, match=r"broken\.npz"):
        run(missing, tmp_path / "out", overwrite=True)
    assert state(tmp_path / "out") == before


CODE = "from hint_train.cli.train import main; main()"


def test_the_command_says_so_in_one_sentence_with_the_way_on(config, tmp_path):
    """The system's own limit on the size of a file stands for the disk: nothing in the process is replaced."""
    options = ["--dataset", config.dataset, "--bits", 8, "--epochs", 2, "--batch", 16, "--hidden", 64, "--quiet"]
    words = [sys.executable, "-c", CODE, *map(str, options), "--out", tmp_path / "out"]
    limited = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))}
    done = subprocess.run(words, capture_output=True, text=True, check=False, **limited)
    assert done.returncode == 3, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {tmp_path / 'out'}/")
    assert f"File too large; continue with: hint-train --resume --out {tmp_path / 'out'}" in line
    assert done.stdout == ""
    whole(tmp_path / "out")
    again = subprocess.run(
        [sys.executable, "-c", CODE, "--resume", "--quiet", "--out", tmp_path / "out"], capture_output=True, check=False
    )
    assert again.returncode == 0, again.stderr
    assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN
