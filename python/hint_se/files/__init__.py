"""Files of trees, and how a file is written whole or not at all.

In come arrays and paths; nothing is known of graphs.
"""
