"""What the processes of a run have to have in common, and the device of each."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import torch

from hint_train.errors import ConfigError
from hint_train.methods.entries import METHODS
from hint_train.ranks import current
from hint_train.runs.begun import learned_options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hint_train.methods.config import Config


def check_divisible(config: Config) -> None:
    """Refuse several processes where a method has no steps to divide among them.

    Raises
    ------
    ConfigError
        It says so.
    """
    if current().size > 1 and not METHODS[config.method].trains:
        raise ConfigError(
            f"--method {config.method} is solved in closed form by one process, so there are no batches to divide; start it without torchrun"
        )


def check_alike(config: Config, seen: Mapping[str, Any]) -> None:
    """See to it that all processes of the run have the same options, and data with the same fingerprint `seen`.

    Raises
    ------
    ConfigError
        It names those that differ from the first.
    """
    known = json.dumps([config.bits, config.seeds, learned_options(config), seen], sort_keys=True, default=str)
    if others := current().unlike_the_first(hashlib.sha256(known.encode()).digest()):
        raise ConfigError(
            f"{numbered(others)} of {current().size} began with other options or data than process 0; "
            "start all with the same command, where they see the same files"
        )


def device_of(name: str) -> torch.device:
    """The device that an option names; each of several processes has a GPU of its own.

    Raises
    ------
    ConfigError
        There is no such device, or it cannot be the device of several processes.
    """
    ranks = current()
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"--device must be auto, cpu, cuda or cuda:N, got {name!r}") from error
    if device.type not in ("cpu", "cuda") or (device.type == "cuda" and not torch.cuda.is_available()):
        raise ConfigError(f"--device {name}: this torch sees no such device")
    if device.type == "cpu" or ranks.size == 1:
        return device
    if ":" in name:
        raise ConfigError(f"--device {name} is one GPU for {ranks.size} processes; --device cuda gives each its own")
    if ranks.local >= torch.cuda.device_count():
        raise ConfigError(
            f"process {ranks.rank} is number {ranks.local} of its machine, which has {torch.cuda.device_count()} GPUs; "
            "start no more processes than it has GPUs, or with --device cpu"
        )
    return torch.device("cuda", ranks.local)


def numbered(others: Sequence[int]) -> str:
    """Numbers of processes in words."""
    return f"process{'' if len(others) == 1 else 'es'} {', '.join(map(str, others))}"
