"""Pictures of trees: geometry, colours and words, drawing.

In come arrays of a tree, out comes a matplotlib figure. matplotlib is imported when something is drawn. Where a tree is cut is left
to `hierarchy`.
"""
