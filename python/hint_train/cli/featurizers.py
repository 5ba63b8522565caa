"""Options that say what makes features of pictures and captions, and the featurizers that they choose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from hint_train.errors import ConfigError

if TYPE_CHECKING:
    from tqdm import tqdm

    from hint_train.data.featurizers import Featurizer, PictureFeaturizer
    from hint_train.data.preparation.features import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Options of everything that runs a network over pictures."""

    backbone: str
    """torchvision:MODEL, timm:MODEL or open_clip:MODEL; torchvision:vgg19 gives the field's 4,096 features. Or pixels: outline and
    colours, without a network; for drawings and products on plain ground, weak on photographs."""
    weights: Path | None = None
    """Local file of weights, .safetensors or a state dict of torch; the library's own from its cache where not given."""
    device: str = "cpu"
    """cpu or cuda."""
    batch: int = 32
    """Pictures at a time."""
    threads: int = 4
    """Threads that decode pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Captioned(Pictures):
    """Options of what makes features of pictures and of captions."""

    backbone: str = "pixels"
    """torchvision:MODEL, timm:MODEL or open_clip:MODEL. Or pixels: outline and colours, without a network; for drawings and products
    on plain ground, weak on photographs."""
    text: str = "words"
    """words (a bag of the words in the most captions), open_clip:MODEL, or sentence:FOLDER of a model of sentence-transformers."""
    text_weights: Path | None = None
    """Local file of weights for --text open_clip:MODEL; those of --weights where the backbone is the same model."""
    words: int = 2026
    """Most words of the bag."""


def looks(chosen: Pictures) -> PictureFeaturizer:
    """The featurizer of pictures; torch is loaded for networks alone."""
    if chosen.backbone == "pixels":
        from hint_train.data.featurizers.pixels import Pixels

        if chosen.weights is not None:
            raise ConfigError("--weights: pixels takes none")
        return Pixels()
    from hint_train.data.featurizers.networks import load_backbone

    return load_backbone(chosen.backbone, chosen.weights, device=chosen.device)


def says(chosen: Captioned) -> Featurizer | None:
    """The featurizer of captions, or None for words that are counted later."""
    given = chosen.text_weights
    if chosen.text == "words":
        if given is not None:
            raise ConfigError("--text-weights: words takes none")
        return None
    from hint_train.data.featurizers.text_networks import load_text_tower

    weights = chosen.weights if given is None and chosen.text == chosen.backbone else given
    return load_text_tower(chosen.text, weights, device=chosen.device)


def work(chosen: Pictures, bar: tqdm[NoReturn]) -> Work:
    """How the work is divided, and the bar that is told of it."""
    from hint_train.data.preparation.features import Work

    return Work(chosen.batch, chosen.threads, bar.update)
