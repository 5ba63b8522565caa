"""File formats: bytes to arrays, one file a format.

In come paths, out come arrays or a sentence about what is wrong. No data set is known here.
"""
