"""The command `hint-export`: the networks of a run for other programs, with a card that says what they are."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import tyro

from hint_train.cli.ending import exit_with
from hint_train.cli.hints import light

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class _Export:
    """Write the networks of a finished run as ONNX models, from features to packed codes, with a model card."""

    run: Annotated[Path, tyro.conf.Positional]
    """Output folder of hint-train, or the model.safetensors in it."""
    onnx: Path
    """Where they go: a folder, new or empty. One model for each modality, code length and seed, and MODEL_CARD.md."""
    single_precision: bool = False
    """float32 throughout, for runtimes without float64: bits whose output is within rounding of 0 may differ from the library's."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point of `hint-export`."""
    exit_with(lambda: _export(sys.argv[1:] if arguments is None else arguments), "interrupted; nothing was written")


def _export(arguments: Sequence[str]) -> None:
    chosen = tyro.cli(light(_Export), args=arguments, prog="hint-export", config=(tyro.conf.DisallowNone,))
    from hint_train.encoding.saved import load
    from hint_train.export.release import write_release

    for path in write_release(load(chosen.run), chosen.onnx, exact=not chosen.single_precision):
        print(path)
