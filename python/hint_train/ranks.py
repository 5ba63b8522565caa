"""The processes of one run, as torchrun starts them: which of them this is, and what they tell each other.

Alone, as without torchrun, each exchange gives back what it is given, and nothing of `torch.distributed` is asked for.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hint_train.errors import ConfigError, LostProcessError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from torch import Tensor

MEETING = "hint-train meets"
"""Name of the thread in which the other processes are waited for."""
_distributed: Any = torch.distributed  # says nothing of some of its classes to type checkers
_MEETING_SECONDS = 300.0
"""How long the processes wait for each other at the start."""
_PATIENCE = timedelta(minutes=30)
"""How long an exchange waits for a process that is there and silent: the first one may be measuring codes meanwhile."""
_STORE_SECONDS = 5.0
_NEEDED = ("RANK", "WORLD_SIZE")
_RESTARTS = "TORCHELASTIC_RESTART_COUNT"


class Ranks:
    """The processes of a run, numbered from 0; all of them make the same exchanges in the same order.

    Attributes
    ----------
    rank, size
        Number of this process, and how many there are.
    local
        Number of this process on its machine: of its GPU.
    lost
        Whether an exchange failed, so that this process is about to end.
    """

    def __init__(self, rank: int = 0, size: int = 1, local: int = 0, store: Any = None) -> None:
        self.rank, self.size, self.local, self.lost = rank, size, local, False
        self._store = store

    @property
    def first(self) -> bool:
        """Whether this process writes, measures and speaks."""
        return self.rank == 0

    def rows(self, n: int, step: int = 1, *, rank: int | None = None) -> slice:
        """Which of `n` rows are this process's, or of process `rank`: about as many for each, in multiples of `step`, later ones maybe none."""
        each, which = self._each(n, step), self.rank if rank is None else rank
        return slice(min(n, which * each), min(n, (which + 1) * each))

    def _each(self, n: int, step: int) -> int:
        return -(-n // (self.size * step)) * step

    def all_rows(self, own: Tensor, n: int, step: int = 1) -> Tensor:
        """All `n` rows, where each process has `own` as `rows` divides them; gradients go back to own rows alone.

        Where every process goes on to the same scalar of all rows, the sum of their gradients is the gradient of that scalar.
        """
        if self.size == 1:
            return own
        padded = own.detach().new_zeros(self._each(n, step), *own.shape[1:])
        padded[: len(own)] = own.detach()
        found = self.collected(padded).flatten(0, 1)[:n]
        if not own.requires_grad:
            return found
        mine = self.rows(n, step)
        return torch.cat([found[: mine.start], own, found[mine.stop :]])

    def collected(self, own: Tensor) -> Tensor:
        """(size, ...): the tensor of every process, all of one shape."""
        if self.size == 1:
            return own[None]
        found = own.new_empty(self.size, *own.shape)
        with self._within_reach():
            torch.distributed.all_gather(list(found.unbind()), own.contiguous())
        return found

    def exchanged(self, parts: Tensor) -> Tensor:
        """(size, ...): what each process has for this one, where `parts` (size, ...) is what this one has for each, all of one shape."""
        if self.size == 1:
            return parts
        found = torch.empty_like(parts)
        with self._within_reach():
            torch.distributed.all_to_all_single(found, parts.contiguous())
        return found

    def from_first(self, mine: bytes) -> bytes:
        """What the first process gives; what others give does not matter."""
        if self.size == 1:
            return mine
        length = int(self.collected(torch.tensor(len(mine)))[0])
        data = torch.zeros(length, dtype=torch.uint8)
        if self.first:
            data.numpy()[:] = np.frombuffer(mine, dtype=np.uint8)
        with self._within_reach():
            torch.distributed.broadcast(data, 0)
        return data.numpy().tobytes()

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its sum over all processes, the same bit for bit in each of them."""
        if self.size == 1 or not tensors:
            return
        flat = torch.cat([x.ravel() for x in tensors])
        with self._within_reach():
            torch.distributed.all_reduce(flat)
        for x, summed in zip(tensors, torch.split(flat, [x.numel() for x in tensors]), strict=True):
            x.copy_(summed.view_as(x))

    def any(self, mine: bool) -> bool:
        """Whether any process says yes. On the CPU, so that nothing waits for a GPU."""
        return mine if self.size == 1 else bool(self.collected(torch.tensor(mine)).any())

    def unlike_the_first(self, mine: bytes) -> list[int]:
        """Numbers of the processes whose `mine`, of the same length everywhere, differs from that of the first."""
        if self.size == 1:
            return []
        found = self.collected(torch.tensor(list(mine), dtype=torch.uint8))
        return (found != found[0]).any(1).nonzero().ravel().tolist()

    @contextlib.contextmanager
    def _within_reach(self) -> Iterator[None]:
        """Say in one sentence that an exchange failed because another process is gone or silent."""
        try:
            yield
        except RuntimeError as error:
            self.lost = True
            raise LostProcessError(
                f"another process of the run is gone or cannot be reached ({_first_line(error)})"
            ) from error

    def is_first_to_speak(self) -> bool:
        """Whether no other process has said yet what went wrong. Asked once, by a process that is about to end."""
        if self._store is None:
            return True
        try:
            self._store.set_timeout(timedelta(seconds=_STORE_SECONDS))
            return int(self._store.add("spoken", 1)) == 1
        except RuntimeError:  # whoever kept the count is gone
            return True


_current = Ranks()


def current() -> Ranks:
    """The processes that this one belongs to."""
    return _current


@contextlib.contextmanager
def joined(environment: Mapping[str, str] = os.environ) -> Iterator[Ranks]:
    """Meet the other processes that the environment tells of, as torchrun sets it; `current` until the end of the block.

    Raises
    ------
    ConfigError
        The environment says nothing that can be; or the processes do not meet at its address.
    """
    global _current
    rank, size, local = _place(environment)
    if size > 1 and not torch.distributed.is_available():
        raise ConfigError(f"this torch was built without torch.distributed, which {size} processes need; start one")
    if size == 1:
        yield _current
        return
    store = _met(rank, size, environment)
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    try:
        torch.distributed.init_process_group(
            backend,
            store=_distributed.PrefixStore("group", store),
            rank=rank,
            world_size=size,
            timeout=_PATIENCE,
        )
    except RuntimeError as error:
        raise ConfigError(
            f"process {rank} of {size} cannot reach the others ({_first_line(error)}); "
            "GLOO_SOCKET_IFNAME and NCCL_SOCKET_IFNAME name the network interface to use"
        ) from error
    before, _current = _current, Ranks(rank, size, local, store)
    try:
        yield _current
    finally:
        _current = before
        torch.distributed.destroy_process_group()  # left to the end of the interpreter, its threads abort the process


def _place(environment: Mapping[str, str]) -> tuple[int, int, int]:
    """Number of this process, how many there are, and its number on its machine."""
    names = (*_NEEDED, "LOCAL_RANK")
    words = {name: environment.get(name, environment["RANK"]) for name in names}
    for name, word in words.items():
        if not word.isascii() or not word.isdigit():
            raise ConfigError(f"{name} in the environment must be a whole number, got {word!r}; torchrun sets it")
    rank, size, local = map(int, words.values())
    if rank >= size:
        raise ConfigError(f"RANK counts from 0 and must be below WORLD_SIZE, got {rank} of {size}; torchrun sets both")
    return rank, size, local


def _met(rank: int, size: int, environment: Mapping[str, str]) -> Any:
    """The store through which all `size` processes know of each other, once all are there."""
    host, port = environment.get("MASTER_ADDR", ""), environment.get("MASTER_PORT", "")
    if not host or not port.isdigit() or not 0 < int(port) < 2**16:
        raise ConfigError(
            f"{size} processes need MASTER_ADDR and MASTER_PORT in the environment, got {host!r} and {port!r}; torchrun sets them"
        )
    deadline = time.monotonic() + _MEETING_SECONDS
    keeps = rank == 0 and environment.get("TORCHELASTIC_USE_AGENT_STORE") != "True"
    store = _store(host, int(port), keeps, deadline)
    store = _distributed.PrefixStore(f"hint_train/{environment.get(_RESTARTS, '0')}", store)
    try:
        if store.add(f"rank {rank}", 1) > 1:
            raise ConfigError(f"two processes have RANK {rank} of {size}; each needs its own, and torchrun gives it")
        here = store.add("here", 1)
        while here < size and time.monotonic() < deadline:
            time.sleep(0.02)  # and not in a call of torch, which hears no Ctrl-C
            here = store.add("here", 0)
    except RuntimeError as error:
        raise LostProcessError(f"{host}:{port} does not answer any more ({_first_line(error)})") from error
    if here < size:
        raise ConfigError(
            f"WORLD_SIZE says {size} processes, but after {_MEETING_SECONDS:.0f} s only {here} came to {host}:{port}; "
            "start as many as it says, all with the same MASTER_ADDR and MASTER_PORT"
        )
    return store


def _store(host: str, port: int, keeps: bool, deadline: float) -> Any:
    """The store at an address, which this process `keeps` or another one; awaited until the deadline."""
    found: list[Any] = []
    left = max(1.0, deadline - time.monotonic())

    def connect() -> None:
        try:
            found.append(
                _distributed.TCPStore(
                    host, port, is_master=keeps, timeout=timedelta(seconds=left), wait_for_workers=False
                )
            )
        except RuntimeError as error:
            found.append(error)

    # Aside, because torch waits without end for one that is there and says nothing, and meanwhile hears no Ctrl-C.
    aside = threading.Thread(target=connect, name=MEETING, daemon=True)
    aside.start()
    while aside.is_alive() and time.monotonic() < deadline + 1:
        aside.join(0.05)
    answer = found[0] if found else RuntimeError("what listens there is no process of this run")
    if not isinstance(answer, RuntimeError):
        return answer
    if keeps:
        raise ConfigError(
            f"MASTER_PORT {port} cannot be listened on ({_first_line(answer)}); choose another, as with torchrun --master-port"
        ) from answer
    raise ConfigError(
        f"no process of this run answers at MASTER_ADDR {host}, MASTER_PORT {port} ({_first_line(answer)}); "
        "process 0 has to run there, and the port must be free and open"
    ) from answer


def _first_line(error: BaseException) -> str:
    """What a library says in its first sentence, without its addresses in the code."""
    line = next(iter(str(error).splitlines()), "")
    line = line.partition("] ")[2] if line.startswith("[") and "] " in line else line
    return line.partition(". ")[0].rstrip(".")
