"""A backbone without a library."""

import pytest
import torch

from hint_train.data.preparation.backbones import Backbone, without_last_layer


@pytest.fixture
def tiny_backbone(tiny_network):
    def make(name="tiny", size=16):
        torch.manual_seed(0)
        return Backbone(name, torch.inference_mode()(without_last_layer(tiny_network()).eval()), size=size)

    return make
