"""What every featurizer offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import DTypeLike, NDArray


class Featurizer(Protocol):
    """A function of raw items that can be written down.

    Attributes
    ----------
    kind
        Name of the family: `words`, `open_clip text` and `sentence encoder` take texts, `pixels` and `backbone` pictures.
    stored
        Type that holds every value without loss; data sets are written in it.
    """

    stored: ClassVar[DTypeLike]

    @property
    def kind(self) -> str:
        """Name of the family."""

    @property
    def width(self) -> int:
        """Number of features of an item."""

    def description(self) -> dict[str, Any]:
        """All that `hint_train.data.featurizers.build` needs to make this featurizer again, as plain JSON."""

    def features(self, items: Sequence[Any]) -> NDArray[np.float32]:
        """Features (n, width) of n items.

        Raises
        ------
        DataError
            An item cannot be read; the message names it by its path, or by its number from 0.
        """


class PictureFeaturizer(Featurizer, Protocol):
    """A featurizer of pictures in two steps: the first runs in many threads, the second on a stack.

    Pictures are paths, bytes of picture files, PIL images or (h, w, 3) uint8 arrays.
    """

    def pixels_of(self, item: Any, name: str) -> NDArray[Any]:
        """What `rows` takes of one picture; a `DataError` names it by `name`."""

    def rows(self, pixels: NDArray[Any], names: Sequence[str]) -> NDArray[np.float32]:
        """Features (n, width) of n stacked results of `pixels_of`."""
