"""A backbone without a library."""

import pytest
import torch

from hint_train.data.featurizers.backbone import Backbone, Crop
from hint_train.data.featurizers.networks import without_last_layer
from hint_train.data.featurizers.weights import Weights


@pytest.fixture
def tiny_backbone(tiny_network):
    def make(name="tiny", size=16):
        torch.manual_seed(0)
        encode = torch.inference_mode()(without_last_layer(tiny_network()).eval())
        return Backbone(Weights(name, None, "0" * 64), encode, 12, Crop(size))

    return make
