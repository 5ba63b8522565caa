"""Codes: distances, search, and figures of retrieval.

In come packed codes and labels, out come figures. Nothing here knows which method made a code.
"""
