"""The built-in data set: pictures of coloured shapes with captions, drawn from a seed.

Each picture shows one to three shapes on a cluttered, noisy ground; its caption names them, with synonyms, omissions,
mistakes and words that say nothing. Classes form a hierarchy of three levels: 4 families, 12 kinds of shape, 72 kinds in a
colour. Features are computed from the pixels, so nothing but the picture links a row to its class. Objects are the true shapes,
cropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hint_train.data.featurizers.pixels import Pixels
from hint_train.data.featurizers.record import Featurizers
from hint_train.data.featurizers.words import Words
from hint_train.data.pairs import Gallery, PairedData
from hint_train.data.parts import Parts
from hint_train.data.sources.drawing import KINDS, SIZE, masks
from hint_train.data.sources.shape_parts import objects_of, words_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

KIND_NAMES = tuple(KINDS)
FAMILIES = ("round", "angular", "pointed", "straight")
"""Family f holds the kinds 3f, 3f + 1 and 3f + 2."""
COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (214, 48, 40),
    "orange": (240, 150, 30),
    "green": (60, 160, 70),
    "blue": (50, 90, 200),
    "violet": (140, 70, 170),
    "white": (235, 235, 230),
}
_SYNONYMS = {
    "disc": ("disc", "circle", "dot"),
    "ring": ("ring", "hoop"),
    "crescent": ("crescent", "moon"),
    "triangle": ("triangle", "wedge"),
    "square": ("square", "box"),
    "hexagon": ("hexagon", "honeycomb"),
    "star": ("star",),
    "sun": ("sun", "gear"),
    "cross": ("cross", "plus"),
    "bar": ("bar", "stick", "line"),
    "stripes": ("stripes", "rails"),
    "corner": ("corner", "bracket"),
    "red": ("red", "crimson"),
    "orange": ("orange", "amber"),
    "green": ("green", "emerald"),
    "blue": ("blue", "navy"),
    "violet": ("violet", "purple"),
    "white": ("white", "pale"),
}
_FILLER = (
    "a",
    "the",
    "with",
    "and",
    "near",
    "beside",
    "above",
    "below",
    "picture",
    "image",
    "of",
    "some",
    "very",
    "nice",
    "big",
    "small",
    "tiny",
    "large",
    "bright",
    "dark",
    "photo",
    "drawing",
    "shows",
    "seen",
    "on",
    "in",
    "over",
    "left",
    "right",
    "plain",
    "simple",
    "odd",
    "old",
    "new",
    "scene",
    "sketch",
    "here",
    "there",
    "one",
    "two",
    "three",
    "today",
)
_N_COLOURS = len(COLOURS)
_SLOTS = 3


@dataclass(frozen=True, slots=True)
class _Places:
    """Where n pictures show their shapes, in pixels: (n, slots, 2) and (n, slots)."""

    centre: NDArray[np.float32]
    radius: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Scenes:
    """What n pictures show: kinds and colours (n, slots), and which slots are used."""

    kind: NDArray[np.int64]
    colour: NDArray[np.int64]
    used: NDArray[np.bool_]


def shapes(n: int = 3000, *, n_query: int = 500, seed: int = 0) -> PairedData:
    """Draw the data set.

    Parameters
    ----------
    n
        Number of pairs.
    n_query
        The first rows are queries, the rest is database and training set.
    seed
        The same seed gives the same bytes.

    Returns
    -------
    data
        With labels (n, 12): the kinds that a picture shows. Takes about a second for 3,000 pairs.
    """
    rng = np.random.default_rng(seed)
    scenes = _imagine(rng, n)
    pictures, places = _draw(rng, scenes)
    captions = _describe(rng, scenes)
    looks, says = Pixels(SIZE), Words(tuple(sorted({word for caption in captions for word in caption.split()})))
    image = looks.rows(pictures, ())
    objects = objects_of(pictures, image, scenes.used, places.centre, places.radius)
    words = words_of(captions, _meanings(), tuple(COLOURS.values()))
    rest = np.arange(n_query, n, dtype=np.int64)
    return PairedData(
        name="shapes",
        image=image,
        text=says.features(captions),
        labels=hierarchy(scenes)["kind"],
        query=np.arange(n_query, dtype=np.int64),
        retrieval=rest,
        train=rest,
        gallery=Gallery(pictures, captions),
        parts=Parts(objects, words),
        ids=tuple(f"shape-{i}" for i in range(n)),
        captions=captions,
        featurizers=Featurizers(looks.description(), says.description()),
    )


def _imagine(rng: np.random.Generator, n: int) -> _Scenes:
    """Draw what is shown: the first shape freely, the others mostly from its family."""
    kind = rng.integers(len(KIND_NAMES), size=(n, _SLOTS))
    related = rng.random((n, _SLOTS)) < 0.75
    kind = np.where(related, kind[:, :1] // 3 * 3 + kind % 3, kind)
    kind[:, 1:] = np.where(rng.random((n, _SLOTS - 1)) < 0.4, kind[:, :1], kind[:, 1:])
    colour = rng.integers(_N_COLOURS, size=(n, _SLOTS))
    count = rng.choice([1, 2, 3], p=[0.65, 0.25, 0.1], size=n)
    return _Scenes(kind, colour, np.arange(_SLOTS) < count[:, None])


def hierarchy(scenes: _Scenes) -> dict[str, NDArray[np.bool_]]:
    """Labels of the three levels, coarse to fine: `family` (n, 4), `kind` (n, 12), `coloured` (n, 72)."""
    n = len(scenes.kind)
    row, slot = np.nonzero(scenes.used)
    kind, colour = scenes.kind[row, slot], scenes.colour[row, slot]
    levels = {"family": (kind // 3, 4), "kind": (kind, 12), "coloured": (kind * _N_COLOURS + colour, 12 * _N_COLOURS)}
    out = {}
    for name, (label, classes) in levels.items():
        table = np.zeros((n, classes), dtype=bool)
        table[row, label] = True
        out[name] = table
    return out


def _meanings() -> dict[str, tuple[range, range]]:
    """Kinds and colours that a word names: a kind in all colours, a colour on all kinds, a family."""
    kinds, tints = range(len(KIND_NAMES)), range(_N_COLOURS)
    named = {word: (kinds[i : i + 1], tints) for i, kind in enumerate(KIND_NAMES) for word in _SYNONYMS[kind]}
    named |= {word: (kinds, tints[i : i + 1]) for i, colour in enumerate(COLOURS) for word in _SYNONYMS[colour]}
    return named | {family: (kinds[3 * f : 3 * f + 3], tints) for f, family in enumerate(FAMILIES)}


def _draw(rng: np.random.Generator, scenes: _Scenes) -> tuple[NDArray[np.uint8], _Places]:
    n = len(scenes.kind)
    places = _Places(np.empty((n, _SLOTS, 2), dtype=np.float32), np.empty((n, _SLOTS), dtype=np.float32))
    palette = np.array(list(COLOURS.values()), dtype=np.float32)
    ground = rng.uniform(20, 150, size=(n, 1, 1, 1)) + rng.uniform(-25, 25, size=(n, 1, 1, 3))
    slope = rng.uniform(-40, 40, size=(n, 1, 1, 1)) * np.linspace(-1, 1, SIZE)[:, None, None]
    canvas = np.broadcast_to(ground + slope, (n, SIZE, SIZE, 3)).astype(np.float32)
    for _ in range(2):  # clutter below the shapes: small bars that belong to no class
        angle = rng.uniform(0, np.pi, n).astype(np.float32)
        spot = masks("bar", _anywhere(rng, n), rng.uniform(2, 4, n).astype(np.float32), angle)
        canvas[spot] = np.broadcast_to(rng.uniform(0, 255, size=(n, 1, 1, 3)), canvas.shape)[spot]
    for slot in range(_SLOTS):
        centre = _anywhere(rng, n)
        radius = rng.uniform(7, 10, n).astype(np.float32) * np.float32(1 if slot == 0 else 0.6)
        angle = rng.normal(0, 0.15, n).astype(np.float32)
        tint = palette[scenes.colour[:, slot]] + rng.normal(0, 18, size=(n, 3)).astype(np.float32)
        for index, name in enumerate(KIND_NAMES):
            rows = np.flatnonzero(scenes.used[:, slot] & (scenes.kind[:, slot] == index))
            row, y, x = np.nonzero(masks(name, centre[rows], radius[rows], angle[rows]))
            canvas[rows[row], y, x] = tint[rows[row]]
        places.centre[:, slot], places.radius[:, slot] = centre, radius
    canvas += rng.normal(0, 12, size=canvas.shape).astype(np.float32)
    return np.clip(canvas, 0, 255).astype(np.uint8), places


def _anywhere(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    return rng.uniform(9, SIZE - 9, size=(n, 2)).astype(np.float32)


def _describe(rng: np.random.Generator, scenes: _Scenes) -> tuple[str, ...]:
    colours = tuple(COLOURS)
    captions = []
    for kinds, tints, used in zip(scenes.kind, scenes.colour, scenes.used, strict=True):
        words: list[str] = []
        for kind, tint, shown in zip(kinds, tints, used, strict=True):
            if not shown:
                continue
            said = KIND_NAMES[kind] if rng.random() > 0.06 else KIND_NAMES[rng.integers(12)]  # a slip of the pen
            words += [str(rng.choice(_FILLER)) for _ in range(rng.integers(3))]
            if rng.random() < 0.75:
                words.append(str(rng.choice(_SYNONYMS[colours[tint]])))
            if rng.random() < 0.9:
                words.append(str(rng.choice(_SYNONYMS[said])))
            elif rng.random() < 0.5:
                words.append(FAMILIES[kind // 3])
        captions.append(" ".join(words))
    return tuple(captions)
