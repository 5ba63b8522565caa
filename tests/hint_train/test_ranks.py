"""How processes meet and lose each other: what is said of an environment, an address or a network that cannot be."""

import contextlib
import signal
import socket
import subprocess
import sys
import threading

import pytest
import torch
from several import ended, environment, several, store

from hint_train import ranks
from hint_train.errors import ConfigError
from hint_train.ranks import Ranks, current, joined


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(ranks, "_MEETING_SECONDS", 2.0)


def refused(words):
    with pytest.raises(ConfigError) as error, joined(words):
        pass
    return str(error.value)


@contextlib.contextmanager
def listener():
    """Somebody who takes connections and says nothing."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_one_process_is_alone_and_needs_no_address():
    with joined({"RANK": "0", "WORLD_SIZE": "1"}) as alone:
        assert (alone.rank, alone.size, alone.first) == (0, 1, True)
    rows = torch.ones(3, 2)
    assert alone.rows(3) == slice(0, 3)
    assert alone.all_rows(rows, 3) is rows
    assert alone.exchanged(rows[None])[0].tolist() == rows.tolist()
    assert alone.from_first(b"said") == b"said"
    assert alone.is_first_to_speak()
    assert current().size == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"RANK": "one"}, "RANK in the environment must be a whole number, got 'one'; torchrun sets it"),
        ({"WORLD_SIZE": "-2"}, "WORLD_SIZE in the environment must be a whole number, got '-2'; torchrun sets it"),
        ({"WORLD_SIZE": ""}, "WORLD_SIZE in the environment must be a whole number, got ''; torchrun sets it"),
        ({"RANK": "2"}, "RANK counts from 0 and must be below WORLD_SIZE, got 2 of 2; torchrun sets both"),
        ({"MASTER_ADDR": ""}, "2 processes need MASTER_ADDR and MASTER_PORT in the environment, got '' and '29500'"),
        ({"MASTER_PORT": "70000"}, "2 processes need MASTER_ADDR and MASTER_PORT in the environment"),
    ],
)
def test_an_environment_that_cannot_be(changed, words):
    assert words in refused(environment(1, 2, 29500) | changed)


def test_a_world_size_that_is_too_large():
    kept = store()
    said = refused(environment(1, 3, kept.port))
    assert said == (
        f"WORLD_SIZE says 3 processes, but after 2 s only 1 came to 127.0.0.1:{kept.port}; "
        "start as many as it says, all with the same MASTER_ADDR and MASTER_PORT"
    )


def test_two_processes_of_one_rank():
    kept = store()
    refused(environment(1, 3, kept.port))
    assert refused(environment(1, 3, kept.port)).startswith("two processes have RANK 1 of 3; each needs its own")


def test_a_port_that_is_taken():
    with listener() as port:
        said = refused(environment(0, 2, port) | {"TORCHELASTIC_USE_AGENT_STORE": "False"})
    assert said.startswith(f"MASTER_PORT {port} cannot be listened on (")
    assert said.endswith("; choose another, as with torchrun --master-port")


def test_nobody_at_the_address_and_somebody_else():
    with listener() as port:
        said = refused(environment(1, 2, port))
        assert said.startswith(f"no process of this run answers at MASTER_ADDR 127.0.0.1, MASTER_PORT {port} (")
        assert "process 0 has to run there" in said
    assert refused(environment(1, 2, port)).startswith("no process of this run answers at MASTER_ADDR 127.0.0.1")
    for thread in threading.enumerate():
        if thread.name == ranks.MEETING:  # it has no more to wait for
            thread.join(60)
            assert not thread.is_alive()


SILENT = """
import os, time
os.environ["TORCH_CPP_LOG_LEVEL"] = "FATAL"
from datetime import timedelta
import torch
from hint_train import ranks
try:
    with ranks.joined() as found:
        found.any(False)
        if found.rank == 1:
            print("met", flush=True)
            time.sleep(600)
        torch.distributed.distributed_c10d._set_pg_timeout(timedelta(seconds=2))
        found.any(False)
except ranks.LostProcessError as error:
    print(found.lost, found.is_first_to_speak(), error)
"""


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
def test_a_process_that_is_stopped_or_killed_is_missed(number):
    with several(2, "-c", SILENT) as (first, second):
        assert second.stdout.readline() == "met\n"
        second.send_signal(number)
        ((code, out, err),) = ended([first])
    assert code == 0, err
    assert out.startswith("True True another process of the run is gone or cannot be reached (")
    assert len(out.splitlines()) == 1


def test_without_torchrun_no_more_of_torch_distributed_is_loaded_than_torch_loads():
    code = (
        "import sys, torch; before = {x for x in sys.modules if x.startswith('torch.distributed')};"
        "import hint_train.runs.training_run; import hint_train.cli.train;"
        "print({x for x in sys.modules if x.startswith('torch.distributed')} - before);"
        "print('hint_train.cli.ranks' in sys.modules, torch.distributed.is_initialized())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\nFalse False\n"


def test_shares_are_whole_steps_and_cover_all_rows():
    for size in (1, 2, 3, 7):
        for n in range(20):
            for step in (1, 4):
                shares = [Ranks(rank, size).rows(n, step) for rank in range(size)]
                assert [row for share in shares for row in range(n)[share]] == list(range(n))
                assert all(share.start % step == 0 or share.start == n for share in shares)
