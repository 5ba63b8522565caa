"""`featurizers.json`: what makes features of the items of a run, read and built."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hint_train.errors import DataError

if TYPE_CHECKING:
    from hint_train.data.featurizers import Featurizer, Featurizers
    from hint_train.data.pairs import Modality

FEATURIZERS = "featurizers.json"


def read_featurizers(path: Path) -> Featurizers:
    """What the file of a run says.

    Raises
    ------
    DataError
        The file is damaged.
    """
    from hint_train.data.featurizers import Featurizers

    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not readable as text ({error})") from error
    return Featurizers.from_json(content, str(path))


def built(
    known: Featurizers | None, modality: Modality, width: int, weights: str | Path | None, folder: Path
) -> Featurizer:
    """The featurizer of a modality, which has to make `width` features.

    Raises
    ------
    DataError
        The run does not know it, it does not fit, or the weights of its network are not there.
    """
    described = None if known is None else getattr(known, modality)
    if described is None:
        raise DataError(
            f"the run does not know how features of {modality}s are made, as its data set did not say; "
            f"give features instead, {width} numbers for each"
        )
    from hint_train.data.featurizers import build

    featurizer = build(described, weights=None if weights is None else Path(weights))
    if featurizer.width != width:
        raise DataError(
            f"{folder / FEATURIZERS}: makes {featurizer.width} features of {modality}s; the run has {width}"
        )
    return featurizer
