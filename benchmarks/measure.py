"""What the benchmark scripts share: a pinned process, its time and its peak memory, and tables.

Time is processor time of the process (user and system). It equals wall time on an idle machine and is not
stretched by neighbours on a busy one; where both are recorded, their ratio says how idle the machine was.
"""

from __future__ import annotations

import contextlib
import gc
import json
import math
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["Timed", "at_most", "child", "peak_above", "table", "threads", "timed", "write"]

#: Thread pools that read their size once, when the library is loaded.
_POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "NETWORKIT_NUM_THREADS")

Timed = tuple[Any, float, float]


def threads(count: int = 1) -> dict[str, str]:
    """Return the environment of a process whose libraries may start so many threads."""
    return {**os.environ, **dict.fromkeys(_POOLS, str(count)), "PYTHONHASHSEED": "0"}


def timed(work: Callable[[], Any]) -> Timed:
    """Return (result, processor seconds, wall seconds) of one call."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.process_time() - cpu, time.perf_counter() - wall


def peak_above(work: Callable[[], Timed]) -> tuple[Timed, int, int]:
    """Return (result of `work`, peak bytes above what was held before, peak bytes of the whole process).

    Linux lets a process reset its high-water mark. Where it does not, the mark of the whole life of the
    process is taken, which is right as long as nothing larger came before.
    """
    gc.collect()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    before = _held("VmRSS")
    result = work()
    peak = max(_held("VmHWM"), before)
    return result, peak - before, peak


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Let the system end this process once the block has taken so many processor seconds: `child` then answers "late"."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if math.isfinite(seconds):
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _held(field: str) -> int:
    """Return a field of /proc/self/status in bytes; the life-long peak where there is no such file."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


def child(arguments: Iterable[str], limit: float, *, cpus: int | None = 1) -> dict[str, Any]:
    """Run this Python on `arguments` and return the JSON object of its last line of output.

    Parameters
    ----------
    arguments : iterable of str
        A script and its options.
    limit : float
        Wall seconds after which the process is killed; the answer is then ``{"status": "late"}``, as it is where the process
        comes to the end of `at_most`.
    cpus : int, optional
        Number of processors it is pinned to, and of the threads of its libraries. None: neither is limited.

    Returns
    -------
    dict
        ``{"status": "failed", "why": ...}`` with the last line of the error output if it failed.
    """

    def pin() -> None:
        if cpus is not None and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cpus:])

    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=threads(cpus) if cpus is not None else None,
        preexec_fn=pin,
    )
    try:
        out, err = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return {"status": "late"}
    except BaseException:
        process.send_signal(signal.SIGTERM)
        raise
    if process.returncode == -signal.SIGXCPU:
        return {"status": "late"}
    if process.returncode != 0:
        last = err.strip().splitlines()[-1:] or [f"exit status {process.returncode}"]
        return {"status": "failed", "why": last[0][:200]}
    return {"status": "ok", **json.loads(out.splitlines()[-1])}


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table; every column but the first is aligned to the right."""
    names = list(head)
    lines = [names, ["---", *["---:"] * (len(names) - 1)], *([str(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(text: str) -> None:
    """Show text at once, also through a pipe."""
    sys.stdout.write(text)
    sys.stdout.flush()
