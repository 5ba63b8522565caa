"""VTM-UCH: its options, the method, and its parts."""
