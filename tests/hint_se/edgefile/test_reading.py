"""Reading as it goes on: progress, Ctrl-C, pipes."""

import contextlib
import signal
import subprocess
import sys
import threading
import time

import pytest

from hint_se.edgefile import read_edges


def test_progress_runs_from_0_to_1_and_may_stop_the_reading(written):
    path = written("0 1\n" * 600_000)
    seen = []
    read_edges(path, progress=lambda stage, fraction: seen.append((stage, fraction)))
    assert {stage for stage, _ in seen} == {"read"}
    fractions = [fraction for _, fraction in seen]
    assert fractions == sorted(fractions)
    assert fractions[0] > 0
    assert fractions[-1] == 1
    with pytest.raises(RuntimeError, match="enough"):
        read_edges(path, progress=lambda *_: (_ for _ in ()).throw(RuntimeError("enough")))


# Where the parent ignores SIGINT, as under nohup, a child does so too, and Python leaves it at that.
ENDLESS = """
import signal
from hint_se import read_graph
signal.signal(signal.SIGINT, signal.default_int_handler)
print("go", flush=True)
read_graph("/dev/stdin")
"""


@pytest.fixture
def endless():
    """Return a function that starts a child which reads one line without end; all that was started ends with the test."""
    with contextlib.ExitStack() as ends:

        def start(line):
            child = ends.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", ENDLESS],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            )
            block = line * (2**20 // len(line))

            def feed():
                with contextlib.suppress(OSError, ValueError):
                    while True:
                        child.stdin.write(block)

            feeder = threading.Thread(target=feed, daemon=True)
            # In the reverse order: end the child, which breaks the feeder's pipe, and wait for the feeder.
            ends.callback(feeder.join, 20)
            ends.callback(child.kill)
            assert child.stdout.readline() == b"go\n"
            feeder.start()
            return child

        yield start


@pytest.mark.parametrize("line", [b"12345 6789\n", b"somebody else\n", b"1 2 0.5\n", b"%sym positive\n"])
@pytest.mark.parametrize("ignored", [False, True])
def test_ctrl_c_ends_the_reading_of_an_endless_file(endless, line, ignored):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if ignored else None
    try:
        child = endless(line)
    finally:
        if ignored:
            signal.signal(signal.SIGINT, before)
    time.sleep(0.5)
    started = time.perf_counter()
    child.send_signal(signal.SIGINT)
    child.wait(timeout=20)
    elapsed = time.perf_counter() - started
    assert b"KeyboardInterrupt" in child.stderr.read()
    # Half a second is the promise; ending the process and a busy machine take their part.
    assert elapsed < 1.0
