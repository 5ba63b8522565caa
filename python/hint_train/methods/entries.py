"""The methods by name, ready to run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from hint_train.methods.config import LISTED

if TYPE_CHECKING:
    from hint_train.methods.config import Config
    from hint_train.training.method import MethodEntry, SupervisedEntry

METHODS: dict[str, MethodEntry[Config] | SupervisedEntry[Config]] = {
    name: import_module(f"hint_train.methods.{listed.module}").ENTRY for name, listed in LISTED.items()
}
"""Entries by name; one may be added."""
