"""The commands: the only place that reads arguments, prints and exits.

In come words of a command line, out go text and an exit code; no command knows how anything is computed.
"""

import sys
from importlib import import_module
from typing import NoReturn

__all__ = ["data_main", "encode_main", "export_main", "index_main", "search_main", "serve_main", "train_main"]


def train_main() -> NoReturn:
    """Entry point of `hint-train`."""
    _run("hint-train", "train", "main")


def encode_main() -> NoReturn:
    """Entry point of `hint-encode`."""
    _run("hint-encode", "encode", "main")


def index_main() -> NoReturn:
    """Entry point of `hint-index`."""
    _run("hint-index", "index", "main")


def export_main() -> NoReturn:
    """Entry point of `hint-export`."""
    _run("hint-export", "export", "main")


def data_main() -> NoReturn:
    """Entry point of `hint-data`."""
    _run("hint-data", "data", "main")


def search_main() -> NoReturn:
    """Entry point of `hint-search`."""
    _run("hint-search", "search", "main")


def serve_main() -> NoReturn:
    """Entry point of `hint-serve`."""
    _run("hint-serve", "serve", "main")


def _run(command: str, module: str, function: str) -> NoReturn:
    """Run a command; where hint-se was installed without its dependencies, say which one is missing."""
    if sys.argv[1:] == ["--version"]:
        from importlib.metadata import version

        print(f"{command} {version('hint-se')}")
        sys.exit()
    try:
        getattr(import_module(f"hint_train.cli.{module}"), function)()
    except ModuleNotFoundError as error:
        print(
            f"error: {command} needs {error.name}: pip install . in the sources of hint-se, without --no-deps",
            file=sys.stderr,
        )
    sys.exit(2)
