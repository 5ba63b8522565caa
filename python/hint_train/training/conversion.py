"""Hash networks from torch to NumPy, as they are stored and encode new rows, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hint_train.config.sections import NetworkConfig
from hint_train.encoding.networks import Network
from hint_train.training.anchor_network import AnchorNetwork
from hint_train.training.networks import HashNetwork

if TYPE_CHECKING:
    from hint_train.data.pairs import Modality


def to_numpy(networks: dict[Modality, HashNetwork]) -> dict[Modality, Network]:
    """Copies of both networks in NumPy."""
    return {m: _to_numpy(network) for m, network in networks.items()}


def to_torch(network: Network) -> HashNetwork:
    """A copy in torch, on the CPU."""
    widths = [network.inputs, *(len(layer.bias) for layer in network.layers)]
    config = NetworkConfig(features="l2" if network.unit_rows else "raw", hidden=widths[1], layers=len(network.layers))
    copy: HashNetwork
    if network.kernel is not None:
        copy = AnchorNetwork(network.inputs, len(network.kernel.anchors), network.bits, config)
    else:
        copy = HashNetwork(network.inputs, network.bits, config, torch.Generator())
    copy.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in network.tensors().items()})
    return copy


def _to_numpy(network: HashNetwork) -> Network:
    tensors = {name: tensor.detach().cpu().numpy().copy() for name, tensor in network.state_dict().items()}
    return Network.of(tensors, unit_rows=network.unit_rows)
