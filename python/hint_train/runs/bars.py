"""Progress of a run on stderr: a bar where that is a terminal, else a line of the log now and then."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hint_train.training.trainer import Progress

_log = logging.getLogger(__name__)
_SECONDS_BETWEEN_LINES = 10.0


class Bars(contextlib.AbstractContextManager["Bars"]):
    """Loss, lambda, bit imbalance and time left of the whole run: all code lengths and seeds, their evaluation included."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: tqdm[Any] | None = None
        self._began: tuple[float, int] | None = None
        self._said = 0.0

    def stage(self, name: str) -> None:
        """Say which stage begins; those of a code length and seed show in the bar."""
        if name in ("load", "prepare", "report"):
            self._close()
            _log.info("%s ...", name)

    def progress(self, now: Progress) -> None:
        """Move the bar, or say where the run is if nothing was said for a while."""
        if self._quiet:
            return
        done, total = now.cell * now.n_steps + now.step, now.n_cells * now.n_steps
        if sys.stderr.isatty():
            try:
                if self._bar is None:
                    self._bar = tqdm(total=total, initial=done)
                self._bar.set_description(place(now), refresh=False)
                self._bar.set_postfix(figures(now.means), refresh=False)
                self._bar.update(done - self._bar.n)
            except OSError:  # the terminal is gone, and the run has a checkpoint to write
                self._quiet = True
            return
        moment = time.monotonic()
        if self._began is None:
            self._began, self._said = (moment, done), moment
        if moment - self._said >= _SECONDS_BETWEEN_LINES:
            since, before = self._began
            left = (total - done) * (moment - since) / max(1, done - before)
            listed = ", ".join(f"{name} {value}" for name, value in figures(now.means).items())
            _log.info("%s: %s, %s left", place(now), listed, tqdm.format_interval(left))
            self._said = moment

    def _close(self) -> None:
        if self._bar is not None:
            with contextlib.suppress(OSError):
                self._bar.close()
        self._bar = None

    def __exit__(self, *_: object) -> None:
        self._close()


def place(now: Progress) -> str:
    """Where a run is, in words."""
    return f"{now.bits} bits, seed {now.seed}, epoch {now.epoch + 1}/{now.n_epochs}"


def figures(means: Mapping[str, float]) -> dict[str, str]:
    """What is worth a look while training goes on: the loss, lambda, and the imbalance that the last epoch ended with."""
    return {k: f"{v:.4g}" for k, v in means.items() if k in ("loss", "imbalance") or k.startswith("lambda")}
