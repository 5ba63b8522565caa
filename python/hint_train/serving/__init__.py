"""The service: a run and an index of its codes behind HTTP, and one page to search with.

In come requests, out go answers; no path from a request reaches the disk.
"""
