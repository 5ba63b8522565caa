"""The command `hint-index`: the database of a finished run in the form that a search engine loads."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import tyro

from hint_train.cli.ending import exit_with
from hint_train.cli.hints import light
from hint_train.export.conventions import CONVENTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Engine = str
else:
    Engine = Literal[*CONVENTIONS]


@dataclass(frozen=True, slots=True)
class _Index:
    """Write the database codes of a finished run as a search engine loads them, with a side-car that says how they are packed.

    $ hint-index runs/a --to pgvector -o shapes-pgvector
    $ psql -v ON_ERROR_STOP=1 -f shapes-pgvector/codes.sql
    """

    run: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
    """Output folder of hint-train."""
    to: Engine
    """The engine."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """The folder to write, new or empty; it appears whole or not at all."""
    modality: Literal["image", "text"] = "image"
    """Of the items that are to be found."""
    bits: int | None = None
    """Code length, where the run has several."""
    seed: int | None = None
    """Seed, where the run has several; the first by default."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point of `hint-index`."""
    exit_with(lambda: _index(sys.argv[1:] if arguments is None else arguments), "interrupted; nothing was written")


def _index(arguments: Sequence[str]) -> None:
    chosen = tyro.cli(light(_Index), args=arguments, prog="hint-index", config=(tyro.conf.DisallowNone,))

    from hint_train.encoding.saved import load
    from hint_train.export.of_run import database_of
    from hint_train.export.whole_folder import SIDECAR, check_new, write_index

    check_new(chosen.out)
    codes, about = database_of(load(chosen.run), modality=chosen.modality, bits=chosen.bits, seed=chosen.seed)
    write_index(chosen.out, codes, to=chosen.to, about=about, progress=_shown)
    print(f"{len(codes.codes)} items, {len(codes.distinct)} distinct codes of {codes.bits} bits: {chosen.out}")
    print(f"  {', '.join(sorted(path.name for path in chosen.out.iterdir() if path.name != SIDECAR))}, and {SIDECAR}")


def _shown(blocks: range) -> Iterable[int]:
    from tqdm import tqdm

    shown: Iterable[int] = tqdm(blocks, desc="blocks", disable=None, delay=1, leave=False)
    return shown
