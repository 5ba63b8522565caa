"""Checks of a configuration before any work: every fault is found and all are reported together."""

from __future__ import annotations

import logging
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, get_args

from hint_train.config import ranges
from hint_train.errors import ConfigError
from hint_train.methods.config import LISTED, Preset
from hint_train.methods.presets import preset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hint_train.methods.config import Config

_log = logging.getLogger(__name__)


def check(config: Config) -> None:
    """Raise one `ConfigError` that lists every fault of `config`.

    Raises
    ------
    ConfigError
        One line per fault: the option, what is accepted, what arrived.
    """
    faults = [*ranges.faults(config), *_faults(config)]
    for field in fields(config):
        section = getattr(config, field.name)
        faults += ranges.faults(section) if is_dataclass(section) else ()
    for of_method in dict.fromkeys(listed.faults for listed in LISTED.values()):
        faults += of_method(config)
    if faults:
        raise ConfigError("; ".join(faults))


def _faults(config: Config) -> Iterator[str]:
    """What no range says."""
    if not config.bits:
        yield "--bits needs at least one code length"
    if len(set(config.bits)) != len(config.bits):
        yield f"--bits must not repeat a length, got {' '.join(map(str, config.bits))}"
    if config.evaluation.topk_rule == "nonzero-hits":
        if config.evaluation.ties in ("optimistic", "pessimistic"):
            yield f"--topk-rule nonzero-hits has no bound --ties {config.evaluation.ties}; take hits, or --ties expected"
        if config.evaluation.no_relevant == "zero":
            yield "--topk-rule nonzero-hits leaves out queries that --no-relevant zero counts; take hits, or skip"


def warn_if_idle(config: Config) -> None:
    """Log one warning that names the options that differ from the method's presets and have no effect, and what they need."""
    if config.method in LISTED:
        presets = [preset(name, config.method) for name in get_args(Preset)]
        found = [*LISTED[config.method].idle(config, presets), *_of_others(config, presets)]
        if found:
            _log.warning("options without effect: %s", "; ".join(found))


def _of_others(config: Config, presets: list[Config]) -> Iterator[str]:
    """Options that differ from all presets and that the method does not read, with the methods that do."""
    for field in fields(config):
        section = getattr(config, field.name)
        if not is_dataclass(section):
            continue
        by_readers: dict[str, list[str]] = {}
        for option in fields(section):
            value, path = getattr(section, option.name), {field.name, f"{field.name}.{option.name}"}
            readers = [name for name, listed in LISTED.items() if path & {*listed.reads}]
            usual = [getattr(getattr(base, field.name), option.name) for base in presets]
            if config.method not in readers and value not in usual:
                by_readers.setdefault(", ".join(readers), []).append(f"--{option.name.replace('_', '-')}")
        for methods, named in by_readers.items():
            yield f"{', '.join(named)} ({'is' if len(named) == 1 else 'are'} read by --method {methods})"
