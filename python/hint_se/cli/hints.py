"""Types of options in the form that the command line's library checks by itself.

Of a default whose type reads `int | None` or `tuple[str, ...]` it leaves the check to typeguard, which loads unittest, asyncio and
ssl: a third of the time that a command needs to start. The same types as `Optional[int]` and `tuple` it checks alone.
`hint_train.cli.hints` does the same: neither command knows the other's package.
"""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

Section = TypeVar("Section")


def light(section: type[Section]) -> type[Section]:
    """Give a dataclass of options such types; returns it."""
    hints = get_type_hints(section, include_extras=True)
    section.__annotations__ = {name: _light(hint) for name, hint in hints.items()}
    return section


def _light(hint: Any) -> Any:
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return Annotated[_light(parts[0]), *parts[1:]]
    if origin is UnionType:  # None first, so that a default of None is known before any other type is asked
        return Union[tuple(_light(part) for part in sorted(parts, key=lambda part: part is not NoneType))]  # noqa: UP007
    return tuple if hint == tuple[str, ...] else hint  # of a bare tuple the items are strings
