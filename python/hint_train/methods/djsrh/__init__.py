"""DJSRH: its options and the method."""
