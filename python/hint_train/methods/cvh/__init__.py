"""CVH: its options and the method."""
