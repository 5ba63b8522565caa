"""The graph that every form of the same edges has to give."""

import numpy as np
import pytest
from samples import EDGES

from hint_se import Graph


@pytest.fixture
def expected():
    return Graph.from_edges(np.array(EDGES))
