"""Progress of the command on stderr."""

from __future__ import annotations

import contextlib
from typing import NoReturn

from tqdm import tqdm


class Bar(contextlib.AbstractContextManager["Bar"]):
    """Progress on stderr, where that is a terminal: one bar a stage."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._stage = ""
        self._bar: tqdm[NoReturn] | None = None

    def __call__(self, stage: str, fraction: float) -> None:
        """Show the share of a stage that is done."""
        if stage != self._stage:
            self._close()
            self._stage = stage
            # disable=None: no bar where stderr is no terminal; miniters: fractions are no counts to learn a rhythm from
            self._bar = tqdm(
                total=1.0,
                desc=stage,
                bar_format="{desc:<12}{percentage:3.0f} %|{bar}| {elapsed}<{remaining}",
                disable=True if self._quiet else None,
                leave=False,
                miniters=0,
            )
        if self._bar is not None:
            self._bar.update(fraction - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar = None

    def __exit__(self, *_: object) -> None:
        self._close()
