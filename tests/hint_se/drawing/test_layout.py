"""Outlines hold every leaf once, and squarified parts fill their box."""

import numpy as np
import pytest
from drawn import EXAMPLES
from hypothesis import given
from hypothesis import strategies as st

from hint_se.drawing.layout import outline, squarified


@st.composite
def parents(draw):
    n = draw(st.integers(2, 30))
    parent, waiting, size = {}, list(range(n)), n
    while len(waiting) > 1:
        count = draw(st.integers(1, min(4, len(waiting))))
        for _ in range(count):
            parent[waiting.pop(draw(st.integers(0, len(waiting) - 1)))] = size
        waiting.append(size)
        size += 1
        if size > 3 * n:  # enough nodes with one child
            parent.update(dict.fromkeys(waiting, size))
            waiting, size = [size], size + 1
    parent[size - 1] = -1
    return np.array([parent[node] for node in range(size)], dtype=np.int32), n


@EXAMPLES
@given(parents(), st.integers(1, 5), st.sampled_from([1.0, 0.8, 0.5, 0.3]))
def test_outlines_hold_every_leaf_once(drawn_tree, least, share):
    parent, n = drawn_tree
    counts = np.array([1] * n + [0] * (parent.size - n))
    for node, up in enumerate(parent[:-1]):
        counts[up] += counts[node]
    shape = outline(parent, counts, least, share=share)
    assert shape.node[0] == parent.size - 1
    assert (shape.start[0], shape.size[0]) == (0, n)
    for row in range(shape.node.size):
        children = np.flatnonzero(shape.up == row)
        ends = np.concatenate([[shape.start[row]], shape.start[children] + shape.size[children]])
        assert shape.start[children].tolist() == ends[:-1].tolist()
        assert (np.diff(shape.size[children]) <= 0).all()
        if shape.size[row] > 1 or children.size:
            assert shape.hidden[row] == shape.size[row] - shape.size[children].sum()
        if row:
            up = int(shape.up[row])
            assert up < row
            assert shape.depth[row] == shape.depth[up] + 1
            assert least <= shape.size[row] <= max(share * shape.size[up], 1)
            above = int(shape.node[row])
            while above not in shape.node[[up]]:
                above = int(parent[above])
    if share == 1.0:
        assert set(shape.node.tolist()) == set(np.flatnonzero(counts >= least).tolist()) | {parent.size - 1}


@EXAMPLES
@given(st.lists(st.integers(1, 1000), min_size=1, max_size=60), st.floats(1, 500), st.floats(1, 500))
def test_squarified_parts_fill_the_box_without_overlap(amounts, width, height):
    amounts = sorted(map(float, amounts), reverse=True)
    boxes = np.array(squarified(amounts, (3.0, 5.0, width, height)))
    scale = width * height / sum(amounts)
    assert boxes[:, 2] * boxes[:, 3] == pytest.approx(np.array(amounts) * scale, rel=1e-6)
    slack = 1e-6 * max(width, height)
    assert (boxes[:, :2] >= np.array([3.0, 5.0]) - slack).all()
    assert (boxes[:, :2] + boxes[:, 2:] <= np.array([3.0 + width, 5.0 + height]) + slack).all()
    for position, (x, y, w, h) in enumerate(boxes):
        for u, v, p, q in boxes[:position]:
            assert min(x + w, u + p) - max(x, u) < slack or min(y + h, v + q) - max(y, v) < slack
