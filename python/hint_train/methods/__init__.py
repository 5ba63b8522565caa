"""Methods, one folder each: its options, its parts and itself; `config` lists them.

In come features, options and, for those that declare it, labels of a part of the pairs; out come networks. No method knows another,
the folder it writes to, or the command line.
"""
