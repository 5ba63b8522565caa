"""Reader of the project's own format: one .npz file of arrays, never unpickled.

Keys: `image` (N, d), `text` (N, d'), `query`, `retrieval` (row numbers); optional `labels` (N, c) of 0 and 1 and `train`
(row numbers, all of `retrieval` where missing). Features in float32 that `numpy.savez` stored without compression are mapped into
memory, so that they may be larger than it. Optional parts of the pairs: `objects` (R, e) with `objects_ptr` (N + 1,),
`words` (W, e) with `words_ptr`, and `word_unit`. Other keys are ignored.
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, get_args

import numpy as np

from hint_train.data.formats.stored import zero_rows
from hint_train.data.pairs import PairedData
from hint_train.data.parts import Parts, Ragged, WordUnit
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

MAX_BYTES = 64 * 2**30
_MAPPED_BYTES = 2**27
"""Arrays of this size are mapped into memory instead of read, where that is possible."""
_CHECKED_ROWS = 4096
_REQUIRED = ("image", "text", "query", "retrieval")
_OPTIONAL = ("labels", "train", "objects", "objects_ptr", "words", "words_ptr", "word_unit")


def read_npz(path: str | Path, *, max_bytes: int = MAX_BYTES) -> PairedData:
    """Read and check a data set in the .npz format.

    Parameters
    ----------
    path
        The file.
    max_bytes
        Greatest sum of the array sizes that the file may declare; nothing is allocated before this is checked.

    Raises
    ------
    DataError
        The file is missing, is no .npz file, declares more than `max_bytes`, or breaks the format.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected an .npz file with the keys {', '.join(_REQUIRED)}")
    try:
        arrays = _read_arrays(path, max_bytes)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: not a readable .npz file ({error})") from error
    return _checked(path, arrays)


def _read_arrays(path: Path, max_bytes: int) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    with zipfile.ZipFile(path) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        missing = [key for key in _REQUIRED if key not in members]
        if missing:
            raise DataError(f"{path}: missing {', '.join(missing)}; it holds {', '.join(sorted(members)) or 'nothing'}")
        wanted = [key for key in (*_REQUIRED, *_OPTIONAL) if key in members]
        declared = 0
        for key in wanted:
            with archive.open(members[key]) as stream:
                declared += _declared_bytes(path, key, stream, members[key].file_size)
        if declared > max_bytes:
            raise DataError(f"{path}: declares {declared:,} bytes of arrays, more than the limit of {max_bytes:,}")
        for key in wanted:
            mapped = _mapped(path, members[key])
            if mapped is not None:
                arrays[key] = mapped
                continue
            with archive.open(members[key]) as stream:
                arrays[key] = np.lib.format.read_array(stream, allow_pickle=False)
    return arrays


def _mapped(path: Path, member: zipfile.ZipInfo) -> NDArray[Any] | None:
    """A large array that lies in the file as it is in memory, mapped; None where it has to be read.

    Changes stay in memory and never reach the file. The archive's checksum is not verified: that would read all of it.
    """
    if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1 or member.file_size < _MAPPED_BYTES:
        return None
    with path.open("rb") as stream:
        stream.seek(member.header_offset)
        header = stream.read(30)  # the local header; its name and extra field may differ in length from the directory's
        stream.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
        version = np.lib.format.read_magic(stream)
        shape, fortran, dtype = _header_reader(version)(stream)
        start = stream.tell()
    if dtype != np.dtype(np.float32) or fortran:
        return None
    return np.asarray(np.memmap(path, dtype, mode="c", offset=start, shape=shape))


def _header_reader(version: tuple[int, int]) -> Callable[[IO[bytes]], tuple[tuple[int, ...], bool, np.dtype[Any]]]:
    return np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0


def _declared_bytes(path: Path, key: str, stream: IO[bytes], stored: int) -> int:
    """Size that the header of one array declares; it must be what the archive stores."""
    version = np.lib.format.read_magic(stream)
    shape, _, dtype = _header_reader(version)(stream)
    if dtype.hasobject:
        raise DataError(f"{path}: {key} holds Python objects; expected numbers")
    size = math.prod(shape) * dtype.itemsize
    if stream.tell() + size != stored:
        raise DataError(f"{path}: {key} declares {size:,} bytes of shape {shape}, but {stored:,} are stored")
    return size


def _checked(path: Path, arrays: dict[str, NDArray[Any]]) -> PairedData:
    image = features(f"{path}: image", arrays["image"])
    text = features(f"{path}: text", arrays["text"])
    n = len(image)
    if len(text) != n:
        raise DataError(f"{path}: image has {n} rows and text {len(text)}; expected one text per image")
    query = rows(f"{path}: query", arrays["query"], n)
    retrieval = rows(f"{path}: retrieval", arrays["retrieval"], n)
    train = rows(f"{path}: train", arrays["train"], n) if "train" in arrays else retrieval
    _check_split(path, query, retrieval, train)
    labels = _labels(path, arrays["labels"], n) if "labels" in arrays else None
    notes = zero_rows("texts", text)
    return PairedData(
        path.stem, image, text, labels, query, retrieval, train, parts=_parts(path, arrays, n), notes=notes
    )


def features(name: str, array: NDArray[Any]) -> NDArray[np.float32]:
    """`array` as finite (N, d) float32, or a `DataError` that begins with `name`."""
    if array.ndim != 2 or 0 in array.shape:
        raise DataError(f"{name} must have shape (rows, features), both at least 1, got {array.shape}")
    if array.dtype.kind not in "fiub":
        raise DataError(f"{name} must hold numbers, got dtype {array.dtype}")
    with np.errstate(over="ignore"):  # an overflow becomes infinite and is reported below
        out: NDArray[np.float32] = np.ascontiguousarray(array, dtype=np.float32)
    for start in range(0, len(out), _CHECKED_ROWS):
        bad = ~np.isfinite(out[start : start + _CHECKED_ROWS])
        if bad.any():
            row, column = (int(i) for i in np.argwhere(bad)[0] + (start, 0))
            raise DataError(f"{name} must be finite in float32; row {row}, column {column} is {array[row, column]}")
    return out


def rows(name: str, array: NDArray[Any], n: int) -> NDArray[np.int64]:
    """`array` as distinct row numbers below `n`, or a `DataError` that begins with `name`."""
    if array.ndim != 1 or len(array) == 0 or array.dtype.kind not in "iu":
        remedy = "; numpy.flatnonzero turns a mask into row numbers" if array.dtype.kind == "b" else ""
        raise DataError(f"{name} must be a list of row numbers, got shape {array.shape} of dtype {array.dtype}{remedy}")
    if int(array.min()) < 0 or int(array.max()) >= n:
        raise DataError(f"{name} must hold rows from 0 to {n - 1}, got {array.min()} to {array.max()}")
    out = array.astype(np.int64)
    if len(np.unique(out)) != len(out):
        raise DataError(f"{name} must not repeat a row")
    return out


def _check_split(path: Path, query: NDArray[np.int64], retrieval: NDArray[np.int64], train: NDArray[np.int64]) -> None:
    for name, part in (("retrieval", retrieval), ("train", train)):
        shared = np.intersect1d(query, part)
        if len(shared):
            raise DataError(f"{path}: query and {name} share {len(shared)} rows, the first is {shared[0]}")
    outside = np.setdiff1d(train, retrieval)
    if len(outside):
        raise DataError(
            f"{path}: train must be part of retrieval; {len(outside)} rows are not, the first is {outside[0]}"
        )
    if len(train) < 2:
        raise DataError(f"{path}: train must hold at least 2 rows, got {len(train)}")


def _labels(path: Path, array: NDArray[Any], n: int) -> NDArray[np.bool_]:
    expected = f"{path}: labels must have shape ({n}, classes), one column of 0 and 1 for each class"
    if array.shape in ((n,), (n, 1)) and array.dtype.kind in "fiub":
        # A column of 0 and 1 could be two classes or one label that some have; the one reading loses half of the queries.
        kinds = "one class number per pair" if array.ndim == 1 else "one column, as class numbers have"
        remedy = "numpy.eye(classes, dtype=bool)[numbers.ravel()] makes columns of class numbers counted from 0"
        raise DataError(f"{expected}, got {kinds}, of shape {array.shape}; {remedy}")
    if array.ndim != 2 or len(array) != n or array.shape[1] == 0:
        raise DataError(f"{expected}, got {array.shape}")
    if array.dtype.kind not in "fiub" or not np.isin(array, (0, 1)).all():
        raise DataError(f"{path}: labels must be 0 or 1, got dtype {array.dtype} with other values")
    return np.ascontiguousarray(array, dtype=bool)


def _parts(path: Path, arrays: dict[str, NDArray[Any]], n: int) -> Parts:
    """The optional parts of `n` pairs."""
    objects, words = (_ragged(path, key, arrays, n) for key in ("objects", "words"))
    if objects is not None:
        bare = np.flatnonzero(objects.counts == 0)
        if len(bare):
            raise DataError(
                f"{path}: every image needs an object, the whole image at least; {len(bare)} have none, the first is {bare[0]}"
            )
        if words is not None and words.rows.shape[1] != objects.rows.shape[1]:
            raise DataError(
                f"{path}: objects and words must be embedded in one space; "
                f"they have {objects.rows.shape[1]} and {words.rows.shape[1]} columns"
            )
    return Parts(objects, words, _word_unit(path, arrays))


def _ragged(path: Path, key: str, arrays: dict[str, NDArray[Any]], n: int) -> Ragged | None:
    """The lists of rows under `key` and `key`_ptr, one for each of `n` pairs, or None where the file has neither."""
    pointer = f"{key}_ptr"
    present = [name for name in (key, pointer) if name in arrays]
    if not present:
        return None
    if len(present) == 1:
        raise DataError(f"{path}: holds {present[0]} alone; {key} and {pointer} belong together")
    rows, ptr = features(f"{path}: {key}", arrays[key]), arrays[pointer]
    if ptr.shape != (n + 1,) or ptr.dtype.kind not in "iu":
        raise DataError(f"{path}: {pointer} must be {n + 1} integers, got shape {ptr.shape} of dtype {ptr.dtype}")
    if int(ptr[0]) != 0 or int(ptr[-1]) != len(rows):
        raise DataError(
            f"{path}: {pointer} must run from 0 to the {len(rows)} rows of {key}, got {ptr[0]} to {ptr[-1]}"
        )
    falls = np.flatnonzero(ptr[1:] < ptr[:-1])
    if len(falls):
        raise DataError(f"{path}: {pointer} must not fall; entry {falls[0] + 1} is less than the one before")
    return Ragged(rows, ptr.astype(np.int64))


def _word_unit(path: Path, arrays: dict[str, NDArray[Any]]) -> WordUnit:
    if "word_unit" not in arrays:
        return "word"
    found = arrays["word_unit"]
    for unit in get_args(WordUnit):
        if found.shape == () and str(found) == unit:
            return unit  # type: ignore[no-any-return]
    raise DataError(f"{path}: word_unit must be one of {', '.join(get_args(WordUnit))}, got {found!r}")


def read_rows(path: str | Path, key: str) -> NDArray[Any]:
    """The array of an .npy file, or the array `key` of an .npz file, never unpickled.

    Raises
    ------
    DataError
        The file is missing, unreadable, or has no such array.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected .npy, or .npz with the key {key}")
    try:
        with path.open("rb") as stream:
            loaded = np.load(stream, allow_pickle=False)
            if not isinstance(loaded, np.lib.npyio.NpzFile):
                return np.asarray(loaded)
            if key not in loaded:
                raise DataError(f"{path}: has no array {key}; it holds {', '.join(loaded.files)}")
            return np.asarray(loaded[key])
    except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: not a readable .npy or .npz file ({error})") from error
