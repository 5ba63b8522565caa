"""The commands: the only place that reads arguments, prints and exits.

In come words of a command line, out go text and an exit code; no command knows how anything is computed.
"""

import sys
from importlib import import_module
from typing import NoReturn

__all__ = ["data_main", "encode_main", "train_main"]


def train_main() -> NoReturn:
    """Entry point of `hint-train`."""
    _run("hint-train", "train", "main")


def encode_main() -> NoReturn:
    """Entry point of `hint-encode`."""
    _run("hint-encode", "encode", "main")


def data_main() -> NoReturn:
    """Entry point of `hint-data`."""
    _run("hint-data", "data", "main")


def _run(command: str, module: str, function: str) -> NoReturn:
    """Run a command; where hint-se was installed without its dependencies, say which one is missing."""
    try:
        getattr(import_module(f"hint_train.cli.{module}"), function)()
    except ModuleNotFoundError as error:
        print(f"error: {command} needs {error.name}: pip install hint-se (without --no-deps)", file=sys.stderr)
    sys.exit(2)
