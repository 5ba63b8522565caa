"""The command `hint-encode`: new rows to codes, by the networks of a finished run."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import tyro

from hint_train.cli.ending import exit_with
from hint_train.whole import check_output, written_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class _Encode:
    """Turn feature rows into packed codes with the networks of a finished run."""

    run: Annotated[Path, tyro.conf.Positional]
    """Output folder of hint-train, or the model.safetensors in it."""
    rows: Annotated[Path, tyro.conf.Positional]
    """Features: an .npy file of shape (n, d), or an .npz file that has the modality's key."""
    modality: Literal["image", "text"]
    """Which network encodes the rows."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """Where the codes go: .npy, uint8 of shape (n, bits / 8), least significant bit first; an existing file is replaced."""
    bits: int | None = None
    """Code length, where the run has several."""
    seed: int | None = None
    """Seed, where the run has several; the first by default."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point of `hint-encode`."""
    exit_with(lambda: _encode(sys.argv[1:] if arguments is None else arguments), "interrupted; no file was written")


def _encode(arguments: Sequence[str]) -> None:
    chosen = tyro.cli(_Encode, args=arguments, prog="hint-encode")
    check_output(chosen.out, ".npy", [chosen.rows])
    import numpy as np

    from hint_train.data.formats.npz import read_rows
    from hint_train.training.saved import load

    run = load(chosen.run)
    rows = read_rows(chosen.rows, chosen.modality)
    codes = run.encode(rows, modality=chosen.modality, bits=chosen.bits, seed=chosen.seed)
    with written_atomically(chosen.out) as stream:
        np.save(stream, codes, allow_pickle=False)
