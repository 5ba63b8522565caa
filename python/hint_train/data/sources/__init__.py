"""Data sets, one file a source: which files, which split.

In come folders, out come `PairedData`. How bytes become arrays is left to `formats`.
"""
