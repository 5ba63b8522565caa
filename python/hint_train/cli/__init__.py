"""The commands: the only place that reads arguments, prints and exits.

In come words of a command line, out go text and an exit code; no command knows how anything is computed.
"""
