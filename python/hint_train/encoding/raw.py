"""Raw items, texts and pictures: told from rows of features, and turned into them."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from hint_train.data.featurizers import Featurizer
    from hint_train.data.pairs import Modality

_BLOCK = 64
"""Texts or paths at a time."""
_log = logging.getLogger(__name__)


def raw_items(items: object) -> list[Any] | None:
    """`items` as a list where they are texts, paths, PIL images or (h, w, 3) uint8 arrays; None where they are anything else.

    Raises
    ------
    DataError
        It is a single one, outside a list.
    """
    if _is_raw(items):
        what = f"{str(items)!r:.60}" if isinstance(items, str | os.PathLike) else type(items).__name__
        raise DataError(f"expected a list of items, got the single item {what}; put it into a list")
    if isinstance(items, np.ndarray) or hasattr(items, "to_numpy"):  # a column of a data frame
        column = np.asarray(items)
        if column.ndim not in (1, 4) or not len(column):
            return None
        items = list(column)
    if not isinstance(items, list | tuple) or not items:
        return None
    return list(items) if _is_raw(items[0]) else None


def raw_blocks(name: str, items: list[Any], featurizer: Featurizer) -> Iterator[NDArray[np.float32]]:
    """Features of raw items, block by block; of some that have none a warning is logged."""
    # What is in memory already goes at once, so that a message counts items from the first.
    size = _BLOCK if all(isinstance(item, str | os.PathLike) for item in items) else len(items)
    for start in range(0, len(items), size):
        features = featurizer.features(items[start : start + size])
        empty = _without_feature(features)
        if len(empty):
            _log.warning(
                "%s: %d of rows %d to %d have no feature at all, so that their codes mean nothing; the first is row %d, %.60r",
                *(name, len(empty), start, start + len(features) - 1, start + empty[0], items[start + empty[0]]),
            )
        yield features


def known_features(modality: Modality, items: Sequence[object], featurizer: Featurizer) -> NDArray[np.float32]:
    """Features of raw items that are questions: each must have some, or its code would mean nothing.

    Raises
    ------
    DataError
        The run knows nothing of an item, or it cannot be read.
    """
    features = featurizer.features(items)
    unknown = _without_feature(features)
    if len(unknown):
        item = items[unknown[0]]
        what = f"{str(item)!r:.60}" if isinstance(item, str | os.PathLike) else "it"
        raise DataError(
            f"{modality} {unknown[0]}: the run knows {'no word' if modality == 'text' else 'nothing'} of {what}, "
            "and its code would mean nothing"
        )
    return features


def _without_feature(features: NDArray[np.float32]) -> NDArray[np.int64]:
    return np.flatnonzero(~features.any(axis=1))


def _is_raw(item: object) -> bool:
    pillow = sys.modules.get("PIL.Image")  # who has an image has imported it
    if pillow is not None and isinstance(item, pillow.Image):
        return True
    if isinstance(item, np.ndarray):
        return item.ndim == 3 and item.dtype == np.uint8
    return isinstance(item, str | os.PathLike)


def unknown_words(text: str, featurizer: Featurizer) -> list[str]:
    """Words of a question that have no feature, each once; function words, which a list of words leaves out on purpose, are none."""
    from hint_train.data.featurizers.words import STOP_WORDS, Words

    return (
        [word for word in featurizer.unknown(text) if word not in STOP_WORDS] if isinstance(featurizer, Words) else []
    )
