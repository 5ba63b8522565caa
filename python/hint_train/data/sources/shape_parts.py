"""Objects and words of the built-in data set, embedded in one space: the features of pictures.

An object is the crop around a shape that was drawn. A word is embedded as what it means looks like: the mean of clean pictures of
it, which stands in for the text tower of a model such as CLIP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hint_train.data.featurizers.pixels import picture_features
from hint_train.data.parts import Ragged
from hint_train.data.sources.drawing import KINDS, SIZE, masks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_MARGIN = 3
"""Pixels of ground left around a shape: features tell shapes from the ground at the border of a picture."""
_GROUND = 85


def objects_of(
    pictures: NDArray[np.uint8],
    whole: NDArray[np.float32],
    used: NDArray[np.bool_],
    centre: NDArray[np.float32],
    radius: NDArray[np.float32],
) -> Ragged:
    """Features of the crop around every shape, and last the whole picture.

    Parameters
    ----------
    pictures, whole
        (n, SIZE, SIZE, 3) and their features (n, e).
    used, centre, radius
        (n, slots), (n, slots, 2) and (n, slots): which shapes there are, and where, in pixels.
    """
    row, slot = np.nonzero(used)
    reach = radius[row, slot] + _MARGIN
    steps = np.linspace(-1, 1, SIZE, dtype=np.float32)
    x, y = (
        np.clip(np.rint(centre[row, slot, axis][:, None] + reach[:, None] * steps), 0, SIZE - 1).astype(np.int64)
        for axis in (0, 1)
    )
    crops = picture_features(pictures[row[:, None, None], y[:, :, None], x[:, None, :]])
    counts = used.sum(axis=1) + 1
    ptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    rows = np.empty((ptr[-1], whole.shape[1]), dtype=np.float32)
    last = np.zeros(len(rows), dtype=bool)
    last[ptr[1:] - 1] = True
    rows[last], rows[~last] = whole, crops
    return Ragged(rows, ptr)


def words_of(
    captions: Sequence[str],
    meanings: Mapping[str, tuple[range, range]],
    colours: Sequence[tuple[int, int, int]],
) -> Ragged:
    """Embedding of every word of every caption, in order.

    Parameters
    ----------
    captions
        Words separated by spaces.
    meanings
        Kinds (numbers in `KINDS`) and colours that a word names; a word that is missing names all of them.
    colours
        Red, green and blue of each colour.
    """
    looks = _prototypes(colours)
    means = {word: looks[np.ix_(*meaning)].mean(axis=(0, 1)) for word, meaning in meanings.items()}
    anything = looks.mean(axis=(0, 1))
    said = [caption.split() for caption in captions]
    ptr = np.concatenate([[0], np.cumsum([len(words) for words in said])]).astype(np.int64)
    rows = [means.get(word, anything) for words in said for word in words]
    return Ragged(np.array(rows, dtype=np.float32).reshape(-1, looks.shape[2]), ptr)


def _prototypes(colours: Sequence[tuple[int, int, int]]) -> NDArray[np.float32]:
    """Features (kinds, colours, e) of each kind in each colour, alone in the middle of a plain picture."""
    shape = (len(KINDS), len(colours))
    canvas = np.full((*shape, SIZE, SIZE, 3), _GROUND, dtype=np.uint8)
    middle = np.full((1, 2), SIZE / 2, dtype=np.float32)
    radius, angle = np.full(1, 12, dtype=np.float32), np.zeros(1, dtype=np.float32)
    for kind, name in enumerate(KINDS):
        inside = masks(name, middle, radius, angle)[0]
        for colour, tint in enumerate(colours):
            canvas[kind, colour][inside] = tint
    return picture_features(canvas.reshape(-1, SIZE, SIZE, 3)).reshape(*shape, -1)
