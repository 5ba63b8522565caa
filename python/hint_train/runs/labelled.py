"""The one place through which labels enter a run: what a method that declares it is handed, and codes that carry labels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hint_train.methods.entries import METHODS
from hint_train.packing import pack
from hint_train.training.method import MethodEntry

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from hint_train.data import PairedData
    from hint_train.data.pairs import Modality, TrainingPairs
    from hint_train.methods.config import Config
    from hint_train.training.method import Artefacts, Method


class Preparation:
    """Artefacts of a run's method: one for all seeds, or one for each where the seed draws the labelled part.

    Attributes
    ----------
    n_labelled
        Training pairs whose labels the method was handed; 0 for a method that does not ask.
    """

    def __init__(self, data: PairedData, pairs: TrainingPairs, config: Config, device: torch.device) -> None:
        self._data, self._pairs, self._config, self._device = data, pairs, config, device
        self._artefacts: Artefacts | None = None
        self._seed = config.seed
        self.n_labelled = 0

    def ready(self, seed: int) -> bool:
        """Whether the artefacts for `seed` are there."""
        shared = isinstance(METHODS[self._config.method], MethodEntry)
        return self._artefacts is not None and (shared or seed == self._seed)

    def artefacts(self, seed: int) -> Artefacts:
        """What the method derives from the training pairs; only the artefacts of the last seed asked for are kept."""
        if self._artefacts is None or not self.ready(seed):
            self._artefacts = None  # the old ones make room first
            self._artefacts, self._seed = self._prepare(seed), seed
        return self._artefacts

    def _prepare(self, seed: int) -> Artefacts:
        entry, config = METHODS[self._config.method], self._config
        if isinstance(entry, MethodEntry):
            return entry.prepare(self._pairs, config, self._device)
        part = self._data.labelled_part(config.labels.labelled[0], seed)
        self.n_labelled = len(part.rows)
        return entry.prepare(self._pairs, part, replace(config, seed=seed), self._device)


def database_codes(
    codes: dict[Modality, NDArray[np.uint8]], method: Method, config: Config, train: NDArray[np.int64]
) -> dict[Modality, NDArray[np.uint8]]:
    """Codes of the database: by the hash functions, or where asked for those that a method learned with labels.

    Parameters
    ----------
    codes
        Packed codes of all rows by the hash functions, (N, L / 8) for each modality.
    train
        (n,) row numbers of the training pairs.
    """
    learned = getattr(method, "learned", None)
    if learned is None or config.labels.database_codes == "hash-functions":
        return codes
    own = {m: x.copy() for m, x in codes.items()}
    for x in own.values():
        x[train[learned.rows]] = pack(learned.signs)
    return own
