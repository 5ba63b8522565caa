"""Reading as it goes on: progress, Ctrl-C, pipes."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from processes import processor_seconds_until_the_end, started

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


@pytest.mark.parametrize("line", [b"12345 6789\n", b"somebody else\n", b"1 2 0.5\n", b"%sym positive\n"])
def test_ctrl_c_ends_the_reading_of_an_endless_file(line):
    code = "from hint_se import read_graph; print('go', flush=True); read_graph('/dev/stdin')"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    block = line * (2**20 // len(line))
    with started([sys.executable, "-c", code], **pipes) as child:
        assert child.stdout.readline() == b"go\n"

        def feed():
            with contextlib.suppress(OSError):
                while True:
                    os.write(child.stdin.fileno(), block)

        feeder = threading.Thread(target=feed)
        feeder.start()
        try:
            time.sleep(0.5)
            child.send_signal(signal.SIGINT)
            seconds = processor_seconds_until_the_end(child)
            child.wait(timeout=60)
        finally:
            # Breaks the pipe, whatever happened.
            child.kill()
            feeder.join()
        assert b"KeyboardInterrupt" in child.stderr.read()
    # Half a second is the promise; ending the process takes its part.
    assert seconds < 1.0
