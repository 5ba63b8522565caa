"""Feature files made of raw pictures and texts.

In come pictures and captions, out come files that `formats` reads.
"""
