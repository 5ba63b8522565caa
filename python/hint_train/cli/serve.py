"""The command `hint-serve`: a run behind HTTP, and a page to search with."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import tyro

from hint_train.cli.docstrings import unwrap
from hint_train.cli.ending import exit_with, handled
from hint_train.cli.hints import light
from hint_train.errors import ConfigError
from hint_train.serving.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class _Serve:
    """Answer requests for codes and neighbours, and serve a page to search with, until Ctrl-C or SIGTERM.

    The address is printed when the service answers; requests are logged to stderr.
    """

    run: Annotated[Path, tyro.conf.Positional]
    """Output folder of hint-train."""
    index: Path | None = None
    """Folder of a saved index to search instead of the run's own database."""
    index_modality: Literal["image", "text"] = "image"
    """What the codes of --index are codes of."""
    images: Path | None = None
    """Folder of pictures that are named as the items are, to show beside results; links out of it are not followed."""
    host: str = "127.0.0.1"
    """Address to listen at; 0.0.0.0 for all of this machine, whoever may reach it."""
    port: int = 8000
    """Port to listen at; 0 for any that is free."""
    bits: int | None = None
    """Code length, where the run has several."""
    seed: int | None = None
    """Seed, where the run has several; the first by default."""
    weights: Path | None = None
    """File of weights, or its folder, where the run's features are made by a network."""
    limits: Annotated[Limits, tyro.conf.arg(name="")] = field(default_factory=Limits)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point of `hint-serve`."""
    exit_with(lambda: _serve(sys.argv[1:] if arguments is None else arguments))


def _serve(arguments: Sequence[str]) -> None:
    unwrap(_Serve)
    chosen = tyro.cli(light(_Serve), args=arguments, prog="hint-serve", config=(tyro.conf.DisallowNone,))
    try:
        from hint_train.serving.app import create_app
        from hint_train.serving.server import Stopper, address_of, bind, serve
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"hint-serve needs {error.name}, which is not installed: pip install '.[serve]' in the sources of hint-se"
        ) from error
    from hint_train.encoding.saved import load
    from hint_train.serving.start import what_is_searched, what_is_shown

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    stopper = Stopper()
    with bind(chosen.host, chosen.port) as taken:
        run = load(chosen.run)
        indexes = what_is_searched(
            run, chosen.index, modality=chosen.index_modality, bits=chosen.bits, seed=chosen.seed
        )
        shown = what_is_shown(run, indexes, chosen.images, chosen.limits.max_pixels)
        app = create_app(run, indexes, shown=shown, limits=chosen.limits, seed=chosen.seed, weights=chosen.weights)

        def ready() -> None:
            count = max(map(len, indexes.values()))
            print(f"{count:,} items at {address_of(taken)}  (Ctrl-C ends it)", flush=True)

        with handled(stopper):
            serve(app, taken, stopper, chosen.limits.max_seconds, ready)
