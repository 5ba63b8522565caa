"""Captions and titles to bags of words."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

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

_TOKEN = re.compile(r"[a-z0-9]+")


def tokens(text: str) -> list[str]:
    """Runs of ASCII letters and digits after lower-casing.

    Examples
    --------
    >>> tokens("A man's T-shirt, size 42")
    ['a', 'man', 's', 't', 'shirt', 'size', '42']
    """
    return _TOKEN.findall(text.lower())


def vocabulary(texts: Iterable[str], n_words: int, stop: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The words that occur in the most texts, most frequent first, equally frequent ones in alphabetical order.

    Parameters
    ----------
    texts
        What to count over: training texts, so that the columns tell nothing about the queries.
    n_words
        Most words to return.
    stop
        Words to leave out.

    Examples
    --------
    >>> vocabulary(["the dog", "the cat", "a cat cat"], 2, stop=frozenset({"the", "a"}))
    ('cat', 'dog')
    """
    count: Counter[str] = Counter()
    for text in texts:
        count.update(set(tokens(text)))
    ordered = sorted((word for word in count if word not in stop), key=lambda word: (-count[word], word))
    return tuple(ordered[:n_words])


def bags(texts: Sequence[str], words: Sequence[str]) -> NDArray[np.uint8]:
    """0/1 occurrence of each of `words` in each of `texts`, shape (texts, words).

    Examples
    --------
    >>> bags(["Cat, cat!", "a dog"], ["cat", "dog"]).tolist()
    [[1, 0], [0, 1]]
    """
    column = {word: i for i, word in enumerate(words)}
    out = np.zeros((len(texts), len(words)), dtype=np.uint8)
    for row, text in enumerate(texts):
        out[row, [column[token] for token in tokens(text) if token in column]] = 1
    return out
