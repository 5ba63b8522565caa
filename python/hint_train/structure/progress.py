"""Long loops over blocks that say now and then how far they are."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_log = logging.getLogger(__name__)
_SECONDS_BETWEEN_LINES = 10.0
Item = TypeVar("Item")


def told(items: Sequence[Item], what: str) -> Iterator[Item]:
    """The `items` in turn; a line of the log every ten seconds says how many of them are done."""
    said = time.monotonic()
    for done, item in enumerate(items):
        if time.monotonic() - said >= _SECONDS_BETWEEN_LINES:
            said = time.monotonic()
            _log.info("%s: %d of %d blocks", what, done, len(items))
        yield item
