"""From a description back to the featurizer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hint_train.data.featurizers.backbone import read_backbone
from hint_train.data.featurizers.fields import Fields
from hint_train.data.featurizers.pixels import read_pixels
from hint_train.data.featurizers.record import KINDS, check
from hint_train.data.featurizers.text_tower import read_text_tower
from hint_train.data.featurizers.words import read_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hint_train.data.featurizers.protocol import Featurizer


def build(description: Mapping[str, Any], *, weights: Path | None = None, device: str = "cpu") -> Featurizer:
    """The featurizer that `description` describes.

    Parameters
    ----------
    description
        From `Featurizer.description`, or the field `image` or `text` of `Featurizers`.
    weights
        Where the kind runs a network: its file of weights, or the folder that holds it under the name that the description says.
        Without it the library's own weights serve, if the description says that those made the features.
    device
        Where a network runs.

    Raises
    ------
    DataError
        The description is unfit; the weights are missing, unreadable, or others than those that made the features.
    ConfigError
        The library that runs the network is not installed.
    """
    table = dict(description)
    modality = "image" if table.get("kind") in KINDS["image"] else "text"
    check(table, modality)
    fields = Fields("featurizers", table)
    if table["kind"] == "words":
        return read_words(fields)
    if table["kind"] == "pixels":
        return read_pixels(fields)
    if table["kind"] == "backbone":
        from hint_train.data.featurizers import networks

        return networks.load_described(read_backbone(fields), weights, device=device)
    from hint_train.data.featurizers import text_networks

    return text_networks.load_described(table["kind"], read_text_tower(fields), weights, device=device)
