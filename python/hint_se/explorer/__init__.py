"""The page of a tree, to look around in: one HTML file that asks nobody for anything.

In come arrays of a tree, out comes a file. `order` numbers the nodes, `members` finds who is best connected, `blocks` divides the tree
into parts that a browser reads when they come into view, `columns` says what is in a part, `write` puts page and parts together. What
the browser runs lies in `page`, the library it draws with in `vendor`.
"""
