"""Docstrings of options as the command line shows them."""

from __future__ import annotations

import ast
import inspect
import sys
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any


def unwrap(section: type[Any]) -> None:
    """Give every option of a dataclass, and of the dataclasses inside it, its docstring as one line.

    The command line's library reads docstrings itself, but breaks lines where the source does, and reads a source once for each option.
    """
    texts = _texts(section)
    for field in fields(section):
        text = texts.get(field.name, "")
        field.metadata = MappingProxyType({"help": " ".join(text.split())})  # what the library prefers
        inner: Any = field.default_factory
        if isinstance(inner, type) and is_dataclass(inner):
            unwrap(inner)


def _texts(section: type[Any]) -> dict[str, str]:
    """What stands below each annotated name of a class."""
    body = _classes(section.__module__)[section.__name__]
    return {
        field.target.id: text.value.value
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


@cache
def _classes(module: str) -> dict[str, list[ast.stmt]]:
    """What stands in each class of a module."""
    nodes = ast.parse(inspect.getsource(sys.modules[module])).body
    return {node.name: node.body for node in nodes if isinstance(node, ast.ClassDef)}
