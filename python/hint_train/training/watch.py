"""Who looks on while a run goes through its stages, how long each stage takes, and how much memory all of them took."""

from __future__ import annotations

import platform
import resource
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from hint_train.training.trainer import Progress


@dataclass(frozen=True, slots=True)
class Watch:
    """Who looks on: called when a stage begins, as training goes on, and asked whether to stop."""

    stage: Callable[[str], None] = lambda _: None
    progress: Callable[[Progress], None] = lambda _: None
    stop: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class Clock:
    """Seconds by stage."""

    watch: Watch
    seconds: dict[str, float] = field(default_factory=dict)
    _stage: str = ""
    _since: float = field(default_factory=time.monotonic)

    def enter(self, stage: str) -> None:
        """End the stage that runs, and begin the next."""
        now = time.monotonic()
        if self._stage:
            self.seconds[self._stage] = round(self.seconds.get(self._stage, 0) + now - self._since, 3)
        self._stage, self._since = stage, now
        if stage:
            self.watch.stage(stage)

    def so_far(self) -> dict[str, float]:
        """Seconds by stage and in total, the stage that runs included."""
        own = self.seconds.get(self._stage, 0) + time.monotonic() - self._since
        seconds = self.seconds | {self._stage: round(own, 3)}
        return seconds | {"total": round(sum(seconds.values()), 3)}

    def finish(self) -> dict[str, float]:
        """End the last stage; seconds by stage and in total."""
        self.enter("")
        return self.seconds | {"total": round(sum(self.seconds.values()), 3)}


def peak_memory() -> int:
    """Greatest resident size of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if platform.system() == "Darwin" else peak * 1024  # kilobytes but on macOS
