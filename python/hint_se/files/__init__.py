"""Files of trees, and how a file is written whole or not at all.

In come arrays and paths, out come files or checked arrays. Files of edges are left to `edgefile`.
"""
