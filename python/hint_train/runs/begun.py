"""What a run was begun with, in its `config.toml`: the options, and what is needed to see that nothing else is gone on with."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hint_train.config.config_file import DATA, from_table, read_toml, to_table, to_toml
from hint_train.errors import ConfigError
from hint_train.methods.config import Config, options_read
from hint_train.runs.fingerprint import PARTS
from hint_train.runs.folder import located
from hint_train.whole import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OPTIONS = "config.toml"

_log = logging.getLogger(__name__)
_FREE_TO_CHANGE = (
    "bits",
    "seeds",
    "device",
    "dataset",
    "data_dir",
    "images",
    "evaluation",
    "checkpoint_seconds",
    "entropy_unit",
    "tensorboard",
)
"""Options that may differ when a run is resumed: they do not change a code that was already learned. Data that moved are known by
their fingerprint."""
_DIGEST = "options_sha256"


@dataclass(frozen=True, slots=True)
class Begun:
    """Options of a run that was begun, and the fingerprint of its data; that is empty where an earlier version began it."""

    config: Config
    data: Mapping[str, Any]

    def continued(self, asked: Config) -> Config:
        """The options to go on with: those that are asked for, and every code length and seed that the run has.

        Raises
        ------
        ConfigError
            Other options than those that may change differ.
        """
        before, now = to_table(self.config), to_table(asked)
        free = [name for name in _FREE_TO_CHANGE if self.data or name != "dataset"]
        differing = sorted(k for k in before if k not in free and before[k] != now.get(k))
        if differing:
            raise ConfigError(f"--resume keeps the options of the run, but these differ: {', '.join(differing)}")
        bits = tuple(dict.fromkeys([*self.config.bits, *asked.bits]))
        seeds = max(self.config.seeds, asked.seeds)
        if (bits, seeds) != (asked.bits, asked.seeds):
            _log.info("the run keeps what it has: %s bits, %d seeds", ", ".join(map(str, bits)), seeds)
        return replace(asked, bits=bits, seeds=seeds)

    def check_data(self, now: Mapping[str, Any]) -> None:
        """Refuse data that differ from those the run was begun with; labels that only measure are warned of.

        Raises
        ------
        ConfigError
            It says what differs.
        """
        if not self.data:
            _log.warning(
                "the run was begun by an earlier version, so whether the data are still the same cannot be checked"
            )
            return
        differing = [
            PARTS.get(k, f"{k}: expected {self.data[k]}, got {value}")
            for k, value in now.items()
            if k in self.data and self.data[k] != value and k != "labels"
        ]
        if differing:
            raise ConfigError(
                f"--resume needs the data that the run was begun with, but they differ; {'; '.join(differing)}"
            )
        if self.data.get("labels", now.get("labels")) != now.get("labels"):
            _log.warning("the labels differ from those that the run was begun with, and so will its figures")


def read_begun(folder: Path) -> Begun:
    """What the run in `folder` was begun with.

    Raises
    ------
    ConfigError
        There is no run, its options cannot be read, an earlier version wrote them, or they were changed by hand since.
    """
    path = folder / OPTIONS
    if not path.is_file():
        raise ConfigError(f"{folder} holds no run to resume: there is no {OPTIONS}")
    table = read_toml(path)
    data = table.pop(DATA, {})
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: {DATA} must be a table, got {data!r}")
    if data.pop(_DIGEST, _digest(table)) != _digest(table):
        raise ConfigError(
            f"{path} was changed since the run was begun; undo that, or begin another run with it by --config"
        )
    return Begun(located(kept_options(str(path), table)), data)


def kept_options(name: str, table: Mapping[str, Any]) -> Config:
    """The options of a run as it wrote them.

    Raises
    ------
    ConfigError
        It begins with `name`. The options cannot be read, or one that the method reads is missing: an earlier version did not know it,
        and its default may not be what that version did.
    """
    config = from_table(name, table, Config())
    read = ((section, option) for section, option in options_read(config) if section not in _FREE_TO_CHANGE)
    unsaid = [option for section, option in read if option not in table.get(section, {})]
    if unsaid:
        raise ConfigError(
            f"{name} says nothing of {', '.join(unsaid)}, so an earlier version began the run; finish it with that version, or begin another"
        )
    return config


def write_begun(folder: Path, config: Config, data: Mapping[str, Any]) -> None:
    """Write options and fingerprint."""
    known = {**data, _DIGEST: learned_options(config)}
    write_atomically(folder / OPTIONS, to_toml(config, known).encode())


def learned_options(config: Config) -> str:
    """SHA-256 of the options that shape what is learned."""
    return _digest(to_table(config))


def _digest(table: Mapping[str, Any]) -> str:
    """SHA-256 of the options that may not change, as they stand in the file."""
    kept = {name: value for name, value in table.items() if name not in _FREE_TO_CHANGE}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, default=str).encode()).hexdigest()
