"""Words that an argument may be, as types: known before NumPy is loaded, for the help of the command."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["Algorithm", "Effort", "FileFormat"]

FileFormat: TypeAlias = Literal[
    "text", "csv", "mtx", "npz", "pajek", "metis", "konect", "dimacs", "graphml", "gml", "parquet", "arrow"
]
Algorithm: TypeAlias = Literal["auto", "merge-compress"]
Effort: TypeAlias = Literal["fast", "default", "best"]
