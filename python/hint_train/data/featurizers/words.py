"""Captions, titles and lists of tags to bags of words."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import DTypeLike, NDArray

    from hint_train.data.featurizers.fields import Fields

TokenRule = Literal["unicode", "ascii", "tags"]

N_WORDS = 2026
"""Size of the word list that the field uses for COCO."""

STOP_WORDS = frozenset(
    """
    a about above across after again against all along also am among an and another any are around as at away
    back be because been before behind being below beneath beside between both but by can could did do does doing done
    down during each either else ever every few for from further get gets getting had has have having he her here hers
    herself him himself his how i if in inside into is it its itself just let like many may me might more most much must
    my myself near next no nor not now of off on once one only onto or other others our ours ourselves out outside over
    own per same several shall she should since so some still such than that the their theirs them themselves then there
    these they this those through to together too toward towards under until up upon us very was we were what when where
    which while who whom whose why will with within without would yet you your yours yourself
    b c d e f g h j k l m n o p q r s t u v w x y z ll re ve don isn doesn didn
    """.split()  # noqa: SIM905 - a list of 170 quoted words is no easier to read
)
"""Function words of English, single letters and what apostrophes leave behind. Fixed: another list gives other features."""

_ASCII = re.compile(r"[a-z0-9]+")


class _Letters(dict[int, str]):
    """Table for `str.translate`: letters, digits and the marks on them stay, anything else parts words."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        self[code] = letter if unicodedata.category(letter)[0] in "LNM" else " "
        return self[code]


_LETTERS = _Letters()


def _unicode_words(text: str) -> list[str]:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower()).translate(_LETTERS).split()


def _ascii_words(text: str) -> list[str]:
    return _ASCII.findall(text.lower())


def _tags(text: str) -> list[str]:
    return [tag for tag in map(str.strip, text.split(",")) if tag]


RULES: Mapping[TokenRule, Callable[[str], list[str]]] = {
    "unicode": _unicode_words,
    "ascii": _ascii_words,
    "tags": _tags,
}
"""How a text becomes words: runs of letters and digits of any script after Unicode's NFKC and lower-casing; runs of ASCII letters
and digits after lower-casing; what stands between commas, as it is."""


def tokens(text: str, rule: TokenRule) -> list[str]:
    """The words of `text`, in order.

    Examples
    --------
    >>> tokens("A man's T-shirt, größer", "unicode")
    ['a', 'man', 's', 't', 'shirt', 'größer']
    >>> tokens("A man's T-shirt, größer", "ascii")
    ['a', 'man', 's', 't', 'shirt', 'gr', 'er']
    >>> tokens("New York , night", "tags")
    ['New York', 'night']
    """
    return RULES[rule](text)


def vocabulary(
    texts: Iterable[str], n_words: int, stop: frozenset[str] = frozenset(), rule: TokenRule = "ascii"
) -> tuple[str, ...]:
    """The words that occur in the most texts, most frequent first, equally frequent ones in alphabetical order.

    Parameters
    ----------
    texts
        What to count over: training texts, so that the columns tell nothing about the queries.
    n_words
        Most words to return.
    stop
        Words to leave out.
    rule
        How a text becomes words.

    Examples
    --------
    >>> vocabulary(["the dog", "the cat", "a cat cat"], 2, stop=frozenset({"the", "a"}))
    ('cat', 'dog')
    """
    count: Counter[str] = Counter()
    for text in texts:
        count.update(set(tokens(text, rule)))
    ordered = sorted((word for word in count if word not in stop), key=lambda word: (-count[word], word))
    return tuple(ordered[:n_words])


@dataclass(frozen=True)
class Words:
    """Which of the words of a list a text holds: 0 or 1 for each.

    Attributes
    ----------
    vocabulary
        The word of each column.
    rule
        How a text becomes words.

    Examples
    --------
    >>> words = Words(("cat", "dog"))
    >>> words.features(["Cat, cat!", "a dog"]).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    >>> words.unknown("a cat")
    ('a',)
    """

    kind: ClassVar[str] = "words"
    stored: ClassVar[DTypeLike] = np.uint8

    vocabulary: tuple[str, ...]
    rule: TokenRule = "unicode"

    @functools.cached_property
    def _column(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.vocabulary)}

    @property
    def width(self) -> int:
        """Number of words."""
        return len(self.vocabulary)

    def description(self) -> dict[str, Any]:
        """What `read_words` takes."""
        return {"kind": self.kind, "tokens": self.rule, "vocabulary": list(self.vocabulary), "width": self.width}

    def features(self, items: Sequence[str]) -> NDArray[np.float32]:
        """0/1 occurrence (n, width) of each word in n texts; a text without a known word is a row of zeros."""
        return self.bags(items).astype(np.float32)

    def bags(self, items: Sequence[str]) -> NDArray[np.uint8]:
        """As `features`, in a byte for each word."""
        check_texts(items)
        out = np.zeros((len(items), self.width), dtype=np.uint8)
        for row, text in enumerate(items):
            out[row, [self._column[word] for word in tokens(text, self.rule) if word in self._column]] = 1
        return out

    def unknown(self, text: str) -> tuple[str, ...]:
        """Words of `text` that have no column, each once: what an answer takes no notice of."""
        return tuple(dict.fromkeys(word for word in tokens(text, self.rule) if word not in self._column))


def check_texts(items: Sequence[str]) -> None:
    """Refuse anything but a list of strings."""
    if isinstance(items, str):
        raise DataError(f"expected a list of texts, got the single text {items!r:.60}; put it into a list")
    for i, text in enumerate(items):
        if not isinstance(text, str):
            raise DataError(f"item {i}: expected a text, got {type(text).__name__}")


def read_words(fields: Fields) -> Words:
    """The featurizer of a description."""
    rule = fields.string("tokens", RULES, f"one of {', '.join(RULES)}")
    words = fields.strings("vocabulary")
    fields.integer("width", len(words), len(words))
    return Words(words, next(known for known in RULES if known == rule))
