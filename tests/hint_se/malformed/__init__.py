"""The matrix of malformed inputs, by what they are given to; `test_malformed.py` runs it."""
