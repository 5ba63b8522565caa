"""Proxies against loops, from the bank and by encoding; tables from ragged lists."""

import numpy as np
import pytest
import torch

from hint_train.structure.encoding_tree import Csr
from hint_train.structure.proxies import ProxyTable

CPU = torch.device("cpu")
LISTS = [[1, 2], [0], [3, 0, 1], [3]]
TABLE = Csr(np.array([0, 2, 3, 6, 7]), np.array([j for row in LISTS for j in row]))


@pytest.fixture
def bank(rng):
    return torch.randn(4, 5, generator=rng)


def test_mean_of_the_listed_entries(bank):
    table = ProxyTable.from_csr(TABLE, CPU)
    rows = torch.tensor([2, 0, 3])
    expected = torch.stack([bank[LISTS[i]].mean(0) for i in rows.tolist()])
    assert torch.allclose(table.mean_from_bank(rows, bank), expected)
    assert torch.allclose(table.mean_of_all(bank)[rows], expected)
    assert torch.allclose(table.mean_by_encoding(rows, lambda index: bank[index]), expected)


def test_encoding_sees_each_neighbour_once(bank):
    table, seen = ProxyTable.from_csr(TABLE, CPU), []

    def encode(index):
        seen.extend(index.tolist())
        return bank[index]

    table.mean_by_encoding(torch.tensor([0, 2]), encode)
    assert sorted(seen) == sorted(set(seen))


def test_a_single_neighbour_is_the_proxy(bank):
    assert torch.equal(ProxyTable.from_csr(TABLE, CPU).mean_from_bank(torch.tensor([3]), bank)[0], bank[3])
    rows = torch.arange(4)
    own = ProxyTable.from_csr(Csr(np.arange(5), np.arange(4)), CPU)
    assert torch.equal(own.mean_from_bank(rows, bank), bank)


def test_an_empty_list_is_a_fault_of_the_caller():
    with pytest.raises(AssertionError, match="at least one neighbour"):
        ProxyTable.from_csr(Csr(np.array([0, 1, 1]), np.array([1])), CPU)
