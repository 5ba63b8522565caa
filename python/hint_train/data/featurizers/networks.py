"""Networks that turn pictures into features, from torchvision, timm or open_clip, with weights from a local file.

None of the three is imported before one of its networks is asked for.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import torch
from torch import nn

from hint_train.data.featurizers.backbone import Backbone, Crop
from hint_train.data.featurizers.weights import Weights, check_same, file_of
from hint_train.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from torch import Tensor

_CLIP = Crop(224, 1.0, (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
"""Of all models that open_clip has; only the size differs."""


class _Loaded(NamedTuple):
    """A network with its weights, before its last layer goes, and what becomes of it."""

    whole: nn.Module
    call: Callable[[nn.Module], Callable[[Tensor], Any]]
    crop: Crop


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
    module = library_of(library, f"--backbone {spec}")
    loaded = _LOADERS[library](module, model, state)
    digest = digest_of(loaded.whole.state_dict())
    encode = runs(loaded.call(loaded.whole), loaded.whole, torch.device(device))
    size = loaded.crop.size
    width = encode(torch.zeros(1, 3, size, size)).shape[1]
    return Backbone(Weights(spec, None if weights is None else weights.name, digest), encode, width, loaded.crop)


def library_of(name: str, what: str) -> Any:
    """A library of the extra `features`, or a `ConfigError` that says what needs it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(
            f"{what} needs {name}, which is not installed; pip install '.[features]' in the sources of hint-se"
        ) from error


def digest_of(state: Mapping[str, Tensor]) -> str:
    """SHA-256 of names, types, shapes and bytes of tensors, in the order of the names.

    The same weights have it whatever kind of file they come from; so have the library's own, which come from none.
    """
    digest = hashlib.sha256()
    for name in sorted(state):
        value = state[name].detach().cpu().contiguous()
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


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


def runs(call: Callable[[Tensor], Any], model: nn.Module, device: torch.device) -> Callable[[Tensor], Tensor]:
    """`call`, which uses `model`, from and to the CPU, one row of float32 for each item."""
    model.to(device).eval().requires_grad_(False)

    @torch.inference_mode()
    def encode(items: Tensor) -> Tensor:
        return cast("Tensor", call(items.to(device))).float().flatten(1).cpu()

    return encode


def _torchvision(library: Any, model: str, state: dict[str, Tensor] | None) -> _Loaded:
    models = importlib.import_module(f"{library.__name__}.models")
    if model not in models.list_models():
        raise ConfigError(f"torchvision has no model {model}")
    net = models.get_model(model, weights="DEFAULT" if state is None else None)
    if state is not None:
        fill(net, state, f"torchvision:{model}")
    return _Loaded(net, without_last_layer, Crop())


def _timm(library: Any, model: str, state: dict[str, Tensor] | None) -> _Loaded:
    try:
        net = library.create_model(model, pretrained=state is None)
    except RuntimeError as error:
        raise ConfigError(f"timm has no model {model} ({error})") from error
    if state is not None:
        fill(net, state, f"timm:{model}")
    wanted = library.data.resolve_model_data_config(net)
    crop = Crop(wanted["input_size"][-1], wanted["crop_pct"], tuple(wanted["mean"]), tuple(wanted["std"]))

    def without_classifier(net: Any) -> nn.Module:
        net.reset_classifier(0)
        return cast("nn.Module", net)

    return _Loaded(net, without_classifier, crop)


def open_clip_model(library: Any, model: str, state: dict[str, Tensor] | None) -> Any:
    """A model of open_clip with its weights; `MODEL/TAG` names some of its own."""
    architecture, _, tag = model.partition("/")
    if architecture not in library.list_models():
        raise ConfigError(f"open_clip has no model {architecture}; expected MODEL, or MODEL/TAG for its own weights")
    with _quiet():
        net = library.create_model(architecture, pretrained=(tag or "openai") if state is None else None)
    if state is not None:
        fill(net, state, f"open_clip:{model}")
    return net


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep back open_clip's warning that a model has random weights: they come a moment later, or an error does."""

    def said(record: logging.LogRecord) -> bool:
        return "initialized randomly" not in record.getMessage()

    root = logging.getLogger()
    root.addFilter(said)
    try:
        yield
    finally:
        root.removeFilter(said)


def _open_clip(library: Any, model: str, state: dict[str, Tensor] | None) -> _Loaded:
    net = open_clip_model(library, model, state)
    size = net.visual.image_size
    size = size if isinstance(size, int) else size[0]
    return _Loaded(net, lambda net: cast("Any", net).encode_image, replace(_CLIP, size=size))


_LOADERS = {"torchvision": _torchvision, "timm": _timm, "open_clip": _open_clip}


def load_described(
    described: tuple[Weights, Crop, int], weights: Path | None = None, *, device: str = "cpu"
) -> Backbone:
    """The network of a description, which has to be the one that made the features.

    Parameters
    ----------
    described
        From `hint_train.data.featurizers.backbone.read_backbone`.
    weights, device
        As of `hint_train.data.featurizers.build`.

    Raises
    ------
    ConfigError, DataError
        As of `load_backbone`; or the weights are not those of the description.
    """
    wanted, crop, width = described
    found = load_backbone(wanted.model, file_of(wanted, weights), device=device)
    check_same(wanted, found.weights)
    return Backbone(wanted, found.encode, width, crop)
