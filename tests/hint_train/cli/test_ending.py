"""How commands end: what stdout cannot take, paths that are no text, signals that are ignored, two processes, one sentence each."""

import io
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hint_train.cli import encode, train
from hint_train.cli.ending import exit_with, handled
from hint_train.errors import DataError
from hint_train.runs.lock import locked

TINY = ["--bits", 8, "--epochs", 1, "--batch", 16, "--hidden", 16, "--quiet"]
LATIN = os.fsdecode(b"r\xff\xc3\xa9")


@pytest.fixture
def here(tmp_path, monkeypatch, capfd):
    """Run `hint-train` or `hint-encode` inside this process beside a small data set; return code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
    rng = np.random.default_rng(0)
    labels = np.eye(3, dtype=np.uint8)[rng.integers(3, size=60)]
    arrays = {"image": rng.standard_normal((60, 5)), "text": rng.standard_normal((60, 4)), "labels": labels}
    np.savez("pairs.npz", **arrays, query=np.arange(12), retrieval=np.arange(12, 60))
    np.save("rows.npy", arrays["image"])
    handlers = logging.root.handlers[:]

    def go(command, *arguments):
        with pytest.raises(SystemExit) as end:
            command.main([str(a) for a in arguments])
        return end.value.code, *capfd.readouterr()

    yield go
    logging.root.handlers[:] = handlers


@pytest.fixture
def finished(here):
    assert here(train, "--dataset", "pairs.npz", *TINY, "--out", "out")[0] == 0
    return here


def state():
    return {path.as_posix(): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def test_resuming_with_another_length_keeps_the_first(finished):
    before = np.load("out/codes.npz")["bits8-seed0-image"]
    code, out, _ = finished(train, "--resume", "--out", "out", "--bits", 16, "--quiet")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[2:4]] == ["8", "16"]
    codes = np.load("out/codes.npz")
    assert {"bits8-seed0-image", "bits16-seed0-text"} <= set(codes)
    assert np.array_equal(codes["bits8-seed0-image"], before)
    for bits in (8, 16):
        assert finished(encode, "out", "rows.npy", "--modality", "image", "--bits", bits, "-o", f"{bits}.npy")[0] == 0
        assert np.array_equal(np.load(f"{bits}.npy"), codes[f"bits{bits}-seed0-image"])
    assert finished(train, "--resume", "--out", "out", "--bits", 16, "--seeds", 2, "--quiet")[0] == 0
    codes = np.load("out/codes.npz")
    assert sum(codes[key].ndim == 2 for key in codes) == 8


def test_a_run_goes_on_from_another_folder(finished, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert finished(train, "--resume", "--out", "../out", "--bits", 16, "--quiet")[0] == 0
    assert set(np.load("../out/codes.npz")) >= {"bits8-seed0-image", "bits16-seed0-image"}


def test_a_grid_goes_on_from_another_folder(here, tmp_path, monkeypatch):
    Path("grid.toml").write_text("[grid]\nk = [2, 3]\n")
    assert here(train, "--config", "grid.toml", "--dataset", "pairs.npz", *TINY, "--out", "out")[0] == 0
    Path("out/k=3/result.json").unlink()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert here(train, "--resume", "--out", "../out", "--quiet")[0] == 0
    assert Path("../out/k=3/result.json").is_file()


@pytest.mark.parametrize("options", [["--resume"], ["--overwrite", *TINY], TINY])
def test_a_folder_in_use_is_refused_in_one_sentence(finished, options):
    with locked(Path("out")):
        before = state()
        code, out, err = finished(train, "--dataset", "pairs.npz", "--out", "out", *options)
        assert state() == before
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert "--resume to continue it" in line if options is TINY else f"is in use by process {os.getpid()} on" in line


@pytest.mark.parametrize("out", ["c.txt", "c", "missing/c.npy", "pairs.npz", "rows.npy", "/proc/c.npy"])
def test_codes_are_written_where_they_were_asked_for_or_not_at_all(finished, monkeypatch, out):
    before = state()
    monkeypatch.setattr("hint_train.data.formats.rowfile.opened_rows", lambda *_: pytest.fail("the rows were read"))
    code, _, err = finished(encode, "out", "rows.npy", "--modality", "image", "-o", out)
    assert code == 2
    assert len(err.splitlines()) == 1
    assert "--out" in err
    assert state() == before


def test_older_codes_outlive_a_failure(finished, monkeypatch):
    Path("c.npy").write_bytes(b"older")
    before = state()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hint_train.whole.os.fsync", full)
    found = finished(encode, "out", "rows.npy", "--modality", "image", "-o", "c.npy")
    assert found == (3, "", "error: c.npy: No space left on device\n")
    assert state() == before


def test_a_model_of_somebody_else_is_one_sentence(finished):
    from safetensors.numpy import save_file

    save_file({"weight": np.ones((3, 3), np.float32)}, "other.safetensors")
    code, _, err = finished(encode, "other.safetensors", "rows.npy", "--modality", "image", "-o", "c.npy")
    assert code == 3
    (line,) = err.splitlines()
    assert "its note of what the tensors are is missing" in line
    assert finished(encode, "out/model.safetensors", "rows.npy", "--modality", "image", "-o", "c.npy")[0] == 0


def test_a_folder_whose_name_is_no_text(here, monkeypatch):
    """What is said of it holds the bytes that it has."""
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", stdout)
    assert here(train, "--dataset", "pairs.npz", *TINY, "--out", LATIN)[0] == 0
    *_, written, search = stdout.buffer.getvalue().splitlines()
    assert written.endswith(b"written to " + os.fsencode(LATIN))
    assert search.startswith(b"search it with: hint-search '" + os.fsencode(LATIN) + b"' --row 0")
    assert here(encode, LATIN, "rows.npy", "--modality", "image", "-o", f"{LATIN}.npy")[0] == 0
    assert here(train, "--resume", "--out", LATIN, "--bits", 16, "--quiet")[0] == 0
    assert len(np.load(f"{LATIN}.npy")) == 60
    Path("pairs.npz").rename(f"{LATIN}.npz")
    code, _, err = here(train, "--dataset", f"{LATIN}.npz", *TINY, "--out", "other")
    assert code == 2
    assert "is not UTF-8, and config.toml has to be" in err
    assert not Path("other").exists()


def test_letters_that_an_output_lacks(here, monkeypatch):
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stdout)
    assert here(train, "--dataset", "pairs.npz", *TINY, "--seeds", 2, "--out", "é")[0] == 0
    text = stdout.buffer.getvalue().decode("ascii")
    assert "I->T map" in text
    assert " +- " in text
    assert "written to \\xe9\n" in text


def ends(work):
    with pytest.raises(SystemExit) as end:
        exit_with(work)
    return end.value.code


def raising(error):
    def work():
        raise error

    return work


def test_what_went_wrong_is_a_code_and_a_sentence(capfd):
    noted = OSError(28, "No space left on device", "out/codes.npz")
    noted.add_note("continue with: hint-train --resume --out out")
    for error, code, words in (
        (DataError("bad data"), 3, "error: bad data"),
        (noted, 3, "error: out/codes.npz: No space left on device; continue with: hint-train --resume --out out"),
        (OSError("no number"), 3, "error: no number"),
        (KeyboardInterrupt(), 130, "error: interrupted"),
        (MemoryError("9 bytes"), 4, "error: out of memory: 9 bytes"),
        (RuntimeError("can't allocate memory"), 4, "error: out of memory: can't allocate memory"),
        (BrokenPipeError(32, "Broken pipe"), 141, ""),
        (SystemExit(2), 2, ""),
        (SystemExit(None), 0, ""),
    ):
        assert ends(raising(error)) == code
        assert capfd.readouterr() == ("", words and words + "\n")
    assert ends(lambda: None) == 0
    assert ends(lambda: 3) == 3
    with pytest.raises(RuntimeError, match="a bug"):
        exit_with(raising(RuntimeError("a bug")))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_an_interruption_unless_it_is_ignored(number, capfd):
    before = signal.signal(number, signal.SIG_DFL)
    try:
        assert ends(lambda: signal.raise_signal(number)) == 130
        assert signal.getsignal(number) is signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN)
        assert ends(lambda: signal.raise_signal(number)) == 0
        with handled(lambda *_: pytest.fail("it is ignored")):
            signal.raise_signal(number)
    finally:
        signal.signal(number, before)
    assert capfd.readouterr().err == "error: interrupted\n"


FAKE = "import sys; from hint_train.cli.ending import exit_with; exit_with(lambda: print('x' * {n}))"


@pytest.mark.parametrize("n", [1, 200_000])
@pytest.mark.parametrize(
    ("redirected", "code", "words"),
    [("| true; exit ${PIPESTATUS[0]}", 141, ""), ("> /dev/full", 3, "No space left on device"), (">&-", 0, "")],
)
def test_an_output_that_takes_nothing(tmp_path, n, redirected, code, words):
    # The reader is gone before anything is written.
    line = f"'{sys.executable}' -c \"import time; time.sleep(0.3); {FAKE.format(n=n)}\" {redirected}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == bool(words)
