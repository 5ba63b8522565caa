"""Backbones: libraries by name, weights of local files, what is missing."""

import sys

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from hint_train.data.featurizers.networks import digest_of, load_backbone, without_last_layer
from hint_train.data.featurizers.weights import Weights
from hint_train.errors import ConfigError, DataError


@pytest.mark.usefixtures("libraries")
@pytest.mark.parametrize("library", ["torchvision", "timm", "open_clip"])
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_weights_of_a_local_file_decide_the_features(tmp_path, library, suffix, tiny_network):
    torch.manual_seed(5)
    net = tiny_network().eval()
    path = tmp_path / f"weights{suffix}"
    save_file(net.state_dict(), path) if suffix == ".safetensors" else torch.save(
        {"state_dict": net.state_dict()}, path
    )
    backbone = load_backbone(f"{library}:tiny", path)
    pictures = torch.randn(2, 3, backbone.crop.size, backbone.crop.size)
    assert backbone.weights == Weights(f"{library}:tiny", f"weights{suffix}", digest_of(net.state_dict()))
    assert backbone.width == 12
    assert torch.allclose(backbone.encode(pictures), net.body(pictures))


@pytest.mark.usefixtures("libraries")
def test_weights_that_do_not_fit_are_refused(tmp_path):
    path = tmp_path / "w.pth"
    torch.save({"other": torch.zeros(2)}, path)
    with pytest.raises(DataError, match="the weights do not fit"):
        load_backbone("torchvision:tiny", path)
    torch.save(nn.Linear(1, 1), path)
    with pytest.raises(DataError, match="not a readable file of weights"):
        load_backbone("torchvision:tiny", path)
    torch.save([1], path)
    with pytest.raises(DataError, match="expected a state dict"):
        load_backbone("torchvision:tiny", path)
    path.write_bytes(b"junk")
    with pytest.raises(DataError, match="not a readable file of weights"):
        load_backbone("torchvision:tiny", path)
    with pytest.raises(DataError, match="no such file; expected weights"):
        load_backbone("torchvision:tiny", tmp_path / "none")
    with pytest.raises(ConfigError, match="torchvision has no model vgg"):
        load_backbone("torchvision:vgg")
    with pytest.raises(ConfigError, match="open_clip has no model vgg"):
        load_backbone("open_clip:vgg")


@pytest.mark.parametrize("spec", ["vgg19", "keras:vgg19", "torchvision:"])
def test_unknown_backbones(spec):
    with pytest.raises(ConfigError, match="--backbone must be one of torchvision:MODEL, timm:MODEL, open_clip:MODEL"):
        load_backbone(spec)


@pytest.mark.parametrize("library", ["torchvision", "timm", "open_clip"])
def test_missing_library_names_the_extra(monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ConfigError, match=rf"needs {library}, which is not installed; pip install '\.\[features\]'"):
        load_backbone(f"{library}:tiny")


def test_real_torchvision_where_there_is_one():
    models = pytest.importorskip(
        "torchvision.models", reason="the extra features is not installed", exc_type=ImportError
    )
    for name, width in (("vgg11", 4096), ("mobilenet_v2", 1280), ("resnet18", 512)):
        net = without_last_layer(models.get_model(name, weights=None)).eval()
        assert net(torch.zeros(1, 3, 224, 224)).shape == (1, width)
