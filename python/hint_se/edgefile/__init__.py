"""Graphs from files: text in columns, comma-separated values, Matrix Market and npz."""

from .fileedges import FileEdges
from .read import format_of, read_edges, read_graph

__all__ = ["FileEdges", "format_of", "read_edges", "read_graph"]
