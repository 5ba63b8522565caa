"""What the benchmark scripts share: a pinned process, its peak memory, the record file, and the machine's name.

Time is processor time of the process (user and system). It equals wall time on an idle machine and is not
stretched by neighbours on a busy one; where both are recorded, their ratio says how idle the machine was.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import importlib.metadata
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import hint_se
from hint_se import _core

__all__ = ["Records", "Timed", "child", "core_digest", "machine", "one_thread", "peak_above", "table", "timed", "write"]

#: Thread pools that read their size once, when the library is loaded.
_POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "NETWORKIT_NUM_THREADS")

Timed = tuple[Any, float, float]


def one_thread() -> dict[str, str]:
    """Return the environment of a process whose libraries may start one thread only."""
    return {**os.environ, **dict.fromkeys(_POOLS, "1"), "PYTHONHASHSEED": "0"}


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
        Wall seconds after which the process is killed; the answer is then ``{"status": "late"}``.
    cpus : int, optional
        Number of processors it is pinned to, and its libraries limited to one thread. None: neither.

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
        env=one_thread() if cpus is not None else None,
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
    if process.returncode != 0:
        last = err.strip().splitlines()[-1:] or [f"exit status {process.returncode}"]
        return {"status": "failed", "why": last[0][:200]}
    return {"status": "ok", **json.loads(out.splitlines()[-1])}


def core_digest() -> str:
    """Return the first digits of the SHA-256 of the compiled core: figures of different cores are never mixed."""
    return hashlib.sha256(Path(_core.__file__).read_bytes()).hexdigest()[:12]


def machine(*distributions: str) -> str:
    """Return one line that says what ran where: processor, system, versions. No host name."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = [f"hint_se {hint_se.__version__} (core {core_digest()})"]
    for name in distributions:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{name} not installed")
    return f"{model}, {cores} cores, {platform.system()}, Python {platform.python_version()}; " + ", ".join(versions)


class Records:
    """Measurements in a file of JSON lines, so that a run that was cut short goes on where it stopped.

    A file belongs to one compiled core and one machine: with another of either it starts anew, because
    figures of two sessions must not stand beside each other in one table.
    """

    def __init__(self, path: Path, *, fresh: bool = False, key: str = "") -> None:
        self._path = path
        self._found: dict[str, Any] = {}
        self._core = core_digest()
        head = {"core": self._core, "machine": machine(), "key": key}
        lines = [] if fresh or not path.exists() else [json.loads(line) for line in path.read_text().splitlines()]
        if lines and lines[0] == head:
            self._found = {line["name"]: line["value"] for line in lines[1:]}
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(head) + "\n")

    def get(self, name: str, measure: Callable[[], Any]) -> Any:
        """Return the record of a name, measuring it where there is none yet."""
        if name not in self._found:
            self._found[name] = measure()
            if core_digest() != self._core:
                raise SystemExit("the compiled core was replaced during the run: start again")
            with self._path.open("a") as file:
                file.write(json.dumps({"name": name, "value": self._found[name]}) + "\n")
        return self._found[name]


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table; every column but the first is aligned to the right."""
    names = list(head)
    lines = [names, ["---", *["---:"] * (len(names) - 1)], *([str(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(text: str) -> None:
    """Show text at once, also through a pipe."""
    sys.stdout.write(text)
    sys.stdout.flush()
