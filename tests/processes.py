"""Processes that tests start: each ends with its test, whatever happens, and what is left of any can be found."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def hearing(*, ignored=()):
    """Ignore the signals in `ignored`, and no other that ends a program.

    Under nohup, in the background and in many runners some are ignored from the start, and a new process inherits that.
    """
    # A handler becomes the default in a new program.
    before = {
        number: signal.signal(number, signal.SIG_IGN if number in ignored else signal.default_int_handler)
        for number in ENDING
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def started(words, *, ignored=(), **options):
    """Start a process that ignores the signals in `ignored`, and end it with all that it started when the block is left."""
    with hearing(ignored=ignored):
        process = subprocess.Popen(words, start_new_session=True, **options)
    with process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def processor_seconds(process):
    """Return the processor time that a process has used, in seconds; one that ended counts until it is waited for."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def processor_seconds_until_the_end(process):
    """Return the processor time that a process takes from now until it ends, however long others hold it up."""
    before = processor_seconds(process)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    return processor_seconds(process) - before


@contextlib.contextmanager
def interrupted(*, after):
    """Raise KeyboardInterrupt in this process after seconds of processor time, and fail unless that ends the block in half a second."""

    def interrupt(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGPROF, interrupt)
    try:
        start = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, after)
        yield
        assert time.process_time() - start < after + 0.5
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def left_behind(folder):
    """Return {id: command line} of this process's children, and of every process whose TMPDIR is `folder`; Linux alone."""
    mark, found = os.fsencode(f"TMPDIR={folder}"), {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile, or belongs to somebody else
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            child = int(parent) == os.getpid() or mark in (entry / "environ").read_bytes().split(b"\0")
            if child and state != "Z" and int(entry.name) != os.getpid():
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return found
