"""Packages of the npm registry as the files that `npm pack` leaves: whether one is the version that is meant, and what is in it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAX_BYTES = 2**28
"""Greatest size of a package, packed and unpacked."""
MAX_MEMBER = 2**24
"""Greatest size of a file in it."""


@dataclass(frozen=True, slots=True)
class Package:
    """One version of a package.

    Attributes
    ----------
    name, version
        As the registry has them.
    integrity
        SHA-512 of the .tgz file, as the registry's `dist.integrity` and package-lock.json have it.
    licence
        What its package.json must say.
    content
        What is taken of it, and the licence of that.
    """

    name: str
    version: str
    integrity: str
    licence: str
    content: str

    @property
    def command(self) -> str:
        """What fetches the file."""
        return f"npm pack {self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A package that was read: its version, its integrity, and the bytes of the files that were asked for, by their paths in it."""

    version: str
    integrity: str
    files: dict[str, bytes]


def read_package(path: Path, package: Package, wanted: Callable[[str], bool], *, any_version: bool = False) -> Unpacked:
    """The files of a package whose paths are `wanted`.

    Parameters
    ----------
    path
        The .tgz file.
    package
        Which one is meant.
    wanted
        Of paths below the package's folder.
    any_version
        Whether another version of the same package, under the same licence, is read as well.

    Raises
    ------
    DataError
        The file is missing, torn or too large, is another package or version, or is under another licence.
    """
    content = _bytes(path, package)
    integrity = f"sha512-{base64.b64encode(hashlib.sha512(content).digest()).decode()}"
    if integrity != package.integrity and not any_version:
        raise DataError(
            f"{path}: is not {package.name} {package.version}: expected {package.integrity:.23}..., got {integrity:.23}...; "
            f"`{package.command}` fetches it, and --any-version reads this one, whose figures cannot be compared"
        )
    files = _files(path, content, lambda name: name == "package.json" or wanted(name))
    about = read_json(f"{path}: package.json", files.pop("package.json", b""))
    told = {key: about.get(key) if isinstance(about, dict) else None for key in ("name", "version", "license")}
    if told["name"] != package.name:
        raise DataError(
            f"{path}: expected the package {package.name}, got {told['name']!r:.60}; `{package.command}` fetches it"
        )
    if told["license"] != package.licence:
        raise DataError(f"{path}: expected a package under the licence {package.licence}, got {told['license']!r:.60}")
    return Unpacked(str(told["version"])[:40], integrity, files)


def read_json(where: str, content: bytes) -> Any:
    """What a file of JSON holds."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: not readable as JSON ({error})") from error


def _bytes(path: Path, package: Package) -> bytes:
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected what `{package.command}` fetches, as it is")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise DataError(f"{path}: has {size:,} bytes, more than the limit of {MAX_BYTES:,}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error


def _files(path: Path, content: bytes, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    # Unpacked as a whole first: what a header of a tar file declares can then be no more than there is.
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: not a readable .tgz file ({error})") from error
    if len(raw) > MAX_BYTES:
        raise DataError(f"{path}: unpacks to more than the limit of {MAX_BYTES:,} bytes")
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
            for member in archive:
                name = member.name.partition("/")[2]
                if not member.isreg() or member.issparse() or not wanted(name):
                    continue
                if member.size > MAX_MEMBER:
                    raise DataError(
                        f"{path}: {name:.80} has {member.size:,} bytes, more than the limit of {MAX_MEMBER:,}"
                    )
                found[name] = raw[member.offset_data : member.offset_data + member.size]
                if len(found[name]) < member.size:
                    raise DataError(f"{path}: is torn; {name:.80} ends behind the end of the file")
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: not a readable .tgz file ({error})") from error
    return found
