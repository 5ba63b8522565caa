"""The methods by name, ready to run."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from hint_train.methods.config import LISTED

if TYPE_CHECKING:
    from hint_train.methods.config import Config
    from hint_train.training.method import MethodEntry, SupervisedEntry

    Entry: TypeAlias = MethodEntry[Config] | SupervisedEntry[Config]


class _Methods(MutableMapping[str, "Entry"]):
    """Entries by name, in the order of `LISTED`; a method is loaded when it is first asked for, and others are not."""

    def __init__(self) -> None:
        self._found: dict[str, Entry | None] = dict.fromkeys(LISTED)

    def __getitem__(self, name: str) -> Entry:
        entry = self._found[name]
        if entry is None:
            loaded: Entry = import_module(f"hint_train.methods.{LISTED[name].module}").ENTRY
            entry = self._found[name] = loaded
        return entry

    def __setitem__(self, name: str, entry: Entry) -> None:
        self._found[name] = entry

    def __delitem__(self, name: str) -> None:
        del self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


METHODS: MutableMapping[str, Entry] = _Methods()
"""Entries by name; one may be added."""
