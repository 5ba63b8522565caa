"""From features to neighbours, graph, tree and proxies; the only user of `hint_se`.

In come features, out come tables of neighbours and communities as arrays and tensors. Labels and losses never come in.
"""
