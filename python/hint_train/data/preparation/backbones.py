"""Networks that turn pictures into features, from torchvision, timm or open_clip, with weights from a local file.

None of the three is imported before one of its networks is asked for.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn

from hint_train.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))


@dataclass(frozen=True, slots=True)
class Backbone:
    """A function of pictures and what it expects of them.

    Attributes
    ----------
    name
        Library, model and weights: what a reader of the features needs to know.
    encode
        (b, 3, size, size) float32, normalised, to (b, d) float32.
    size
        Height and width of the pictures, cut from the middle after their short side became `round(size / crop)` pixels.
    crop
        Share of the short side that is kept.
    mean, std
        What each channel, scaled to 0 to 1, is normalised with.
    """

    name: str
    encode: Callable[[Tensor], Tensor]
    size: int = 224
    crop: float = 0.875
    mean: tuple[float, float, float] = _IMAGENET[0]
    std: tuple[float, float, float] = _IMAGENET[1]


def load_backbone(spec: str, weights: Path | None = None, *, device: str = "cpu") -> Backbone:
    """The network `spec`, such as `torchvision:vgg19`, without its last layer.

    Parameters
    ----------
    spec
        `torchvision:`, `timm:` or `open_clip:` and the library's name of a model. VGG-19 gives the 4,096 values of fc7 that
        the field uses, MobileNetV2 the 1,280 pooled ones.
    weights
        File of weights, .safetensors or a state dict of torch, which is read without unpickling anything but tensors. Without
        it the library's own weights are taken from its cache, which it fills from the network when they are not there.
    device
        Where the network runs.

    Raises
    ------
    ConfigError
        The library is not installed, or does not know the model.
    DataError
        The file of weights is missing, unreadable, or belongs to another model.
    """
    library, _, model = spec.partition(":")
    if library not in _LOADERS or not model:
        raise ConfigError(f"--backbone must be one of {', '.join(f'{name}:MODEL' for name in _LOADERS)}, got {spec!r}")
    state = None if weights is None else read_weights(weights)
    try:
        module = importlib.import_module(library)
    except ImportError as error:
        raise ConfigError(
            f"--backbone {spec} needs {library}, which is not installed; pip install 'hint-se[features]'"
        ) from error
    name = f"{spec}, weights {'of the library' if weights is None else weights.name}"
    return _LOADERS[library](module, model, state, name, torch.device(device))


def read_weights(path: Path) -> dict[str, Tensor]:
    """A state dict from a .safetensors file or from one that torch saved, loaded as tensors alone.

    Raises
    ------
    DataError
        The file is missing or holds anything else.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected weights as .safetensors, or a state dict saved by torch")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        loaded: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what torch and safetensors raise on foreign bytes is not documented
        raise DataError(f"{path}: not a readable file of weights ({type(error).__name__}: {error})") from error
    for key in ("state_dict", "model"):
        if isinstance(loaded, dict) and isinstance(loaded.get(key), dict):
            loaded = loaded[key]
    if not isinstance(loaded, dict) or not all(isinstance(value, torch.Tensor) for value in loaded.values()):
        raise DataError(f"{path}: expected a state dict, names and tensors, got {type(loaded).__name__}")
    return {str(key).removeprefix("module."): value for key, value in loaded.items()}


def fill(model: nn.Module, state: dict[str, Tensor], name: str) -> None:
    """Put `state` into `model`, which must fit exactly."""
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise DataError(f"{name}: the weights do not fit: {str(error).splitlines()[-1].strip()}") from error


def without_last_layer(model: nn.Module) -> nn.Module:
    """`model` with its last linear layer replaced by nothing.

    Raises
    ------
    ConfigError
        It has none.
    """
    linear = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    if not linear:
        raise ConfigError(f"{type(model).__name__} has no linear layer at its end to take features before")
    owner, _, leaf = linear[-1].rpartition(".")
    setattr(model.get_submodule(owner), leaf, nn.Identity())
    return model


def _ready(model: nn.Module, device: torch.device) -> nn.Module:
    return model.to(device).eval().requires_grad_(False)


def _runs(call: Callable[[Tensor], Any], device: torch.device) -> Callable[[Tensor], Tensor]:
    @torch.inference_mode()
    def encode(pictures: Tensor) -> Tensor:
        return cast("Tensor", call(pictures.to(device))).float().flatten(1).cpu()

    return encode


def _torchvision(
    library: Any, model: str, state: dict[str, Tensor] | None, name: str, device: torch.device
) -> Backbone:
    models = importlib.import_module(f"{library.__name__}.models")
    if model not in models.list_models():
        raise ConfigError(f"torchvision has no model {model}")
    net = models.get_model(model, weights="DEFAULT" if state is None else None)
    if state is not None:
        fill(net, state, name)
    return Backbone(name, _runs(_ready(without_last_layer(net), device), device))


def _timm(library: Any, model: str, state: dict[str, Tensor] | None, name: str, device: torch.device) -> Backbone:
    try:
        net = library.create_model(model, pretrained=state is None)
    except RuntimeError as error:
        raise ConfigError(f"timm has no model {model} ({error})") from error
    if state is not None:
        fill(net, state, name)
    net.reset_classifier(0)
    wanted = library.data.resolve_model_data_config(net)
    encode = _runs(_ready(net, device), device)
    return Backbone(name, encode, wanted["input_size"][-1], wanted["crop_pct"], wanted["mean"], wanted["std"])


def _open_clip(library: Any, model: str, state: dict[str, Tensor] | None, name: str, device: torch.device) -> Backbone:
    architecture, _, tag = model.partition("/")
    if architecture not in library.list_models():
        raise ConfigError(f"open_clip has no model {architecture}; expected MODEL, or MODEL/TAG for its own weights")
    net = library.create_model(architecture, pretrained=(tag or "openai") if state is None else None)
    if state is not None:
        fill(net, state, name)
    size = net.visual.image_size
    size = size if isinstance(size, int) else size[0]
    return Backbone(name, _runs(cast("Any", _ready(net, device)).encode_image, device), size, 1.0, *_CLIP)


_LOADERS = {"torchvision": _torchvision, "timm": _timm, "open_clip": _open_clip}
