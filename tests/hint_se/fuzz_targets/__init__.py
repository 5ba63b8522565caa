"""Fuzz targets for what Python parses: one module each, with `one_input` for a fuzzer and `seeds` to start from.

`benchmarks/library/fuzz.py` runs them under atheris; `test_fuzz.py` replays `corpus/` and mutates it a little.
"""
