"""The folder of a saved index: a manifest, and the parts that it names with their sizes and digests.

`hint-index.json` is written last, in one step, and names parts that nothing else has written; the parts of the index that was there
before are removed after it. Whoever reads sees one of the two, whole. Every part is compared with its digest before it is used. It is
then mapped into memory, and nothing is unpickled.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from hint_train.digest import sha256_of
from hint_train.errors import ConfigError, DataError
from hint_train.search.approximate import Approximate, Kind
from hint_train.search.idlines import Lines, StoredIds, lines
from hint_train.search.ids import Ids
from hint_train.search.structures import read_structure, structure_bytes
from hint_train.whole import write_atomically, written_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import DTypeLike, NDArray

MANIFEST = "hint-index.json"
VERSION = 2
_FORMAT = "hint-train index"
_MOST_BYTES = 2**16
"""Of a manifest."""
_PART = re.compile(r"(codes|id-lines|id-starts|id-keys|id-rows|rows|starts|structure)\.[0-9a-f]{8}\.(npy|faiss)")
_LEFT = re.compile(rf"\.?({_PART.pattern}|{re.escape(MANIFEST)})(\.[0-9a-f]{{8}}\.partial)?")
"""What a kill may leave behind: parts that no manifest names, and parts half written."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a folder holds: see `Index`."""

    codes: NDArray[np.uint8]
    ids: Ids
    bits: int
    kind: Kind
    model: str | None
    structure: Approximate | None


def write(folder: Path, index: Stored) -> None:
    """Write an index into a folder that is new, empty, or holds one."""
    parts = _arrays(index)
    old = _free(folder)
    new: dict[str, dict[str, Any]] = {}
    token = secrets.token_hex(4)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for name, part in parts.items():
            new[name] = _write_part(folder, f"{name}.{token}", part)
        manifest = {"format": _FORMAT, "version": VERSION, "kind": index.kind, "bits": index.bits}
        manifest |= {"n": len(index.codes), "model": index.model, "parts": new}
        write_atomically(folder / MANIFEST, (json.dumps(manifest, indent=2) + "\n").encode())
    except BaseException:
        _remove(folder, [f"{name}.{token}.{end}" for name in parts for end in ("npy", "faiss")])
        raise
    _remove(folder, old)


def _arrays(index: Stored) -> dict[str, NDArray[Any] | bytes]:
    parts: dict[str, NDArray[Any] | bytes] = {"codes": index.codes}
    if not index.ids.are_rows:
        text, id_starts, keys, id_rows = lines(index.ids)
        parts |= {"id-lines": text, "id-starts": id_starts, "id-keys": keys, "id-rows": id_rows}
    if index.structure is not None:
        parts |= {"rows": index.structure.rows, "starts": index.structure.starts}
        parts["structure"] = structure_bytes(index.structure.structure)
    return parts


def _write_part(folder: Path, name: str, part: NDArray[Any] | bytes) -> dict[str, Any]:
    path = folder / f"{name}.{'faiss' if isinstance(part, bytes) else 'npy'}"
    with written_atomically(path) as stream:
        if isinstance(part, bytes):
            stream.write(part)
        else:
            np.save(stream, part, allow_pickle=False)
    return {"file": path.name, "bytes": path.stat().st_size, "sha256": sha256_of(path)}


def _free(folder: Path) -> list[str]:
    """The parts of the index in a folder that may be written."""
    try:
        found = {path.name for path in folder.iterdir()} if folder.exists() else set()
    except OSError as error:
        raise ConfigError(f"{folder} is no folder that an index can be written to ({error.strerror})") from error
    if MANIFEST in found:
        try:
            return [part["file"] for part in _manifest(folder)["parts"].values()]
        except DataError as error:
            raise ConfigError(
                f"{folder} holds no index that can be replaced ({error}); choose another folder"
            ) from error
    foreign = sorted(name for name in found if not _LEFT.fullmatch(name))
    if foreign:
        raise ConfigError(f"{folder} is not empty and holds no index: {foreign[0]!r} is in it; choose another folder")
    return []


def _remove(folder: Path, names: Sequence[str]) -> None:
    for name in names:
        with contextlib.suppress(OSError):
            (folder / name).unlink(missing_ok=True)


def read(folder: Path, model: str | None) -> Stored:
    """Read the index in a folder; see `Index.load`."""
    manifest = _manifest(folder)
    if model is not None and manifest["model"] is None:
        raise DataError(
            f"{folder} does not say which model made its codes; make the index with model=, the run's digest"
        )
    if model is not None and manifest["model"] != model:
        raise DataError(
            f"{folder} holds the codes of another model ({manifest['model'][:12]}, not {model[:12]}); index the run again"
        )
    bits, n, kind, parts = manifest["bits"], manifest["n"], manifest["kind"], manifest["parts"]
    for part in parts.values():
        _check_part(folder, part)

    def array(name: str, dtype: DTypeLike, *shape: int | None) -> NDArray[Any]:
        return _mapped(folder / _named(folder, parts, name)["file"], np.dtype(dtype), shape)

    codes = array("codes", np.uint8, n, -(-bits // 8))
    ids = Ids(range(n))
    if "id-lines" in parts:
        text, id_starts = array("id-lines", np.uint8, None), array("id-starts", np.int64, n + 1)
        keys, id_rows = array("id-keys", np.uint64, n), array("id-rows", np.int64, n)
        ids = Ids(StoredIds(str(folder), Lines(text, id_starts, keys, id_rows)))
    structure = None
    if kind != "flat":
        starts, rows = array("starts", np.int64, None), array("rows", np.int64, n)
        path = folder / _named(folder, parts, "structure")["file"]
        distinct = len(starts) - 1
        if distinct < 0 or starts[0] != 0 or starts[-1] != n or (np.diff(starts) <= 0).any():
            raise DataError(f"{folder}: the index is damaged: its rows do not lie one after the other")
        if n and not (rows.min() >= 0 and rows.max() < n):
            raise DataError(f"{folder}: the index is damaged: it names rows that are not there")
        structure = Approximate(read_structure(path, kind, 8 * codes.shape[1], distinct), rows, starts)
    return Stored(codes, ids, bits, kind, manifest["model"], structure)


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise DataError(f"{folder} holds no index: there is no {MANIFEST}")
    with path.open("rb") as stream:
        text = stream.read(_MOST_BYTES + 1)
    try:
        if len(text) > _MOST_BYTES:
            raise ValueError("it is too long")
        content = json.loads(text)
        if content["format"] != _FORMAT:
            raise ValueError("it is that of something else")
        if type(content["version"]) is int and content["version"] != VERSION:
            which = "a later" if content["version"] > VERSION else "an earlier"
            raise DataError(
                f"{folder} holds an index of {which} version ({content['version']}); this one reads {VERSION}: "
                "save the index anew, into another folder"
            )
        _check_manifest(content)
    except (KeyError, TypeError, AttributeError, RecursionError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: not the manifest of an index ({error})") from error
    return dict(content)


def _check_manifest(content: dict[str, Any]) -> None:
    for name, least in (("version", 1), ("bits", 1), ("n", 0)):
        if type(content[name]) is not int or not least <= content[name] < 2**48:
            raise ValueError(f"{name} is {content[name]!r}")
    if content["kind"] not in get_args(Kind):
        raise ValueError(f"kind is {content['kind']!r}")
    if not isinstance(content["model"], str | None):
        raise ValueError("model is no digest")
    for part in content["parts"].values():
        if not _PART.fullmatch(part["file"]) or type(part["bytes"]) is not int or not isinstance(part["sha256"], str):
            raise ValueError(f"a part is {part!r:.80}")


def _named(folder: Path, parts: dict[str, Any], name: str) -> dict[str, Any]:
    if name not in parts:
        raise DataError(f"{folder}: the index is damaged: it has no {name}")
    return dict(parts[name])


def _check_part(folder: Path, part: dict[str, Any]) -> None:
    path = folder / part["file"]
    if not path.is_file():
        raise DataError(f"{folder}: the index is damaged: {part['file']} is missing")
    held = path.stat().st_size
    if held != part["bytes"]:
        raise DataError(f"{folder}: the index is damaged: {part['file']} holds {held:,} bytes, not {part['bytes']:,}")
    if sha256_of(path) != part["sha256"]:
        raise DataError(f"{folder}: the index is damaged: {part['file']} is not what was written")


def _mapped(path: Path, dtype: np.dtype[Any], shape: tuple[int | None, ...]) -> NDArray[Any]:
    """An .npy file as an array that is read only, of a type and a shape that are known."""
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False) if _holds(path) else np.load(path, allow_pickle=False)
    except (OSError, EOFError, ValueError) as error:
        raise DataError(f"{path}: not a readable array ({error})") from error
    fits = len(found.shape) == len(shape) and all(b in (None, a) for a, b in zip(found.shape, shape, strict=True))
    if found.dtype != dtype or not fits or not found.flags.c_contiguous:
        raise DataError(f"{path}: expected {dtype} of shape {shape}, got {found.dtype} {found.shape}")
    return np.asarray(found)


def _holds(path: Path) -> bool:
    """Whether an .npy file has any bytes behind its header: nothing else can be mapped."""
    with path.open("rb") as stream:
        version = np.lib.format.read_magic(stream)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        return 0 not in read_header(stream)[0]
