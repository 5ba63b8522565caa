"""Hash networks: seeded weights, scaling inside the network, codes that do not depend on company."""

import pytest
import torch

from hint_train.config.sections import NetworkConfig
from hint_train.training.networks import HashNetwork, encode_in_blocks


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_widths_and_depth(rng, layers):
    network = HashNetwork(7, 5, NetworkConfig(hidden=11, layers=layers), rng)
    assert network(torch.zeros(3, 7)).shape == (3, 5)
    widths = [7, *[11] * (layers - 1), 5]
    assert sum(p.numel() for p in network.parameters()) == sum(
        (a + 1) * b for a, b in zip(widths, widths[1:], strict=False)
    )


def test_weights_come_from_the_generator_alone():
    torch.manual_seed(0)
    state = torch.get_rng_state()
    made = [HashNetwork(4, 3, NetworkConfig(), torch.Generator().manual_seed(5)).state_dict() for _ in range(2)]
    assert torch.equal(torch.get_rng_state(), state)
    for key, value in made[0].items():
        assert torch.equal(value, made[1][key])


def test_standard_scaling_equals_scaled_features(rng):
    x = torch.randn(50, 4, generator=rng) * torch.tensor([1.0, 10, 0, 3]) + 7
    network = HashNetwork.for_features(x, 3, NetworkConfig(features="standard"), torch.Generator().manual_seed(1))
    plain = HashNetwork(4, 3, NetworkConfig(), torch.Generator().manual_seed(1))
    deviation = x.std(0, correction=0)
    scaled = (x - x.mean(0)) / torch.where(deviation > 1e-4, deviation, 1.0)
    assert torch.allclose(network(x), plain(scaled), atol=1e-5)


def test_centred_scaling_keeps_the_proportions_of_the_columns(rng):
    x = torch.randn(50, 4, generator=rng) * torch.tensor([1.0, 10, 0, 3]) + 7
    network = HashNetwork.for_features(x, 3, NetworkConfig(), torch.Generator().manual_seed(1))
    inputs = (x - network.shift) / network.scale
    assert float(inputs.square().sum(1).mean()) == pytest.approx(100, rel=1e-4)
    assert inputs.mean(0).abs().max() < 1e-4
    assert len(set(network.scale.tolist())) == 1
    plain = HashNetwork(4, 3, NetworkConfig(features="raw"), torch.Generator().manual_seed(1))
    assert torch.allclose(network(x), plain(inputs), atol=1e-5)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6])
def test_constant_features_give_finite_outputs(value):
    x = torch.full((50, 4), value)
    network = HashNetwork.for_features(x, 3, NetworkConfig(), torch.Generator().manual_seed(1))
    assert torch.equal(network.scale, torch.ones(4))
    assert torch.isfinite(network(x)).all()


def test_unit_rows_ignore_the_length_of_a_row(rng):
    network = HashNetwork(4, 3, NetworkConfig(features="l2"), rng)
    x = torch.randn(5, 4, generator=rng)
    assert torch.allclose(network(x), network(3 * x), atol=1e-6)


def test_a_row_gets_the_same_output_in_any_company(rng):
    network = HashNetwork(33, 16, NetworkConfig(), rng)
    x = torch.randn(2500, 33, generator=rng)
    together = encode_in_blocks(network, x)
    assert torch.equal(together[1200:1207], encode_in_blocks(network, x[1200:1207]))
    assert torch.equal(together[2400:], encode_in_blocks(network, x[2400:]))
