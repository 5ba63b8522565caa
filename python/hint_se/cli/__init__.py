"""The command `hint-se`: the only place of hint_se that reads arguments, prints and exits.

In come words of a command line, out go text, files and an exit code. How anything is computed is left to the rooms below.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from hint_se import __version__
from hint_se.optional import optional

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point of `hint-se`."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] == ["--version"]:
        print(f"hint-se {__version__}")
        sys.exit(0)
    try:
        with optional("tyro", "tqdm", needed_by="the command hint-se"):
            # Whoever asks for help, or mistypes, does not wait for NumPy.
            from hint_se.cli.arguments import parse

            chosen = parse(words)
            from hint_se.cli.commands import run
    except ModuleNotFoundError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    sys.exit(run(chosen))
