"""Graphs from files: text in columns, comma-separated values, Matrix Market and npz."""

from .edgelist import EdgeList
from .read import FileFormat, format_of, read_edges, read_graph

__all__ = ["EdgeList", "FileFormat", "format_of", "read_edges", "read_graph"]
