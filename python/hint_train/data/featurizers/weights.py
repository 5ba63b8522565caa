"""Which weights made the features of a data set: named, and told apart by their digest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hint_train.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from hint_train.data.featurizers.fields import Fields


@dataclass(frozen=True, slots=True)
class Weights:
    """Which network, and which weights of it.

    Attributes
    ----------
    model
        Library and model, such as `torchvision:vgg19`.
    file
        Name of the file or folder, or None for the library's own.
    sha256
        Digest of what the network was filled with, which tells two of the same name apart.
    """

    model: str
    file: str | None
    sha256: str

    def description(self) -> dict[str, Any]:
        """What `read_weights_of` takes."""
        return {"model": self.model, "weights": self.file, "sha256": self.sha256}


def read_weights_of(fields: Fields) -> Weights:
    """Which network a description names; its features are rounded to float16."""
    fields.string("rounded", {"float16"}, "float16")
    return Weights(fields.string("model"), fields.file_name("weights"), fields.sha256("sha256"))


def file_of(wanted: Weights, given: Path | None) -> Path | None:
    """The file of weights: the one given, or the one of the description's name in the folder given."""
    if given is None:
        if wanted.file is not None:
            raise DataError(
                f"{wanted.model} needs its weights, {wanted.file}; give the file, or its folder, by weights=... (--weights)"
            )
        return None
    inside = given / wanted.file if wanted.file is not None else None
    return inside if inside is not None and inside.exists() else given


def check_same(wanted: Weights, found: Weights) -> None:
    """Refuse weights other than those that made the features: neighbours would be wrong and look right."""
    if wanted.sha256 != found.sha256:
        raise DataError(
            f"{wanted.model}: expected the weights that made the features, of digest {wanted.sha256[:16]}..., "
            f"got {found.file or 'the own ones of the library'}, of {found.sha256[:16]}..."
        )
