"""One process in one folder, and a lock that nobody has to remove by hand."""

import os
import signal
import subprocess
import sys

import pytest

from hint_train.errors import ConfigError
from hint_train.runs.lock import LOCK, is_locked, locked

HOLD = "import sys; from pathlib import Path; from hint_train.runs.lock import locked\n"
HOLD += "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of a folder."""
    words = [sys.executable, "-c", HOLD, tmp_path]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        if process.poll() is None:
            process.kill()


def test_the_owner_is_named_and_the_file_goes_with_it(tmp_path):
    with locked(tmp_path):
        assert (tmp_path / LOCK).read_text() == f"{os.getpid()} {os.uname().nodename}\n"
        assert is_locked(tmp_path / LOCK)
    assert not any(tmp_path.iterdir())
    assert not is_locked(tmp_path / LOCK)


def test_it_goes_when_something_fails(tmp_path):
    with pytest.raises(RuntimeError), locked(tmp_path):
        raise RuntimeError
    assert not any(tmp_path.iterdir())


def test_another_process_is_kept_out_and_told_by_whom(tmp_path, holder):
    for _ in range(2):  # a refusal leaves the lock alone
        with pytest.raises(ConfigError, match=f"is in use by process {holder.pid} on "), locked(tmp_path):
            pass
    holder.communicate("", timeout=30)
    with locked(tmp_path):
        pass


def test_the_same_process_is_kept_out_too(tmp_path):
    with locked(tmp_path), pytest.raises(ConfigError, match=f"process {os.getpid()}"), locked(tmp_path):
        pass


def test_a_lock_whose_process_was_killed_is_stale(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait(timeout=30)
    assert str(holder.pid) in (tmp_path / LOCK).read_text()
    assert not is_locked(tmp_path / LOCK)
    with locked(tmp_path):
        assert str(os.getpid()) in (tmp_path / LOCK).read_text()


def test_a_number_that_another_process_has_now_does_not_keep_a_folder(tmp_path):
    (tmp_path / LOCK).write_text(f"{os.getppid()} {os.uname().nodename}\n")
    with locked(tmp_path):
        assert str(os.getpid()) in (tmp_path / LOCK).read_text()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"one two three", b"x" * 10_000])
def test_any_content_can_be_taken_over_and_any_is_shown_in_short(tmp_path, content):
    (tmp_path / LOCK).write_bytes(content)
    with locked(tmp_path):
        (tmp_path / LOCK).write_bytes(content)
        with pytest.raises(ConfigError, match="is in use by another process; wait") as caught, locked(tmp_path):
            pass
        assert len(str(caught.value)) < 400


def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path):
    (tmp_path / "mine.txt").write_text("years of work")
    (tmp_path / LOCK).symlink_to(tmp_path / "mine.txt")
    with pytest.raises(OSError, match=LOCK), locked(tmp_path):
        pass
    assert (tmp_path / "mine.txt").read_text() == "years of work"


def test_a_file_system_without_locks_is_said(tmp_path, monkeypatch, caplog):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("hint_train.runs.lock.fcntl.flock", refuse)
    with locked(tmp_path):
        pass
    assert "this file system has no locks" in caplog.text
