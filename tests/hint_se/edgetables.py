"""Edges as tables of pyarrow."""


def edge_table(edges, weights=None):
    import pyarrow

    columns = {"source": [u for u, _ in edges], "target": [v for _, v in edges]}
    return pyarrow.table(columns if weights is None else {**columns, "weight": weights})
