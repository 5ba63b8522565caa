"""`model.safetensors`: the networks of a run, with all that is needed to rebuild them, checked when it is read.

The note of the file says what each network is: `kind` (layers, or anchors and one layer), `rows` (whether they are scaled to unit
length first; else the tensors `shift` and `scale` hold the scaling) and `widths` (inputs, hidden layers or anchors, bits). A digest covers
that note and every tensor. A file of an earlier version has neither, and says what it lacks in the `config.toml` beside it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from hint_train.data.pairs import MODALITIES, Modality
from hint_train.encoding.networks import Network
from hint_train.encoding.tensorfile import notes_of
from hint_train.errors import ConfigError, DataError
from hint_train.whole import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

Cell = tuple[int, int]
"""Code length and seed."""
Networks = dict[Cell, dict[Modality, Network]]

MODEL = "model.safetensors"

_FORMAT = "hint-train model"
_VERSION = 1
_LAYERS, _ANCHORS = "layers", "anchors"
_UNIT, _SHIFTED = "unit length", "shift and scale"


@dataclass(frozen=True, slots=True)
class Model:
    """What a model file holds: the method, its networks, and the SHA-256 of the file."""

    method: str
    networks: Networks
    digest: str


def write_model(folder: Path, method: str, networks: Networks) -> None:
    """Write `model.safetensors`, with weights named `bits64.seed0.image.layers.0.weight`."""
    tensors: dict[str, NDArray[Any]] = {}
    cells: list[dict[str, Any]] = []
    for (bits, seed), pair in networks.items():
        cells.append({"bits": bits, "seed": seed, **{m: _description(pair[m]) for m in MODALITIES}})
        for modality, network in pair.items():
            for key, value in network.tensors().items():
                tensors[f"{_prefix(bits, seed)}{modality}.{key}"] = np.ascontiguousarray(value).reshape(value.shape)
    note = {"format": _FORMAT, "version": _VERSION, "method": method, "cells": cells}
    metadata = {"model": json.dumps(note), "sha256": _digest(note, tensors)}
    write_atomically(folder / MODEL, save(tensors, metadata=metadata))


def read_model(path: Path) -> Model:
    """Method and networks of a model file.

    Raises
    ------
    DataError
        It is no model, one of a later version, damaged, or has weights that are not finite.
    """
    try:
        content = path.read_bytes()
        tensors, metadata = load(content), notes_of(content)
    except (SafetensorError, OSError, KeyError) as error:
        what = f"it holds numbers of the type {error}" if isinstance(error, KeyError) else error
        raise DataError(f"{path}: not the networks of a run ({what})") from error
    try:
        if "model" in metadata:
            note = json.loads(metadata["model"])
            if (note["format"], note["version"]) != (_FORMAT, _VERSION):
                raise ValueError(
                    f"expected version {_VERSION} of the {_FORMAT}, got {note['version']} of {note['format']}"
                )
            if metadata.get("sha256") != _digest(note, tensors):
                raise ValueError("it was changed since it was written: its digest differs")
        elif "cells" in metadata:
            note = _earlier(path, json.loads(metadata["cells"]), tensors)
        else:
            raise ValueError(
                "its note of what the tensors are is missing; expected a model.safetensors that hint-train wrote"
            )
        return Model(str(note["method"]), _networks(note["cells"], tensors), hashlib.sha256(content).hexdigest())
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
        what = f"its note lacks {error}" if isinstance(error, KeyError) else str(error)
        raise DataError(f"{path}: not the networks of a run ({what})") from error


def networks_digest(pair: Mapping[Modality, Network]) -> str:
    """SHA-256 of the two networks of a code length and seed, whichever file they lie in."""
    tensors = {f"{m}.{key}": x for m in MODALITIES for key, x in pair[m].tensors().items()}
    return _digest({m: _description(pair[m]) for m in MODALITIES}, tensors)


def _description(network: Network) -> dict[str, Any]:
    return _shown(network.tensors(), _UNIT if network.unit_rows else _SHIFTED)


def _shown(tensors: Mapping[str, NDArray[Any]], rows: str) -> dict[str, Any]:
    """What the tensors of a network show of it."""
    anchors = [len(tensors["anchors"])] if "anchors" in tensors else []
    outputs = [len(tensors[f"layers.{i}.bias"]) for i in range(sum(name.endswith(".bias") for name in tensors))]
    widths = [len(tensors["shift"]), *anchors, *outputs]
    return {"kind": _ANCHORS if anchors else _LAYERS, "rows": rows, "widths": widths}


def _earlier(path: Path, cells: list[dict[str, int]], tensors: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """The note that a file of an earlier version would have, by its tensors and the options beside it."""
    from hint_train.config.config_file import read_toml

    try:
        options = read_toml(path.with_name("config.toml"))
    except ConfigError as error:
        raise ValueError(f"an earlier version wrote it, and its options are missing: {error}") from error
    rows = _UNIT if options["network"]["features"] == "l2" else _SHIFTED
    described: list[dict[str, Any]] = []
    for cell in cells:
        pair: dict[str, Any] = {
            m: _shown(_own(tensors, f"{_prefix(cell['bits'], cell['seed'])}{m}."), rows) for m in MODALITIES
        }
        described.append({"bits": cell["bits"], "seed": cell["seed"], **pair})
    return {"method": options["method"], "cells": described}


def _own(tensors: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _networks(cells: list[dict[str, Any]], tensors: Mapping[str, NDArray[Any]]) -> Networks:
    """The networks that the cells of a note describe; they have to use up all tensors."""
    networks: Networks = {}
    used = 0
    for cell in cells:
        bits, seed = cell["bits"], cell["seed"]
        if type(bits) is not int or type(seed) is not int or (bits, seed) in networks:
            raise ValueError(f"expected code lengths and seeds, each pair once, got {bits!r} and {seed!r}")
        pair: dict[Modality, Network] = {}
        for modality in MODALITIES:
            prefix = f"{_prefix(bits, seed)}{modality}."
            own = _own(tensors, prefix)
            pair[modality] = _network(prefix, cell[modality], own, bits)
            used += len(own)
        networks[bits, seed] = pair
    if not networks or used != len(tensors):
        raise ValueError(
            f"expected networks and nothing else, got {len(networks)} and {len(tensors) - used} other tensors"
        )
    return networks


def _network(prefix: str, note: dict[str, Any], tensors: dict[str, NDArray[Any]], bits: int) -> Network:
    kind, rows, widths = note["kind"], note["rows"], note["widths"]
    if (
        kind not in (_LAYERS, _ANCHORS)
        or rows not in (_UNIT, _SHIFTED)
        or not all(type(w) is int and w > 0 for w in widths)
    ):
        raise ValueError(f"{prefix}: unknown kind, rows or widths in {note}")
    if widths[-1] != bits or len(widths) < 2 or (kind == _ANCHORS and len(widths) != 3) or len({*widths[1:-1]}) > 1:
        raise ValueError(f"{prefix}: the widths {widths} are not those of a network of {bits} bits")
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    if shapes != _shapes(kind, widths):
        raise ValueError(f"{prefix}: the tensors are not those of widths {widths}")
    for name, tensor in tensors.items():
        if tensor.dtype != np.float32 or not np.isfinite(tensor).all():
            raise ValueError(f"{prefix}{name} holds numbers that are not finite, or not float32")
    return Network.of(tensors, unit_rows=rows == _UNIT)


def _shapes(kind: str, widths: list[int]) -> dict[str, tuple[int, ...]]:
    """Shapes of the tensors of a network, by their names."""
    inputs: dict[str, tuple[int, ...]] = {"shift": (widths[0],), "scale": (widths[0],)}
    if kind == _ANCHORS:
        inputs |= {"anchors": (widths[1], widths[0]), "spread": ()}
        widths = widths[1:]
    pairs = enumerate(zip(widths[1:], widths[:-1], strict=True))
    return inputs | {
        name: x for i, (a, b) in pairs for name, x in ((f"layers.{i}.weight", (a, b)), (f"layers.{i}.bias", (a,)))
    }


def _prefix(bits: int, seed: int) -> str:
    return f"bits{bits}.seed{seed}."


def _digest(note: dict[str, Any], tensors: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of the note, and of name, shape and bytes of every tensor; its type is called as torch calls it."""
    digest = hashlib.sha256(json.dumps(note, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = np.ascontiguousarray(tensors[name])
        digest.update(f"{name} torch.{tensor.dtype.name} {tensors[name].shape}\n".encode())
        digest.update(tensor.reshape(-1).view(np.uint8).data if tensor.size else b"")
    return digest.hexdigest()
