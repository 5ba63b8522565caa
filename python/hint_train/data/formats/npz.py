"""Reader of the project's own format: one .npz file of arrays, never unpickled.

Keys: `image` (N, d), `text` (N, d'), `query`, `retrieval` (row numbers); optional `labels` (N, c) of 0 and 1 and `train`
(row numbers, all of `retrieval` where missing). Features in float32 that `numpy.savez` stored without compression are mapped into
memory, so that they may be larger than it. Optional parts of the pairs: `objects` (R, e) with `objects_ptr` (N + 1,),
`words` (W, e) with `words_ptr`, and `word_unit`. Optional, too: `ids` and `captions`, (N,) strings, and `featurizers`, one string.
Other keys are ignored.
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, get_args

import numpy as np

from hint_train.data.featurizers import Featurizers
from hint_train.data.featurizers.record import MAX_CHARACTERS
from hint_train.data.formats.arrays import check_split, features, labels_of, rows
from hint_train.data.formats.npy import read_header
from hint_train.data.formats.stored import zero_rows
from hint_train.data.formats.texts import distinct, read_texts
from hint_train.data.pairs import PairedData
from hint_train.data.parts import Parts, Ragged, WordUnit
from hint_train.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BYTES = 64 * 2**30
_MAPPED_BYTES = 2**27
"""Arrays of this size are mapped into memory instead of read, where that is possible."""
_REQUIRED = ("image", "text", "query", "retrieval")
_TEXTS = ("ids", "captions")
_OPTIONAL = ("labels", "train", "objects", "objects_ptr", "words", "words_ptr", "word_unit", "featurizers")


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
        arrays, texts = _read_arrays(path, max_bytes)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: not a readable .npz file ({error})") from error
    return _checked(path, arrays, texts)


def _read_arrays(path: Path, max_bytes: int) -> tuple[dict[str, NDArray[Any]], dict[str, tuple[str, ...]]]:
    arrays: dict[str, NDArray[Any]] = {}
    texts: dict[str, tuple[str, ...]] = {}
    with zipfile.ZipFile(path) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        missing = [key for key in _REQUIRED if key not in members]
        if missing:
            raise DataError(f"{path}: missing {', '.join(missing)}; it holds {', '.join(sorted(members)) or 'nothing'}")
        wanted = [key for key in (*_REQUIRED, *_OPTIONAL, *_TEXTS) if key in members]
        declared = 0
        for key in wanted:
            with archive.open(members[key]) as stream:
                declared += _declared_bytes(path, key, stream, members[key].file_size)
        if declared > max_bytes:
            raise DataError(f"{path}: declares {declared:,} bytes of arrays, more than the limit of {max_bytes:,}")
        for key in wanted:
            if key in _TEXTS:
                with archive.open(members[key]) as stream:
                    shape, _, dtype = read_header(stream)
                    texts[key] = read_texts(f"{path}: {key}", stream, shape, dtype)
                continue
            mapped = _mapped(path, members[key])
            if mapped is not None:
                arrays[key] = mapped
                continue
            with archive.open(members[key]) as stream:
                arrays[key] = np.lib.format.read_array(stream, allow_pickle=False)
    return arrays, texts


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
        shape, fortran, dtype = read_header(stream)
        start = stream.tell()
    if dtype != np.dtype(np.float32) or fortran:
        return None
    return np.asarray(np.memmap(path, dtype, mode="c", offset=start, shape=shape))


def _declared_bytes(path: Path, key: str, stream: IO[bytes], stored: int) -> int:
    """Size that the header of one array declares; it must be what the archive stores."""
    shape, _, dtype = read_header(stream)
    if dtype.hasobject:
        raise DataError(f"{path}: {key} holds Python objects; expected numbers")
    size = math.prod(shape) * dtype.itemsize
    if key == "featurizers" and size > 4 * MAX_CHARACTERS:
        raise DataError(f"{path}: featurizers declares {size:,} bytes, more than the limit of {4 * MAX_CHARACTERS:,}")
    if stream.tell() + size != stored:
        raise DataError(f"{path}: {key} declares {size:,} bytes of shape {shape}, but {stored:,} are stored")
    return size


def _checked(path: Path, arrays: dict[str, NDArray[Any]], texts: dict[str, tuple[str, ...]]) -> PairedData:
    image = features(f"{path}: image", arrays["image"])
    text = features(f"{path}: text", arrays["text"])
    n = len(image)
    if len(text) != n:
        raise DataError(f"{path}: image has {n} rows and text {len(text)}; expected one text per image")
    query = rows(f"{path}: query", arrays["query"], n)
    retrieval = rows(f"{path}: retrieval", arrays["retrieval"], n)
    train = rows(f"{path}: train", arrays["train"], n) if "train" in arrays else retrieval
    check_split(path, query, retrieval, train)
    labels = labels_of(path, arrays["labels"], n) if "labels" in arrays else None
    notes = zero_rows("texts", text)
    for key, lines in texts.items():
        if len(lines) != n:
            raise DataError(f"{path}: {key} must hold {n} strings, one for each pair, got {len(lines)}")
    if "ids" in texts:
        distinct(f"{path}: ids", texts["ids"])
    return PairedData(
        path.stem,
        image,
        text,
        labels,
        query,
        retrieval,
        train,
        parts=_parts(path, arrays, n),
        notes=notes,
        ids=texts.get("ids"),
        captions=texts.get("captions"),
        featurizers=_featurizers(path, arrays, image.shape[1], text.shape[1]),
    )


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


def _featurizers(path: Path, arrays: dict[str, NDArray[Any]], image: int, text: int) -> Featurizers | None:
    """What made features of these widths, where the file says it."""
    if "featurizers" not in arrays:
        return None
    found = arrays["featurizers"]
    if found.shape != () or found.dtype.kind != "U":
        raise DataError(f"{path}: featurizers must be one string, got shape {found.shape} of dtype {found.dtype}")
    featurizers = Featurizers.from_json(str(found), f"{path}: featurizers")
    featurizers.check_widths(str(path), image, text)
    return featurizers


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
