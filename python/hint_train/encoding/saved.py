"""A finished run as an encoder of new items."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hint_train.data.formats.rowfile import RowFile
from hint_train.data.pairs import MODALITIES, Modality
from hint_train.encoding.codes import check_own, read_codes
from hint_train.encoding.featurizers import FEATURIZERS, built, read_featurizers
from hint_train.encoding.items import ITEMS, Items, read_items
from hint_train.encoding.modelfile import MODEL, Cell, Networks, read_model
from hint_train.encoding.raw import raw_blocks, raw_items
from hint_train.encoding.rows import as_array, block_rows, blocks
from hint_train.errors import ConfigError, DataError
from hint_train.packing import pack

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from numpy.typing import NDArray

    from hint_train.data.featurizers import Featurizer, Featurizers
    from hint_train.encoding.networks import Network
    from hint_train.search.approximate import Kind
    from hint_train.search.index import Index


@dataclass(frozen=True)
class SavedRun:
    """A run as it lies in its folder: networks, and what makes features of raw items.

    Attributes
    ----------
    method
        Name of the method.
    networks
        Networks in NumPy by code length and seed, then by modality.
    folder
        Where the model file lies.
    digest
        SHA-256 of the model file.
    """

    method: str
    networks: Networks = field(repr=False)
    folder: Path
    digest: str
    _built: dict[tuple[Modality, str | Path | None], Featurizer] = field(
        default_factory=dict, repr=False, compare=False
    )

    @cached_property
    def featurizers(self) -> Featurizers | None:
        """Descriptions of what made the features; None where the data set did not say."""
        path = self.folder / FEATURIZERS
        if not path.is_file():
            return None
        check_own(path)
        return read_featurizers(path)

    @cached_property
    def items(self) -> Items | None:
        """Names, captions and split of the run's pairs; None where the folder is not there, or of an earlier version."""
        path = self.folder / ITEMS
        if not path.is_file():
            return None
        check_own(path)
        return read_items(path)

    def encode(
        self,
        items: object,
        *,
        modality: Modality,
        bits: int | None = None,
        seed: int | None = None,
        weights: str | Path | None = None,
    ) -> NDArray[np.uint8]:
        """Packed codes of items.

        Parameters
        ----------
        items
            A list of texts; or of pictures, which are paths, PIL images or (h, w, 3) uint8 arrays; or (n, d) numbers, the features
            of the modality as the run's data set had them: an array, a tensor on any device, a list of rows, or whatever else
            NumPy makes an array of.
        modality
            Which of the two networks.
        bits, seed
            Which code length and seed; may be left out where the run has only one, and the seed is the first otherwise.
        weights
            Where a network makes the features of raw items: the file of its weights.

        Returns
        -------
        codes
            (n, ceil(bits / 8)) uint8. Bit j is 1 where output j >= 0, and is bit j mod 8 of byte j // 8, least significant
            first, as faiss stores binary vectors. An item gets the same code in whatever company it is encoded.

        Raises
        ------
        ConfigError
            The run has no such code length or seed.
        DataError
            The rows are not finite numbers of the right width, or overflow; a picture cannot be read; or items are raw and the run
            does not know what makes their features.
        """
        blocks = self.code_blocks(items, modality=modality, bits=bits, seed=seed, weights=weights)
        return np.concatenate([*blocks])

    def code_blocks(
        self,
        items: object,
        *,
        modality: Modality,
        bits: int | None = None,
        seed: int | None = None,
        weights: str | Path | None = None,
    ) -> Iterator[NDArray[np.uint8]]:
        """As `encode`, block by block, for more items than memory holds; these may be an open `RowFile`, too."""
        network = self.networks[self.cell(bits, seed)][_known(modality)]
        for outputs in self._outputs(items, modality, network, weights):
            yield pack(outputs)

    def outputs(
        self,
        items: object,
        *,
        modality: Modality,
        bits: int | None = None,
        seed: int | None = None,
        weights: str | Path | None = None,
    ) -> NDArray[np.float32]:
        """Real outputs (n, bits) of items, whose signs are the code; parameters and errors are those of `encode`."""
        network = self.networks[self.cell(bits, seed)][_known(modality)]
        return np.concatenate([*self._outputs(items, modality, network, weights)])

    def codes(self, *, modality: Modality, bits: int | None = None, seed: int | None = None) -> NDArray[np.uint8]:
        """Packed codes of all pairs of the run, as it left them in `codes.npz`.

        Raises
        ------
        DataError
            They are missing, damaged, or those of another model.
        """
        cell = self.cell(bits, seed)
        return read_codes(self.folder, *cell, _known(modality), self.networks[cell])

    def index(
        self,
        items: object = None,
        *,
        modality: Modality = "image",
        ids: Iterable[Hashable] | None = None,
        bits: int | None = None,
        seed: int | None = None,
        kind: Kind = "flat",
    ) -> Index:
        """An index of codes to search in.

        Parameters
        ----------
        items
            What to encode, as `encode` takes it; None takes the run's own database under the names that it has.
        modality
            Of the items that are found.
        ids
            Names for the items, hashable and unique; row numbers where not given.
        bits, seed
            As for `encode`.
        kind
            See `hint_train.search.index.Index`.
        """
        from hint_train.search.index import Index

        cell = self.cell(bits, seed)
        if items is not None:
            codes = self.encode(items, modality=modality, bits=cell[0], seed=cell[1])
        else:
            if self.items is None:
                raise DataError(
                    f"{self.folder}: has no {ITEMS}, which says what its codes are of; train it again, or give items"
                )
            own, rows = self.codes(modality=modality, bits=cell[0], seed=cell[1]), self.items.retrieval
            if len(own) != len(self.items.ids):
                raise DataError(f"{self.folder}: has codes of {len(own)} pairs and names of {len(self.items.ids)}")
            codes = own[rows]
            ids = [self.items.ids[row] for row in rows] if ids is None else ids
        return Index(codes, ids, bits=cell[0], kind=kind, model=self.digest)

    def cell(self, bits: int | None = None, seed: int | None = None) -> Cell:
        """Code length and seed that are meant; see `encode`."""
        lengths = sorted({b for b, _ in self.networks})
        if bits is None:
            if len(lengths) > 1:
                raise ConfigError(
                    f"the run has codes of {', '.join(map(str, lengths))} bits; say which with --bits (or bits=)"
                )
            bits = lengths[0]
        seeds = sorted(s for b, s in self.networks if b == bits)
        if not seeds or (seed is not None and seed not in seeds):
            asked = f"{bits} bits" + ("" if seed is None else f" and seed {seed}")
            there = ", ".join(f"{b} bits with seed {s}" for b, s in sorted(self.networks))
            raise ConfigError(f"the run has no codes of {asked}; it has {there}")
        return bits, seeds[0] if seed is None else seed

    def featurizer(self, modality: Modality, weights: str | Path | None = None) -> Featurizer:
        """What makes features of raw items; built once.

        Raises
        ------
        DataError
            The run does not know, or the weights of its network are not there.
        """
        key = _known(modality), weights
        if key not in self._built:
            width = next(iter(self.networks.values()))[modality].inputs
            self._built[key] = built(self.featurizers, modality, width, weights, self.folder)
        return self._built[key]

    def _outputs(
        self, items: object, modality: Modality, network: Network, weights: str | Path | None
    ) -> Iterator[NDArray[np.float32]]:
        name, start = f"{items.name}: {modality} rows" if isinstance(items, RowFile) else f"{modality} rows", 0
        for block in self._features(name, items, modality, network, weights):
            outputs = network.outputs(block)
            if not np.isfinite(outputs).all():
                row = start + int(np.flatnonzero(~np.isfinite(outputs).all(axis=1))[0])
                raise DataError(f"{name}: row {row} is so large that the network's output is not finite")
            yield outputs
            start += len(block)

    def _features(
        self, name: str, items: Any, modality: Modality, network: Network, weights: str | Path | None
    ) -> Iterator[NDArray[np.float32]]:
        """Features of items of any form, block by block."""
        raw = raw_items(items)
        if raw is not None:
            return raw_blocks(name, raw, self.featurizer(modality, weights))
        rows = items if isinstance(items, RowFile) else as_array(name, items)
        return blocks(name, rows, network.inputs, block_rows(network.width))


def _known(modality: Modality) -> Modality:
    if modality not in MODALITIES:
        raise ConfigError(f"unknown modality {modality!r}; expected one of {', '.join(MODALITIES)}")
    return modality


def load(path: str | Path) -> SavedRun:
    """Read a finished run.

    Parameters
    ----------
    path
        Output folder of a run, or the file `model.safetensors` in it, which needs nothing beside it for rows of features.

    Raises
    ------
    DataError
        There is no finished run, or its model is damaged.
    """
    path = Path(path)
    file = path / MODEL if path.is_dir() else path
    if not file.is_file():
        runs = sorted(str(found.parent) for found in path.glob(f"*/{MODEL}"))
        below = f"; it holds runs: {', '.join(runs[:5])}" if runs else ""
        raise DataError(f"{path} holds no finished run: there is no {MODEL}{below}")
    if not path.is_dir() and path.suffix != Path(MODEL).suffix:
        raise DataError(f"{path} is a file; expected the folder of a run, or its {MODEL}")
    model = read_model(file)
    return SavedRun(model.method, model.networks, file.parent, model.digest)
