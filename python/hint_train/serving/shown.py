"""What is known of an item beside its code: its caption, its picture, where it stands in the tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hint_train.serving.answers import Community

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from hint_train.serving.gallery import Pictures
    from hint_train.structure.saved_tree import SavedTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page shows of items, by id; all of it may be missing.

    Attributes
    ----------
    captions
        Ids to captions.
    pictures
        Small pictures.
    tree, pairs
        The tree of the run, and ids to numbers of training pairs.
    """

    captions: Mapping[Hashable, str] = field(default_factory=dict)
    pictures: Pictures | None = None
    tree: SavedTree | None = None
    pairs: Mapping[Hashable, int] = field(default_factory=dict)

    def communities(self, name: Hashable, *, text: bool) -> list[Community] | None:
        """The communities of an item's picture, or of its text, coarsest first; None for one that is no training pair."""
        if self.tree is None or name not in self.pairs:
            return None
        sizes = self.tree.sizes
        return [
            Community(level=level, number=number, size=size, of=len(sizes[level - 1]))
            for level, (number, size) in enumerate(self.tree.path(self.pairs[name], text=text), 1)
        ]
