"""CMFH: its options and the method."""
