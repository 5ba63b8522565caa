"""What users bring as a graph, turned into the arrays of the core.

In come edge lists, tables, and graphs of other libraries, out comes a `Graph` or a sentence about what is wrong. No tree comes in.
"""
