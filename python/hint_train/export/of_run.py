"""The database of a finished run, as it is exported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hint_train.errors import DataError
from hint_train.export.database import Database, database

if TYPE_CHECKING:
    from hint_train.data.pairs import Modality
    from hint_train.encoding.saved import SavedRun


def database_of(
    run: SavedRun, *, modality: Modality = "image", bits: int | None = None, seed: int | None = None
) -> tuple[Database, dict[str, Any]]:
    """Codes and names of a run's retrieval part, and what the side-car says of their model.

    Parameters
    ----------
    modality
        Of the items that are to be found.
    bits, seed
        As for `SavedRun.encode`.

    Raises
    ------
    ConfigError
        The run has no such code length or seed.
    DataError
        The run does not know its items, or its files do not fit each other.
    """
    length, chosen = run.cell(bits, seed)
    if run.items is None:
        raise DataError(f"{run.folder}: has no names of its items; train it again")
    codes, rows = run.codes(modality=modality, bits=length, seed=chosen), run.items.retrieval
    if len(codes) != len(run.items.ids):
        raise DataError(f"{run.folder}: has codes of {len(codes)} pairs and names of {len(run.items.ids)}")
    about = {"model": run.digest, "method": run.method, "modality": modality, "seed": chosen}
    return database(codes[rows], [run.items.ids[row] for row in rows], bits=length), about
