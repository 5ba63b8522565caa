"""Functions of a tree as flat arrays: what makes it valid, where it is cut, what is in it, its form for other tools.

In come parent, volume and cut, out come arrays and text. No graph comes in, and nothing is drawn.
"""
