"""A finished run as an encoder of new items: its networks in NumPy, its featurizers, the items it was made of.

In come a folder and items, out come codes. Torch is not imported: a command that encodes a few rows starts in a fraction of a second.
"""
