"""Several processes on loopback, as torchrun would start them, that end with the test whatever happens."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import torch
from processes import started

# The names of machines of continuous integration often resolve to nothing.
LOOPBACK = {"GLOO_SOCKET_IFNAME": "lo" if sys.platform == "linux" else "lo0"}
HERE = Path(__file__).parents[2]


def environment(rank, size, port):
    """What torchrun sets for one process whose store is kept by whoever started it."""
    return {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(size),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "TORCHELASTIC_USE_AGENT_STORE": "True",
    }


def store():
    """A store at a port that is free, kept by this process."""
    return torch.distributed.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)


@contextlib.contextmanager
def several(size, *words, **options):
    """Start `size` processes of Python on `words`, each with its number in the environment; one thread each."""
    kept = store()
    places = [HERE / "tests", HERE / "tests" / "hint_train", HERE, os.environ.get("PYTHONPATH", "")]
    common = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places)), "OMP_NUM_THREADS": "1"} | LOOPBACK
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(
                started(
                    [sys.executable, *map(str, words)],
                    env=common | environment(rank, size, kept.port),
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    **options,
                )
            )
            for rank in range(size)
        ]


def ended(processes, timeout=400):
    """Exit code, stdout and stderr of each."""
    return [(process.wait(timeout), *process.communicate(timeout=timeout)) for process in processes]
