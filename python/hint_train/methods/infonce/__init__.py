"""Paired InfoNCE: its options and the method."""
