"""The tree that users hold: building, reading, updating, its entropy.

In come a graph and options, out come a `Tree` or numbers. Files, drawing and other libraries are left to the rooms below.
"""
