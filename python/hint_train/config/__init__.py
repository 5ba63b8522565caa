"""Every option of a run, its default and its check.

In come values from a file or a command line, out come frozen sections. Nothing is computed here, and torch is not needed.
"""
