"""Nearest codes: an index on disk or in memory, and rescoring of what it finds.

In come packed codes and ids, out come ids and distances; features, networks and data sets are unknown here. Torch is not imported.
"""
