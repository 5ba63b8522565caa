"""A finished run as an encoder of new rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from hint_train.config.config_file import from_table, read_toml
from hint_train.config.sections import NetworkConfig
from hint_train.data.formats.npz import features as checked_features
from hint_train.errors import ConfigError, DataError
from hint_train.packing import pack
from hint_train.training.anchor_network import AnchorNetwork
from hint_train.training.checkpoint import write_atomically
from hint_train.training.networks import HashNetwork, encode_in_blocks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hint_train.training.method import Modality

_Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SavedRun:
    """The hash networks of a run, by code length and seed, and the name of the method that learned them."""

    method: str
    networks: dict[_Cell, dict[Modality, HashNetwork]]

    def encode(
        self, rows: ArrayLike | torch.Tensor, *, modality: Modality, bits: int | None = None, seed: int | None = None
    ) -> NDArray[np.uint8]:
        """Packed codes of feature rows.

        Parameters
        ----------
        rows
            (n, d) numbers, the features of the modality as the run's data set had them: an array, a tensor on any device, a list
            of rows, or whatever else NumPy makes an array of.
        modality
            Which of the two networks.
        bits, seed
            Which code length and seed; may be left out where the run has only one, and the seed is the first otherwise.

        Returns
        -------
        codes
            (n, ceil(bits / 8)) uint8. Bit j is 1 where output j >= 0, and is bit j mod 8 of byte j // 8, least significant
            first, as faiss stores binary vectors. The same rows get the same codes as in the run.

        Raises
        ------
        ConfigError
            The run has no such code length or seed.
        DataError
            The rows are not finite numbers of the right width.
        """
        network = self._network(modality, bits, seed)
        checked = checked_features(f"{modality} rows", _array(f"{modality} rows", rows))
        if checked.shape[1] != len(network.shift):
            raise DataError(f"{modality} rows must have {len(network.shift)} features, got {checked.shape[1]}")
        return pack(encode_in_blocks(network, torch.from_numpy(checked)).numpy())

    def _network(self, modality: str, bits: int | None, seed: int | None) -> HashNetwork:
        lengths = sorted({b for b, _ in self.networks})
        if bits is None:
            if len(lengths) > 1:
                raise ConfigError(
                    f"the run has codes of {', '.join(map(str, lengths))} bits; say which with --bits (or bits=)"
                )
            bits = lengths[0]
        seeds = sorted(s for b, s in self.networks if b == bits)
        if not seeds or (seed is not None and seed not in seeds):
            raise ConfigError(f"the run has no codes of {bits} bits and seed {seed}; it has {sorted(self.networks)}")
        networks = self.networks[bits, seeds[0] if seed is None else seed]
        if modality not in networks:
            raise ConfigError(f"unknown modality {modality!r}; expected one of {', '.join(networks)}")
        return networks["image" if modality == "image" else "text"]


def _array(name: str, rows: ArrayLike | torch.Tensor) -> NDArray[Any]:
    """`rows` as an array, or a `DataError` that begins with `name`."""
    try:
        if isinstance(rows, torch.Tensor):
            dense = rows.detach().to_dense().cpu()
            return np.asarray(dense.float() if dense.dtype == torch.bfloat16 else dense)
        return np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DataError(
            f"{name} must be a table of numbers, all rows of one length, got {type(rows).__name__} ({error})"
        ) from error


def write_model(folder: Path, networks: dict[_Cell, dict[Modality, HashNetwork]]) -> None:
    """Write `model.safetensors`: weights named `bits64.seed0.image.layers.0.weight`, and a note of the cells."""
    tensors, note = {}, []
    for (bits, seed), pair in networks.items():
        note.append({"bits": bits, "seed": seed})
        for modality, network in pair.items():
            for key, value in network.state_dict().items():
                tensors[f"bits{bits}.seed{seed}.{modality}.{key}"] = value.detach().cpu().contiguous()
    write_atomically(folder / "model.safetensors", save(tensors, metadata={"cells": json.dumps(note)}))


def load(folder: str | Path) -> SavedRun:
    """Read the networks of a finished run from its output folder.

    Raises
    ------
    DataError
        The folder holds no finished run.
    """
    folder = Path(folder)
    path = folder / "model.safetensors"
    if not path.is_file():
        raise DataError(f"{folder} holds no finished run: there is no model.safetensors")
    written = read_toml(folder / "config.toml")
    config = from_table(f"{folder / 'config.toml'}: network", written.get("network", {}), NetworkConfig())
    networks: dict[_Cell, dict[Modality, HashNetwork]] = {}
    try:
        with safe_open(path, framework="pt") as stream:
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 - not a mapping
            cells = json.loads(stream.metadata()["cells"])
        for cell in cells:
            prefix = f"bits{cell['bits']}.seed{cell['seed']}."
            networks[cell["bits"], cell["seed"]] = {
                "image": _network(tensors, f"{prefix}image.", config),
                "text": _network(tensors, f"{prefix}text.", config),
            }
    except (SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise DataError(f"{path}: not the networks of a run ({error})") from error
    return SavedRun(str(written.get("method")), networks)


def _network(tensors: dict[str, torch.Tensor], prefix: str, config: NetworkConfig) -> HashNetwork:
    own = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    network: HashNetwork
    if "anchors" in own:
        network = AnchorNetwork(len(own["shift"]), len(own["anchors"]), len(own["layers.0.bias"]), config)
        network.load_state_dict(own)
        return network
    # A method may choose its own depth for a modality, so the weights say what the network looks like.
    biases = [len(own[f"layers.{i}.bias"]) for i in range(sum(name.endswith(".bias") for name in own))]
    shape = replace(config, layers=len(biases), hidden=biases[0])
    network = HashNetwork(len(own["shift"]), biases[-1], shape, torch.Generator())
    network.load_state_dict(own)
    return network
