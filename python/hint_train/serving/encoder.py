"""What is sent with a request to real-valued outputs of the network, together with what others send."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from hint_train.data.pairs import MODALITIES
from hint_train.encoding.raw import known_features, unknown_words
from hint_train.errors import TrainError
from hint_train.serving.batching import Batcher
from hint_train.serving.pictures import decode, opened
from hint_train.serving.refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from hint_train.encoding.saved import SavedRun
    from hint_train.serving.limits import Limits
    from hint_train.serving.measures import Measures
    from hint_train.serving.questions import Modality

    Outputs = NDArray[np.float32]

_log = logging.getLogger(__name__)


class Encoder:
    """A run's networks of one code length, behind a queue.

    Parameters
    ----------
    run
        Its networks and featurizers.
    bits, seed
        Which of the networks.
    weights
        Where the run's features are made by a network: its weights.
    """

    def __init__(
        self, run: SavedRun, bits: int, seed: int | None, weights: Path | None, limits: Limits, measures: Measures
    ) -> None:
        self._run, self._bits, self._seed, self._weights, self._limits = run, bits, seed, weights, limits
        self.asks: list[Modality] = [modality for modality in MODALITIES if self._encodes(modality)]
        # One thread: the queue is what waits.
        self._thread = ThreadPoolExecutor(1, "encode")
        self._batcher = Batcher(
            self._outputs,
            self._thread,
            max_items=limits.max_items,
            max_cost=limits.max_pixels,
            max_waiting=limits.max_waiting,
            done=measures.batch.observe,
        )

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Work while the block lasts."""
        task = asyncio.create_task(self._batcher.run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self._thread.shutdown(cancel_futures=True)

    async def texts(self, place: str, texts: Sequence[str]) -> Outputs:
        """Outputs (n, bits) of texts; `place` is the field that they came in."""
        self._count(place, texts)
        longest, most = max(map(len, texts)), self._limits.max_characters
        if longest > most:
            words = f"{place}: a text has {longest:,} characters, more than {most:,} (--max-characters)"
            raise RefusedError(422, words)
        return await self._batcher.rows(("text", "raw"), texts)

    async def pictures(self, place: str, encoded: Sequence[str]) -> Outputs:
        """Outputs (n, bits) of pictures in base64."""
        self._count(place, encoded)
        pictures = [opened(place, one, self._limits.max_pixels) for one in encoded]
        pixels, most = sum(picture.width * picture.height for picture in pictures), self._limits.max_pixels
        if pixels > most:
            raise RefusedError(413, f"{place}: together have {pixels:,} pixels, more than {most:,} (--max-pixels)")
        return await self._batcher.rows(("image", "raw"), pictures, pixels)

    async def features(self, rows: Sequence[Sequence[float]], modality: Modality) -> Outputs:
        """Outputs (n, bits) of rows of features."""
        self._count("features", rows)
        width = len(rows[0])
        if any(len(row) != width for row in rows):
            raise RefusedError(422, "features: all rows must have the same length")
        return await self._batcher.rows((modality, width), [np.array(row) for row in rows])

    def unknown_words(self, text: str) -> list[str]:
        """Words of a text that the run does not know."""
        return unknown_words(text, self._run.featurizer("text", self._weights))

    def _count(self, place: str, items: Sequence[object]) -> None:
        most = self._limits.max_items
        if len(items) > most:
            raise RefusedError(422, f"{place}: has {len(items):,} items, more than {most:,} (--max-items)")

    def _encodes(self, modality: Modality) -> bool:
        """Whether raw items become features; a network's weights are looked for now, and not at the first request."""
        described = self._run.featurizers
        if described is None or getattr(described, modality) is None:
            return False
        try:
            self._run.featurizer(modality, self._weights)
        except TrainError as error:
            _log.warning("only features of %ss are taken: %s", modality, error)
            return False
        return True

    def _outputs(self, key: Any, items: list[Any]) -> Outputs:
        """In the thread."""
        modality, form = key
        features = np.stack(items) if form != "raw" else self._features(modality, items)
        return self._run.outputs(features, modality=modality, bits=self._bits, seed=self._seed)

    def _features(self, modality: Modality, items: list[Any]) -> Outputs:
        for picture in items if modality == "image" else ():
            decode("picture", picture)
        return known_features(modality, items, self._run.featurizer(modality, self._weights))
