"""UCCH: its options and the method."""
