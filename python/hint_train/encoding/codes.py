"""`codes.npz`: packed codes of all pairs of a run, by code length, seed and modality, and what they belong to.

`bits16-seed0-model` is the digest of the networks that made the codes of that length and seed; `items` and `featurizers` are the
SHA-256 of `items.npz` and of `featurizers.json`, empty where the run has none. They tell a file that was copied from another run. What a
file of an earlier version does not say is taken as it is.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hint_train.digest import sha256_of
from hint_train.encoding.featurizers import FEATURIZERS
from hint_train.encoding.items import ITEMS
from hint_train.encoding.modelfile import networks_digest
from hint_train.errors import DataError
from hint_train.whole import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from hint_train.data.pairs import Modality
    from hint_train.encoding.modelfile import Cell, Networks
    from hint_train.encoding.networks import Network

CODES = "codes.npz"
_BESIDE = {
    ITEMS: ("items", "names the items of another run"),
    FEATURIZERS: ("featurizers", "describes the features of another run"),
}
"""Files that belong to the codes: what their digest is called, and what is said of others."""
_BACK = "put the run's own files back, or write them anew with hint-train --resume"


def name_of(bits: int, seed: int, what: Modality | Literal["model"]) -> str:
    """What codes, or the digest of what made them, are called in the file."""
    return f"bits{bits}-seed{seed}-{what}"


def write_codes(folder: Path, networks: Networks, codes: Mapping[Cell, Mapping[Modality, NDArray[np.uint8]]]) -> None:
    """Write `codes.npz`, behind the files that it belongs to."""
    members: dict[str, NDArray[Any]] = {key: np.array(_digest(folder / name)) for name, (key, _) in _BESIDE.items()}
    for cell, pair in codes.items():
        members[name_of(*cell, "model")] = np.array(networks_digest(networks[cell]))
        members |= {name_of(*cell, modality): packed for modality, packed in pair.items()}
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **members)
    write_atomically(folder / CODES, stream.getvalue())


def read_codes(
    folder: Path, bits: int, seed: int, modality: Modality, networks: Mapping[Modality, Network]
) -> NDArray[np.uint8]:
    """Packed codes (pairs, ceil(bits / 8)) of a run.

    Raises
    ------
    DataError
        The file is missing, damaged, has no such codes, or those of other networks than `networks`.
    """
    path, key, model = folder / CODES, name_of(bits, seed, modality), name_of(bits, seed, "model")
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected the codes of a finished run")
    found = _members(path, (key, model))
    if key not in found:
        raise DataError(f"{path}: not the codes of a run (it has no {key})")
    codes: NDArray[np.uint8] = found[key]
    if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != -(-bits // 8):
        raise DataError(f"{path}: expected {key} to be packed codes, got {codes.dtype} of shape {codes.shape}")
    if model in found and found[model].tolist() != networks_digest(networks):
        raise DataError(f"{path}: holds the codes of another model than the one beside it; {_BACK}")
    return codes


def check_own(file: Path) -> None:
    """Refuse an `items.npz` or `featurizers.json` that is not the one that the codes beside it were written with.

    Raises
    ------
    DataError
        It is another, or the codes are damaged.
    """
    path, (key, wrong) = file.with_name(CODES), _BESIDE[file.name]
    found = _members(path, (key,)) if path.is_file() else {}
    if key in found and found[key].tolist() != _digest(file):
        raise DataError(f"{file}: {wrong} than {CODES} beside it; {_BACK}")


def _digest(file: Path) -> str:
    return sha256_of(file) if file.is_file() else ""


def _members(path: Path, keys: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Those of some members that a file has."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as found:
            return {key: found[key] for key in keys if key in found}
    except (zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, TypeError) as error:
        raise DataError(f"{path}: not the codes of a run ({error})") from error
