"""Trees of graphs larger than memory: the rounds of effort ``fast`` as joins and sums of tables, on engines that exist.

In come tables of edges and a folder, out comes a tree that is a table. What fits in memory is left to `trees`, and everything about one
engine to `engines`.
"""

from hint_se.optional import optional

with optional("duckdb", "narwhals", "pyarrow", needed_by="hint_se.tables"):
    from hint_se.tables.build import build_tree_from_tables
    from hint_se.tables.matching import TableMatching
    from hint_se.tables.treetable import TreeTable, open_tree

__all__ = ["TableMatching", "TreeTable", "build_tree_from_tables", "open_tree"]
