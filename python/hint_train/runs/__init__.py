"""One run from a configuration to a folder of results, grids of runs, and what a run leaves behind.

In comes a `Config`, out comes a `Result` and files. No formula of a method and no word of the command line is in here.
"""
