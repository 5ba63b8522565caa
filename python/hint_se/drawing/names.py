"""Names as they can be drawn: on one line, shorter where there is less room, and different where they differ."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from unicodedata import category, normalize

__all__ = ["Names", "broken", "plain", "shortened"]

# Letters: a name is drawn with at most the first number, and with fewer as long as it does not fit.
_LENGTHS = (48, 36, 28, 22, 18, 15, 12, 10, 8, 7, 6, 5)
# Where a line may end: after a space or a sign, and before a capital after a small letter.
_PIECES = re.compile(r".+?(?:\s+|(?<=[-_/.:,;])(?!\d)|(?<=[a-z])(?=[A-Z])|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Names:
    """What is written on the leaves of a tree, and shorter forms of it, made when they are asked for."""

    texts: list[str]
    _shorter: dict[int, list[str]] = field(default_factory=dict)

    def at_most(self, leaf: int, letters: int) -> str:
        """Return the name of a leaf in so many letters, empty where it would read like another one."""
        if len(self.texts[leaf]) <= letters:
            return self.texts[leaf]
        if letters not in self._shorter:
            self._shorter[letters] = shortened(self.texts, letters)
        return self._shorter[letters][leaf]

    def forms(self, leaf: int) -> Iterator[str]:
        """Yield what may be written for a leaf, the longest first."""
        whole = len(self.texts[leaf])
        if whole <= _LENGTHS[0]:
            yield self.texts[leaf]
        for letters in _LENGTHS:
            if letters < whole and (text := self.at_most(leaf, letters)):
                yield text


def plain(text: str) -> str:
    """Return a name on one line, composed, without control characters, lone surrogates and marks of direction."""
    letters = (letter if letter.isprintable() else "" if category(letter) == "Cf" else " " for letter in text)
    return " ".join(normalize("NFC", "".join(letters)).split())


def shortened(names: Sequence[str], letters: int) -> list[str]:
    """Return names in at most so many letters (>= 5), those that differ in forms that differ, empty where there is none.

    The middle is left out. Where names become the same by that, both ends may be, and what is kept is where they differ. O(total length).
    """
    form = {name: name if len(name) <= letters else _middle(name, letters) for name in set(names)}
    waiting = _alike(form)
    while waiting:
        group = waiting.pop()
        begin, end = _alike_letters(group), _alike_letters([name[::-1] for name in group])
        parts = {
            name: _window(name, begin, max(begin, len(name) - end), letters) for name in group if len(name) > letters
        }
        form |= parts
        waiting += [again for again in _alike(parts) if len(again) < len(group)]
    used = Counter(form.values())
    return [form[name] if used[form[name]] == 1 else "" for name in names]


def broken(text: str, lines: int, *, anywhere: bool) -> list[str]:
    """Return a text in at most so many lines of the least width in letters; ends of lines between words, or anywhere."""
    pieces = list(text) if anywhere else _PIECES.findall(text)
    width = max(-(-len(text) // lines), max(map(len, pieces), default=0))
    while len(found := _filled(pieces, width)) > lines:
        width += 1
    return found


def _filled(pieces: list[str], width: int) -> list[str]:
    found = [""]
    for piece in pieces:
        if found[-1] and len(found[-1] + piece.rstrip()) > width:
            found.append("")
        found[-1] += piece
    return [line.strip() for line in found]


def _alike(form: dict[str, str]) -> list[list[str]]:
    """Return the groups of names that have one form."""
    groups = defaultdict(list)
    for name in sorted(form):
        groups[form[name]].append(name)
    return [group for group in groups.values() if len(group) > 1]


def _alike_letters(names: list[str]) -> int:
    """Return how many letters all names begin with."""
    first, last = min(names), max(names)
    differ = (place for place, (one, two) in enumerate(zip(first, last, strict=False)) if one != two)
    return next(differ, min(len(first), len(last)))


def _middle(name: str, letters: int) -> str:
    head = letters // 2
    return f"{name[:head]}…{name[len(name) - (letters - 1 - head) :]}"


def _window(name: str, begin: int, end: int, letters: int) -> str:
    """Return the part of a name around where it differs from others: from letter ``begin`` to before ``end``, or as much as there is room for."""
    room = letters - 2
    first = max(0, min(begin - max(0, room - (end - begin)) // 2, len(name) - room - 1))
    last = first + room
    if first == 0:
        return f"{name[: room + 1]}…"
    return f"…{name[first:]}" if last >= len(name) - 1 else f"…{name[first:last]}…"
