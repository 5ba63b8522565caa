"""What help shows: the options that one asks for, and words for the types of their values."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["none_by_name", "only"]


def only(options: Any, names: Collection[str], section: str = "") -> Any:
    """An instance of a dataclass that has some of the options of another one, with its values and words.

    Parameters
    ----------
    options
        Instance of a dataclass, with dataclasses as sections.
    names
        What to keep: a section by its name, a single option as "section.option".
    section
        Name of `options`.
    """
    hints = get_type_hints(type(options), include_extras=True)
    kept: list[Any] = []
    for field in dataclasses.fields(options):
        value, hint = getattr(options, field.name), hints[field.name]
        whole = (field.name if dataclasses.is_dataclass(value) else f"{section}.{field.name}") in names
        if dataclasses.is_dataclass(value) and not whole:
            value = only(value, names, field.name)
            said = getattr(hint, "__metadata__", ())
            hint = Annotated[type(value), *said] if said else type(value)
            whole = bool(dataclasses.fields(value))
        if whole:
            kept.append((field.name, hint, dataclasses.field(default=value, metadata=field.metadata)))
    words = {"__doc__": type(options).__doc__}
    return dataclasses.make_dataclass(type(options).__name__, kept, frozen=True, namespace=words)()


def none_by_name() -> ConstructorRegistry:
    """Rules of the command line under which a value that may be left out reads None|INT."""
    registry = ConstructorRegistry()

    @registry.primitive_rule
    def _none(about: PrimitiveTypeInfo) -> PrimitiveConstructorSpec[None] | None:
        if about.type is not type(None):
            return None
        return PrimitiveConstructorSpec(
            nargs=1,
            metavar="None",
            instance_from_str=lambda _: None,
            is_instance=lambda value: value is None,
            str_from_instance=lambda _: ["None"],
            choices=("None",),
        )

    return registry
