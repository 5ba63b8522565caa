"""`config.toml`: the resolved options of a run, written and read back with every fault reported."""

from __future__ import annotations

import tomllib
from dataclasses import fields, is_dataclass, replace
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import tomli_w

from hint_train.config import Config
from hint_train.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_Section = TypeVar("_Section")
_NONE = "none"
"""What stands for None, which TOML lacks: left out, an option would come back as the default instead."""


def to_toml(config: Config) -> str:
    """`config` as TOML; None is written as "none"."""
    return tomli_w.dumps(to_table(config))


def to_table(value: Any) -> dict[str, Any]:
    """A configuration or a section of one as plain values."""
    table: dict[str, Any] = {}
    for field in fields(value):
        item = getattr(value, field.name)
        if is_dataclass(item):
            table[field.name] = to_table(item)
        elif item is None:
            table[field.name] = _NONE
        else:
            table[field.name] = list(item) if isinstance(item, tuple) else item
    return table


def read_config(path: Path, base: Config) -> Config:
    """`base` with the options in the TOML file `path`.

    Raises
    ------
    ConfigError
        The file cannot be read, or holds options that do not exist or values of another type; all of them are named.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML ({error})") from error
    faults: list[str] = []
    config = _apply(base, table, "", faults)
    if faults:
        raise ConfigError(f"{path}: {'; '.join(faults)}")
    return config


def _apply(section: _Section, table: dict[str, Any], prefix: str, faults: list[str]) -> _Section:
    hints = get_type_hints(type(section))
    changes: dict[str, Any] = {}
    for name, value in table.items():
        if name not in hints:
            faults.append(f"unknown option {prefix}{name}")
            continue
        current = getattr(section, name)
        if is_dataclass(current):
            if isinstance(value, dict):
                changes[name] = _apply(current, value, f"{prefix}{name}.", faults)
            else:
                faults.append(f"{prefix}{name} must be a table, got {value!r}")
        elif value == _NONE and type(None) in get_args(hints[name]):
            changes[name] = None
        elif _fits(value, hints[name]):
            changes[name] = tuple(value) if isinstance(value, list) else float(value) if hints[name] is float else value
        else:
            expected = getattr(hints[name], "__name__", str(hints[name])).replace("typing.", "")
            faults.append(f"{prefix}{name} must be {expected}, got {value!r}")
    return replace(section, **changes)  # type: ignore[type-var]


def _fits(value: Any, hint: Any) -> bool:
    """Whether a TOML value can stand for a field of type `hint`."""
    origin = get_origin(hint)
    if origin is Literal:
        return any(value == choice and type(value) is type(choice) for choice in get_args(hint))
    if origin is tuple:
        return isinstance(value, list) and all(_fits(item, get_args(hint)[0]) for item in value)
    if origin is UnionType:
        return any(_fits(value, choice) for choice in get_args(hint) if choice is not type(None))
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is hint
