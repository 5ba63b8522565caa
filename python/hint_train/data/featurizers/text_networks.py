"""Networks that turn texts into features, from open_clip or sentence-transformers, with weights from local files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from hint_train.data.featurizers.networks import digest_of, library_of, open_clip_model, read_weights, runs
from hint_train.data.featurizers.text_tower import TextTower
from hint_train.data.featurizers.weights import Weights, check_same, file_of
from hint_train.digest import sha256_of
from hint_train.errors import ConfigError, DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_READ = {".json", ".txt", ".safetensors", ".bin", ".model"}
"""Suffixes of what a sentence encoder is made of: configuration, tokens and weights."""


def load_text_tower(spec: str, weights: Path | None = None, *, device: str = "cpu") -> TextTower:
    """The network `spec`: `open_clip:MODEL`, or `sentence:FOLDER` of a model of sentence-transformers.

    Parameters
    ----------
    spec
        The folder of a sentence encoder is what the library's `save` wrote, or a repository of its models unpacked.
    weights
        File of weights for open_clip, as of `hint_train.data.featurizers.networks.load_backbone`.
    device
        Where the network runs.

    Raises
    ------
    ConfigError
        The library is not installed, or does not know the model.
    DataError
        The weights are missing, unreadable, or belong to another model.
    """
    library, _, model = spec.partition(":")
    if library == "open_clip" and model:
        return _open_clip(model, weights, device)
    if library == "sentence" and model:
        return _sentence(Path(model), device)
    raise ConfigError(f"--text must be words, open_clip:MODEL or sentence:FOLDER, got {spec!r}")


def load_described(
    kind: str, described: tuple[Weights, int], weights: Path | None = None, *, device: str = "cpu"
) -> TextTower:
    """The network of a description, which has to be the one that made the features; see `hint_train.data.featurizers.build`."""
    wanted, width = described
    file = file_of(wanted, weights)
    spec = f"sentence:{file}" if kind == "sentence encoder" else wanted.model
    found = load_text_tower(spec, file, device=device)
    check_same(wanted, found.weights)
    return TextTower(kind, wanted, found.encode, width)


def _open_clip(model: str, weights: Path | None, device: str) -> TextTower:
    spec = f"open_clip:{model}"
    library = library_of("open_clip", f"--text {spec}")
    net = open_clip_model(library, model, None if weights is None else read_weights(weights))
    try:
        tokens = library.get_tokenizer(model.partition("/")[0])
    except Exception as error:  # some models take theirs from a hub, and every layer in between has errors of its own
        raise ConfigError(f"{spec}: its tokens cannot be had ({type(error).__name__}: {error})") from error
    run = runs(net.encode_text, net, torch.device(device))

    def encode(texts: list[str]) -> NDArray[np.float32]:
        return cast("NDArray[np.float32]", run(tokens(texts)).numpy())

    about = Weights(spec, None if weights is None else weights.name, digest_of(net.state_dict()))
    return TextTower("open_clip text", about, encode, encode([""]).shape[1])


def _sentence(folder: Path, device: str) -> TextTower:
    if not (folder / "modules.json").is_file():
        raise DataError(f"{folder}: expected the folder of a model of sentence-transformers, with its modules.json")
    library = library_of("sentence_transformers", f"--text sentence:{folder}")
    try:
        net: Any = library.SentenceTransformer(
            str(folder), device=device, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # of three libraries, none of which says what it raises
        raise DataError(f"{folder}: not a readable sentence encoder ({type(error).__name__}: {error})") from error

    def encode(texts: list[str]) -> NDArray[np.float32]:
        return np.asarray(net.encode(texts, show_progress_bar=False), dtype=np.float32)

    name = folder.resolve().name
    about = Weights(f"sentence:{name}", name, digest_of_folder(folder))
    return TextTower("sentence encoder", about, encode, encode([""]).shape[1])


def digest_of_folder(folder: Path) -> str:
    """SHA-256 over names and SHA-256 of the files that a sentence encoder is made of, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).as_posix()
        if path.suffix in _READ and path.is_file() and not inside.startswith((".", "onnx/", "openvino/")):
            digest.update(f"{inside} {sha256_of(path)}\n".encode())
    return digest.hexdigest()
