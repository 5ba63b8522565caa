"""What the figures and rules of a run mean, in plain words."""

TIES = {
    "expected": "Codes are short, so many items are equally far. A figure is the mean over all orders that those could stand in: it does not depend on the order of the file.",
    "index": "Items that are equally far stand in the order of the database. Another order of the file would give other figures.",
    "block": "Each of the items that are equally far counts with the precision at the last of their places.",
    "optimistic": "Among items that are equally far, the relevant ones stand first: the figures are an upper bound.",
    "pessimistic": "Among items that are equally far, the relevant ones stand last: the figures are a lower bound.",
}
"""By the option `ties`."""

CUTOFF = {
    "min-k-relevant": "map@k looks at the first k places: precision summed over the relevant ones there, divided by k or by the number of relevant items in the database, whichever is less.",
    "first-k-relevant": "map@k looks at the first k relevant items, however far down the ranking they stand.",
    "hits": "map@k looks at the first k places, and divides by the relevant items found there, as most published programs do; a query that finds none counts 0. It is higher than a figure that divides by k.",
    "nonzero-hits": "map@k looks at the first k places, and divides by the relevant items found there; queries that find none are left out. It is higher than a figure that divides by k.",
}
"""By the option `topk_rule`."""

HEALTH = {
    "imbalance": (
        "imbalance",
        "How unequal a bit's zeros and ones are, the mean over bits: 0 at best, 1 where every bit is constant.",
    ),
    "dead_bits": ("constant bits", "Bits that are equal in more than 99.5 % of the items: they tell nothing apart."),
    "correlation": (
        "correlation",
        "How much two bits say the same, the mean over pairs of bits: 0 at best, 1 where all are copies.",
    ),
    "distinct": (
        "distinct codes",
        "How many different codes there are for each item: 1 where all differ, which short codes cannot.",
    ),
}
"""Signs of trouble in codes, by the names of `code_health`."""

TREE = (
    ("entropy", "Structural entropy of the graph of the pairs under its tree, in bits."),
    (
        "communities",
        "Those of the finest level; median and largest are numbers of nodes, which are pairs unless --pairs is edge.",
    ),
    ("alone", "The share of the nodes that are a community by themselves."),
    (
        "agreement",
        "How far pictures and texts agree on the communities of a level, 1 being the coarsest: Cohen's kappa of those that most of a pair's nearest pictures and most of its nearest texts belong to. 1 at best, 0 by chance.",
    ),
)
"""Figures of the tree that `hint` learns from."""

STAGES = {
    "load": "read the data",
    "prepare": "graph, tree, and what else the method derives from the pairs",
    "train": "train the networks",
    "evaluate": "encode all pairs and measure",
    "report": "write the codes, and draw the pictures of this page",
}
"""Stages of a run."""
