"""A folder to hand on: the networks of a run as ONNX models, and the card that says what they are."""

from __future__ import annotations

import secrets
import shutil
from typing import TYPE_CHECKING

from hint_train.errors import ConfigError
from hint_train.export.model_card import CARD, model_card
from hint_train.export.onnx_model import onnx_model
from hint_train.report.result import read_result
from hint_train.whole import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from hint_train.encoding.saved import SavedRun

RESULT = "result.json"


def write_release(run: SavedRun, folder: Path, *, exact: bool = True) -> list[Path]:
    """Write `bits64-seed0-image.onnx` for every network of a run, and `MODEL_CARD.md`; the paths.

    Parameters
    ----------
    run
        What `hint_train.load` returned. The card has figures where `result.json` lies beside its model file.
    folder
        New or empty. It appears whole: what is written stands beside it until all is there.
    exact
        As `onnx_model` takes it.

    Raises
    ------
    ConfigError
        The folder is not free, or the package `onnx` is not installed.
    DataError
        A network is too large for the format, or `result.json` is none.
    OSError
        A file cannot be written; nothing remains then.
    """
    _check_free(folder)
    found = run.folder / RESULT
    result = read_result(found) if found.is_file() else None
    beside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.partial")
    try:
        beside.mkdir(parents=True)
        names = []
        for (bits, seed), pair in run.networks.items():
            for modality in pair:
                names.append(f"bits{bits}-seed{seed}-{modality}.onnx")
                model = onnx_model(run, modality=modality, bits=bits, seed=seed, exact=exact)
                write_atomically(beside / names[-1], model.SerializeToString(deterministic=True))
        write_atomically(beside / CARD, model_card(run, result, names).encode())
        beside.replace(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return [folder / name for name in (*names, CARD)]


def _check_free(folder: Path) -> None:
    try:
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        raise ConfigError(f"{folder} cannot be read ({error.strerror}); choose another folder") from error
    if taken:
        raise ConfigError(f"{folder} is not empty; choose a new folder")
