"""Writer of the project's own .npz format."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from hint_train.data.formats.texts import write_texts
from hint_train.errors import DataError
from hint_train.whole import written_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_BLOCK_BYTES = 2**24


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows of a table that is larger than memory, in another order: `table[rows]`, never made as a whole."""

    table: NDArray[Any]
    rows: NDArray[np.int64]

    def write(self, stream: IO[bytes]) -> None:
        """Write them as an .npy file."""
        shape = (len(self.rows), *self.table.shape[1:])
        header = {"descr": self.table.dtype.str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, header)
        step = max(1, _BLOCK_BYTES // max(1, self.table[:1].nbytes))
        for start in range(0, len(self.rows), step):
            stream.write(self.table[self.rows[start : start + step]].tobytes())


def write_npz(
    path: Path, arrays: Mapping[str, NDArray[Any] | Chosen], texts: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> None:
    """Write `arrays` uncompressed, in blocks where they are memory-mapped, and `texts` deflated; atomically and without pickle.

    Raises
    ------
    DataError
        The folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_atomically(path) as stream, zipfile.ZipFile(stream, "w") as archive:
            for key, array in arrays.items():
                with archive.open(f"{key}.npy", "w", force_zip64=True) as member:
                    if isinstance(array, Chosen):
                        array.write(member)
                    else:
                        np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
            for key, lines in texts.items():
                about = zipfile.ZipInfo(f"{key}.npy")
                about.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(about, "w", force_zip64=True) as member:
                    write_texts(member, lines)
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error})") from error
