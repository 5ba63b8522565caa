"""A finished run as an encoder of new rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hint_train.data.formats.npz import features as checked_features
from hint_train.errors import ConfigError, DataError
from hint_train.packing import pack
from hint_train.training.modelfile import MODEL, Networks, read_model
from hint_train.training.networks import HashNetwork, encode_in_blocks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hint_train.training.method import Modality


@dataclass(frozen=True, slots=True)
class SavedRun:
    """The method of a run, and its hash networks by code length and seed."""

    method: str
    networks: Networks

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
            The rows are not finite numbers of the right width, or overflow.
        """
        network = self._network(modality, bits, seed)
        checked = checked_features(f"{modality} rows", _array(f"{modality} rows", rows))
        if checked.shape[1] != len(network.shift):
            raise DataError(f"{modality} rows must have {len(network.shift)} features, got {checked.shape[1]}")
        outputs = encode_in_blocks(network, torch.from_numpy(checked))
        if not bool(torch.isfinite(outputs).all()):
            row = int((~torch.isfinite(outputs).all(dim=1)).nonzero()[0])
            raise DataError(f"{modality} rows: row {row} is so large that the network's output is not finite")
        return pack(outputs.numpy())

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


def load(path: str | Path) -> SavedRun:
    """Read the networks of a finished run.

    Parameters
    ----------
    path
        Output folder of a run, or the file `model.safetensors` in it, which needs nothing beside it.

    Raises
    ------
    DataError
        There is no finished run, or its model is damaged.
    """
    path = Path(path)
    file = path / MODEL if path.is_dir() else path
    if not file.is_file():
        raise DataError(f"{path} holds no finished run: there is no {MODEL}")
    return SavedRun(*read_model(file))
