"""The command `hint-se` as a process of its own: help, pipes, signals, what it loads."""

import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

import networkx
import numpy as np
import pytest
from processes import processor_seconds, processor_seconds_until_the_end, started

import hint_se

KARATE = sorted(networkx.karate_club_graph().edges)


def command(*arguments):
    """The installed command where there is one beside the interpreter, else the function that it calls."""
    installed = Path(sys.executable).with_name("hint-se")
    words = [str(installed)] if installed.is_file() else [sys.executable, "-c", "from hint_se.cli import main; main()"]
    return [*words, *map(str, arguments)]


def test_help_names_every_command_and_option():
    top = subprocess.run(command("--help"), capture_output=True, text=True, check=True).stdout
    for word in ("build", "entropy", "labels", "plot", "report", "export", "info"):
        assert word in top
    build = subprocess.run(command("build", "--help"), capture_output=True, text=True, check=True).stdout
    for word in ("--height", "--effort", "--seed", "--threads", "--columns", "--names", "--n-nodes", "--json", "--out"):
        assert word in build


def test_the_command_loads_neither_torch_nor_a_plotting_library(tmp_path):
    (tmp_path / "e.txt").write_text("0 1\n")
    code = (
        "import sys\nfrom hint_se.cli import main\n"
        "try:\n    main(['build', 'e.txt', '-o', 't.npz'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'torch', 'hint_train', 'matplotlib', 'scipy', 'networkx', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_closed_pipe_is_no_error(tmp_path):
    hint_se.build_tree(KARATE).save(tmp_path / "tree.npz")
    words = command("labels", tmp_path / "tree.npz", "--level", 3)
    with started(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 141


def test_pipes_are_read(tmp_path):
    text = "".join(f"{u}\t{v}\n" for u, v in KARATE)
    done = subprocess.run(
        command("build", "/dev/stdin", "-o", "tree.npz"),
        input=text,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert hint_se.Tree.load(tmp_path / "tree.npz").n_leaves == 34


@contextlib.contextmanager
def building(folder, **options):
    """A build that takes long, in its last stage, and what the terminal on its stderr shows."""
    rng = np.random.default_rng(0)
    np.savez(folder / "edges.npz", edges=rng.integers(0, 60_000, (300_000, 2)))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    words = command("build", "edges.npz", "-o", "tree.npz", "--effort", "best", "--threads", 1)
    shown = bytearray()

    def watch():
        try:
            while block := os.read(ours, 4096):
                shown.extend(block)
        except OSError:  # Linux ends a terminal nobody writes to any more in this way.
            pass

    watcher = threading.Thread(target=watch)
    try:
        with started(words, cwd=folder, stdout=subprocess.PIPE, stderr=theirs, **options) as process:
            os.close(theirs)
            watcher.start()
            deadline = time.monotonic() + 120
            while b"graft" not in shown and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            yield process, shown
    finally:
        watcher.join()
        os.close(ours)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_a_build_within_half_a_second(tmp_path, number):
    """A terminal on stderr shows the bar, so that the signal surely hits the build; no file is left."""
    with building(tmp_path) as (process, shown):
        process.send_signal(number)
        taken = processor_seconds_until_the_end(process)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, shown.decode()
    assert out == b""
    assert b"interrupted; no file was written" in shown
    assert [path.name for path in tmp_path.iterdir()] == ["edges.npz"]
    # Half a second is the promise; ending the process takes its part.
    assert taken < 1


def test_signals_that_are_ignored_from_the_start_stay_ignored(tmp_path):
    """As under nohup, and in the background of a shell without job control."""
    with building(tmp_path, ignored=(signal.SIGINT, signal.SIGHUP)) as (process, shown):
        before = processor_seconds(process)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGHUP)
        while process.poll() is None and processor_seconds(process) < before + 1:
            time.sleep(0.01)
        assert process.poll() is None, shown.decode()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 130, shown.decode()


def shell(line, cwd, **options):
    """Run a line of the shell in which `hint-se` is the command."""
    words = " ".join(f"'{word}'" for word in command())
    return subprocess.run(
        ["bash", "-c", line.replace("hint-se", words)], cwd=cwd, capture_output=True, timeout=60, check=False, **options
    )


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("hint-se labels tree.npz --level 1 > /dev/full", 3, b"No space left on device"),
        ("hint-se build edges.txt -o t.npz > /dev/full", 3, b"No space left on device"),
        ("hint-se info tree.npz > /dev/full", 3, b"No space left on device"),
        ("hint-se labels tree.npz --level 1 >&-", 3, b"stdout is closed"),
        ("(ulimit -f 0; exec hint-se labels tree.npz --level 1 -o labels.csv)", 2, b"cannot be written|File too large"),
    ],
)
def test_an_output_that_takes_nothing_is_one_sentence(tmp_path, line, code, words):
    (tmp_path / "edges.txt").write_text("0 1\n1 2\n")
    hint_se.build_tree(KARATE).save(tmp_path / "tree.npz")
    done = shell(line, tmp_path)
    assert done.returncode == code, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert any(word in done.stderr for word in words.split(b"|"))
    assert not (tmp_path / "labels.csv").exists()


def test_names_of_files_may_be_what_no_output_has_letters_for(tmp_path):
    """Bytes that are not UTF-8, and letters that ASCII lacks."""
    (tmp_path / os.fsdecode(b"\xff\xc3\xa9.txt")).write_text("0 1\n1 2\n")
    for encoding in ("ascii", "utf-8", "latin-1"):
        line = "hint-se build $'\\xff\\xc3\\xa9.txt' -o $'\\xfe\\xc3\\xa9.npz' && hint-se build $'\\xfa.txt' -o t.npz"
        done = shell(line, tmp_path, env={**os.environ, "PYTHONIOENCODING": encoding})
        assert b"written to" in done.stdout, done.stderr
        assert done.returncode == 3
        assert len(done.stderr.splitlines()) == 1
        assert b"No such file" in done.stderr
        assert hint_se.Tree.load(tmp_path / os.fsdecode(b"\xfe\xc3\xa9.npz")).n_leaves == 3
