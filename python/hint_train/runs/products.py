"""What a finished run leaves behind for whoever encodes or searches: model, codes, names of its pairs, and what made their features."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hint_train.encoding.codes import write_codes
from hint_train.encoding.featurizers import FEATURIZERS
from hint_train.encoding.items import Items
from hint_train.encoding.modelfile import Cell, write_model
from hint_train.training.conversion import to_numpy
from hint_train.whole import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from hint_train.data.pairs import Modality, PairedData
    from hint_train.retrieval.directions import Codes
    from hint_train.training.networks import HashNetwork


def write_products(
    folder: Path,
    method: str,
    data: PairedData,
    networks: dict[Cell, dict[Modality, HashNetwork]],
    codes: dict[Cell, Codes],
) -> None:
    """Write what `hint_train.load` reads."""
    Items.of(data).write(folder)
    if data.featurizers is not None:
        write_atomically(folder / FEATURIZERS, (data.featurizers.to_json() + "\n").encode())
    plain = {cell: to_numpy(pair) for cell, pair in networks.items()}
    write_model(folder, method, plain)
    write_codes(folder, plain, codes)
