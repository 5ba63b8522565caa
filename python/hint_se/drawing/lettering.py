"""Words that fit their boxes, in fonts that have their letters. Lengths are in points, 1/72 inch."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from hint_se.drawing.names import broken

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = [
    "LARGEST",
    "LEADING",
    "SMALLEST",
    "Fonts",
    "fitted",
    "fonts_for",
    "label",
    "width_of",
    "without_math",
    "writable",
]

#: Families, the first that has a letter draws it; empty for those of matplotlib's settings.
Fonts: TypeAlias = tuple[str, ...]
#: Size of letters: what is smaller cannot be read, what is larger shouts.
SMALLEST, LARGEST = 5.5, 8.0
#: Line height over font size.
LEADING = 1.2
# Letters of the least part of a word. Share of the width that may be filled: hinted letters are wider than their outlines.
_PART, _FILLED = 4, 0.91
# Fonts of single symbols, whose tables of letters name other ones.
_SYMBOLS = ("Last Resort", "cm", "STIXSize", "STIXNonUnicode")


def label(
    ax: Axes,
    at: tuple[float, float],
    words: Iterable[str],
    room: tuple[float, float],
    colour: Any,
    *,
    fonts: Fonts = (),
    lines: int = 1,
    **options: object,
) -> None:
    """Write the first of some words that fits a room of width x height points, as large as it may; else none."""
    for text in words:
        found = fitted(text, *room, fonts=fonts, lines=lines)
        if found is not None:
            shown, size = found
            style: dict[str, Any] = {
                "ha": "center",
                "va": "center",
                "rotation_mode": "anchor",
                "linespacing": LEADING,
                "fontsize": size,
            }
            style |= {"fontfamily": list(fonts) or None, "color": colour, "clip_on": True} | options
            without_math(ax.text(*at, shown, **style))
            return


def fitted(text: str, width: float, height: float, *, fonts: Fonts = (), lines: int = 1) -> tuple[str, float] | None:
    """Return a text in lines and the font size at which it fits, None where it could not be read.

    Lines end between words where that does, else anywhere.
    """
    lines = min(lines, int(height / (SMALLEST * LEADING)))
    # Measuring is slow, and few letters that can be read are narrower than this.
    if lines < 1 or width * lines < 0.25 * SMALLEST * len(text) or not text.strip():
        return None
    for anywhere in (False, True):
        best, largest = "", 0.0
        for count in range(1, min(lines, max(1, len(text) // _PART if anywhere else lines)) + 1):
            parts = broken(text, count, anywhere=anywhere)
            widest = max(width_of(part, fonts) for part in parts)
            size = min(LARGEST, height / LEADING / len(parts), _FILLED * width / widest)
            # Fewer lines are read faster than larger letters.
            if size > 1.1 * largest:
                best, largest = "\n".join(parts), size
            if largest >= 0.9 * LARGEST:
                break
        if largest >= SMALLEST:
            return best, largest
    return None


@lru_cache(maxsize=8192)
def width_of(text: str, fonts: Fonts = ()) -> float:
    """Return the width of a line at size 1."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    style = FontProperties(family=list(fonts) or None, size=10)
    width, _, _ = text_to_path.get_text_width_height_descent(text, style, ismath=False)
    return max(float(width) / 10, 0.01)


def fonts_for(texts: Sequence[str]) -> tuple[Fonts, frozenset[str]]:
    """Return families that have the letters of some texts, and the letters that no installed font has.

    Those of matplotlib's settings come first, and alone where they are enough: then no families are returned.
    """
    from matplotlib.font_manager import FontProperties, findfont, fontManager

    own = FontProperties().get_family()
    missing = {ord(letter) for letter in set().union(*texts) if not letter.isspace()}
    for family in own:
        # In a list: a name on its own is read as a pattern, in which a hyphen ends the family.
        missing -= _letters(findfont(FontProperties(family=[family])))
    more: list[str] = []
    there = {font.name: font.fname for font in fontManager.ttflist if (font.style, font.weight) == ("normal", 400)}
    for family in sorted(there, key=lambda name: ("Sans" not in name, name)):
        if not missing:
            break
        if not family.startswith(_SYMBOLS) and (found := missing & _letters(there[family])):
            missing -= found
            more.append(family)
    return (*own, *more) if more else (), frozenset(map(chr, missing))


@lru_cache(maxsize=512)
def _letters(path: str) -> frozenset[int]:
    from matplotlib.font_manager import get_font

    return frozenset(get_font(path).get_charmap())


def writable(texts: list[str], missing: frozenset[str]) -> list[str]:
    """Return the names of leaves, "leaf 7" in place of the eighth where no font has all its letters, and warn of that."""
    if not missing:
        return texts
    odd = [leaf for leaf, text in enumerate(texts) if not missing.isdisjoint(text)]
    warnings.warn(
        f"no installed font has the letters {''.join(sorted(missing))[:20]} of {len(odd):,} names; they are drawn by number, "
        f"such as 'leaf {odd[0]}' for {texts[odd[0]][:40]!r}: install a font that has them",
        UserWarning,
        stacklevel=5,
    )
    instead = {leaf: f"leaf {leaf}" for leaf in odd}
    return [instead.get(leaf, text) for leaf, text in enumerate(texts)]


def without_math(text: Text) -> None:
    """Show a text as it is: a dollar sign in a name starts no formula."""
    text.set_parse_math(False)
