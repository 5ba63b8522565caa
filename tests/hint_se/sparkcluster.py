"""A cluster of Spark on loopback: a master and workers, each a process that a test may kill."""

import contextlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path

PATIENCE = 500.0


@contextlib.contextmanager
def cluster(folder, workers):
    """Yield the address of a master, and the processes of its workers; end them all."""
    started = []

    def start(name, kind, *words, until):
        log = folder / f"{name}.log"
        words = [_home() / "bin" / "spark-class", f"org.apache.spark.deploy.{kind}", "--host", "127.0.0.1", *words]
        words += ["--port", "0", "--webui-port", "0"]
        with log.open("w") as file:
            process = subprocess.Popen(words, stdout=file, stderr=file, cwd=folder, env=_environment())
        started.append(process)
        found = awaited(lambda: re.search(until, log.read_text()), f"{name}, {log}", process)
        return process, found

    try:
        _, said = start("master", "master.Master", until=r"Starting Spark master at (spark://\S+)")
        joined = "Successfully registered with master"
        options = ["--cores", "1", "--memory", "1G", "--work-dir", str(folder), said[1]]
        yield (
            said[1],
            [start(f"worker-{one}", "worker.Worker", *options, until=joined)[0] for one in range(workers)],
        )
    finally:
        for process in reversed(started):  # a worker ends its executors with itself
            process.terminate()
        for process in started:
            process.wait(PATIENCE)


def awaited(found, what, process=None):
    """Return the first value of a function that is not empty."""
    end = time.monotonic() + PATIENCE
    while not (value := found()):
        assert process is None or process.poll() is None, f"ended: {what}"
        assert time.monotonic() < end, f"waited for {what}"
        time.sleep(0.05)
    return value


def kill_machine(workers, task):
    """Kill the worker below which a task of Python runs, and its executor, as if their machine were gone; return the worker."""
    above = [task]
    while above[-1] > 1:
        above.append(_parent(above[-1]))
    lost = next(worker for worker in workers if worker.pid in above)
    for number in (lost.pid, above[above.index(lost.pid) - 1]):
        os.kill(number, signal.SIGKILL)
    return lost


def _parent(number):
    return int(re.search(r"^PPid:\s*(\d+)", Path(f"/proc/{number}/status").read_text(), re.MULTILINE)[1])


def _home():
    import pyspark

    return Path(pyspark.__file__).parent


def _environment():
    return {**os.environ, "SPARK_HOME": str(_home()), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m"}
