"""HINT: its options, the method, and its parts."""
