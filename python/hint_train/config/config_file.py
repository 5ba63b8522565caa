"""`config.toml`: the resolved options of a run, written and read back with every fault reported; and two tables beside them.

`[grid]` is written by people and lists values to try; `[learned_from]` is written by a run and says which data it has seen.
"""

from __future__ import annotations

import tomllib
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import tomli_w

from hint_train.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

Grid = dict[str, list[Any]]
"""Values to try, by the option's name without its section, as on the command line."""
Section = TypeVar("Section")
DATA = "learned_from"
_GONE = {"probe": "take the line out; where search was cells, let it be approximate"}
"""Options that there once were, and what to do about them."""
_NONE = "none"
"""What stands for None, which TOML lacks: left out, an option would come back as the default instead."""


def to_toml(config: Any, data: Mapping[str, Any] | None = None) -> str:
    """`config` as TOML; None is written as "none". `data`, the fingerprint of a data set, becomes the table `[learned_from]`."""
    return tomli_w.dumps(to_table(config) | ({DATA: dict(data)} if data else {}))


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


def read_config(path: Path, base: Section) -> Section:
    """`base` with the options in the TOML file `path`; its other tables are for `read_grid`, and for the run that wrote them.

    Raises
    ------
    ConfigError
        The file cannot be read, or holds options that do not exist or values of another type; all of them are named.
    """
    return from_table(str(path), {k: v for k, v in read_toml(path).items() if k not in ("grid", DATA)}, base)


def read_toml(path: Path) -> dict[str, Any]:
    """The TOML file `path` as plain values, or a `ConfigError`."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file; expected a TOML file of options") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML ({error})") from error


def from_table(name: str, table: Mapping[str, Any], base: Section) -> Section:
    """`base` with the options in `table`, or a `ConfigError` that begins with `name` and has every fault."""
    faults: list[str] = []
    config = _apply(base, _without_idle(table), "", faults)
    if faults:
        raise ConfigError(f"{name}: {'; '.join(faults)}")
    return config


def _without_idle(table: Mapping[str, Any]) -> Mapping[str, Any]:
    """`table` without what runs of earlier versions wrote and did not read: the share of cells beside a search that is exact."""
    search = table.get("search")
    if not isinstance(search, dict) or search.get("search") != "exact":
        return table
    return {**table, "search": {name: value for name, value in search.items() if name != "probe"}}


def read_grid(path: Path, base: Any) -> Grid:
    """The table `[grid]` of the TOML file `path` for the options of `base`: for each option a list of values; empty where there is no such table.

    Raises
    ------
    ConfigError
        The file cannot be read, or the table holds options that do not exist, that a grid does not take, or values of another
        type; all of them are named.
    """
    grid = read_toml(path).get("grid", {})
    faults: list[str] = []
    if not isinstance(grid, dict):
        raise ConfigError(f"{path}: grid must be a table of lists, got {grid!r}")
    for name, values in grid.items():
        if name in _SHARED:
            faults.append(f"grid.{name}: {_SHARED[name]}")
        elif not isinstance(values, list) or not values:
            faults.append(
                f"grid.{name} must be a list of values; options are named without their section, got {values!r}"
            )
        elif any(value in values[:i] for i, value in enumerate(values)):
            faults.append(f"grid.{name} repeats a value, got {values!r}")
        else:
            for value in values:
                _apply(base, _nested(base, name, value), "grid.", faults)
    if faults:
        raise ConfigError(f"{path}: {'; '.join(dict.fromkeys(faults))}")  # a name is looked up for every value
    return grid


_SHARED = {
    "bits": "one run takes several code lengths, with bits = [...] outside the grid",
    "seed": "one run takes several seeds, with seeds = N outside the grid",
    "seeds": "one run takes several seeds, with seeds = N outside the grid",
}


def with_options(config: Section, options: Mapping[str, Any]) -> Section:
    """`config` with options given by their names without section, in the form of TOML."""
    for name, value in options.items():
        config = from_table("grid", _nested(config, name, value), config)
    return config


def _nested(config: Any, name: str, value: Any) -> dict[str, Any]:
    """`{section: {name: value}}` for the section of the option, whose name is unique over all of them."""
    for field in fields(config):
        section = getattr(config, field.name)
        if is_dataclass(section) and any(option.name == name for option in fields(section)):
            return {field.name: {name: value}}
    return {name: value}


def _apply(section: Section, table: Mapping[str, Any], prefix: str, faults: list[str], root: Any = None) -> Section:
    root = section if root is None else root
    hints = get_type_hints(type(section))
    changes: dict[str, Any] = {}
    for name, value in table.items():
        if name not in hints:
            faults.append(_unknown(f"{prefix}{name}", value, root))
            continue
        current = getattr(section, name)
        if is_dataclass(current):
            if isinstance(value, dict):
                changes[name] = _apply(current, value, f"{prefix}{name}.", faults, root)
            elif name in _tables(root):
                faults.append(_unknown(f"{prefix}{name}", value, root))
            else:
                faults.append(f"{prefix}{name} must be a table, got {value!r}")
        elif value == _NONE and type(None) in get_args(hints[name]):
            changes[name] = None
        elif _fits(value, hints[name]):
            changes[name] = tuple(value) if isinstance(value, list) else float(value) if hints[name] is float else value
        else:
            expected = _words(hints[name])
            faults.append(f"{prefix}{name} must be {expected}, got {value!r}")
    return replace(section, **changes)  # type: ignore[type-var]


def _unknown(path: str, value: Any, root: Any) -> str:
    """What is said of a name that stands where it means nothing: where it belongs, or which one is nearest."""
    name, homes = path.rpartition(".")[2], _tables(root)
    if isinstance(value, dict):
        tables = [field.name for field in fields(root) if is_dataclass(getattr(root, field.name))]
        near = get_close_matches(name, tables, 1)
        return f"unknown table [{path}]; " + (f"the nearest is [{near[0]}]" if near else f"known: {', '.join(tables)}")
    if name in homes:
        return f"{path} belongs {homes[name]}"
    if name in _GONE:
        return f"{path} is an option of earlier versions: {_GONE[name]}"
    near = get_close_matches(name, homes, 1)
    place = "" if not near or path.startswith("grid.") else f", {homes[near[0]]}"
    return f"unknown option {path}" + (f"; the nearest is {near[0]}{place}" if near else "")


def _tables(root: Any) -> dict[str, str]:
    """Where each option of a configuration belongs, in words; their names are unique over all tables."""
    homes: dict[str, str] = {}
    for field in fields(root):
        section = getattr(root, field.name)
        if is_dataclass(section):
            homes |= {option.name: f"in [{field.name}]" for option in fields(section)}
        else:
            homes[field.name] = "at the top, before the first table"
    return homes


def _fits(value: Any, hint: Any) -> bool:
    """Whether a TOML value can stand for a field of type `hint`."""
    origin = get_origin(hint)
    if origin is Literal:
        return any(value == choice and type(value) is type(choice) for choice in get_args(hint))
    if origin is tuple:
        return isinstance(value, list) and all(_fits(item, get_args(hint)[0]) for item in value)
    if origin in (Union, UnionType):
        return any(_fits(value, choice) for choice in get_args(hint) if choice is not type(None))
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is hint


def _words(hint: Any) -> str:
    """A type as a message names it."""
    if get_origin(hint) in (Union, UnionType):
        return " | ".join(_words(choice) for choice in get_args(hint))
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, get_args(hint)))}"
    if get_origin(hint) is tuple:
        return f"a list of {_words(get_args(hint)[0])}"
    return "None" if hint is type(None) else getattr(hint, "__name__", str(hint)).replace("typing.", "")
