"""The part `prepare` of `hint-data`: raw pictures and texts to features."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import tyro
from tqdm import tqdm

from hint_train.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hint_train.data.featurizers import Featurizer, PictureFeaturizer
    from hint_train.data.preparation.features import Work

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pictures:
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
class PrepareCoco(_Pictures):
    """COCO's pictures, captions and instances to coco.npz and its word list."""

    images: Path
    """Folder of the pictures, or of train2017/ and val2017/."""
    captions: tuple[Path, ...]
    """captions_train2017.json, captions_val2017.json."""
    instances: tuple[Path, ...]
    """instances_train2017.json, instances_val2017.json."""
    out: Path
    """The .npz file; named coco.npz in a data folder, --dataset coco finds it."""
    words: int = 2026
    """Columns of the bag of words: the words in the most captions of the training pairs."""
    queries: int = 5000
    """Query pairs; the rest is the database."""
    train: int = 10000
    """Training pairs, drawn from the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareFashion(_Pictures):
    """The public folder of product photos to an .npz data set in the format of fashion20k."""

    raw: Path
    """Folder with styles.csv and images/."""
    out: Path
    """The .npz file."""
    like: Path | None = None
    """File whose products to take, in order: an .npz file of this format, whose words are taken too, or one number a line."""
    pairs: int = 20000
    """Number of products where --like does not say which."""
    backbone: str = "torchvision:mobilenet_v2"
    """torchvision:MODEL, timm:MODEL or open_clip:MODEL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareMirflickr(_Pictures):
    """The pictures that belong to VTM-UCH's text lists to image.npy beside them."""

    data_dir: Path
    """Folder with all_imgs.txt, all_tags.txt, all_labels.txt, TagList.txt."""
    images: Path
    """Folder of the pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparePairs(_Pictures):
    """Your own pictures and captions to an .npz data set."""

    images: Path | None = None
    """Folder of the pictures, with folders below it."""
    captions: Path | None = None
    """.csv, .tsv, .jsonl or .parquet with a row for each caption: the picture's name below --images, and the caption. Without it
    metadata.csv, .jsonl or .parquet in --images or in the folders in it, as Hugging Face's ImageFolder has it."""
    shards: tuple[Path, ...] = ()
    """WebDataset shards in place of --images: tar files of samples, each a picture with a .txt or a .json."""
    out: Path
    """The .npz file; hint-train --dataset takes it."""
    backbone: str = "pixels"
    """torchvision:MODEL, timm:MODEL or open_clip:MODEL. Or pixels: outline and colours, without a network; for drawings and products
    on plain ground, weak on photographs."""
    text: str = "words"
    """words (a bag of the words in the most captions), open_clip:MODEL, or sentence:FOLDER of a model of sentence-transformers."""
    text_weights: Path | None = None
    """Local file of weights for --text open_clip:MODEL; those of --weights where the backbone is the same model."""
    words: int = 2026
    """Most words of the bag."""
    stop_words: Literal["english", "none"] = "english"
    """Words that are left out of the bag: a fixed list of English function words, or none."""
    image_column: str | None = None
    """Column with the names of the pictures; found by the usual names."""
    caption_column: str | None = None
    """Column with the captions; found by the usual names."""
    labels: str | None = None
    """Column with the labels: a string, a number, or a list of them. Without labels nothing can be measured."""
    label_separator: str | None = None
    """What parts several labels of one cell."""
    queries: int | None = None
    """Query pairs: a tenth, at most 5,000, drawn by the digest of their names. Where neither this nor --train is given and the
    files have a column split, or folders train and test, these decide."""
    train: int | None = None
    """Training pairs, drawn from the database by the digest of their names; all of it where not given."""
    leave_out: bool = False
    """Leave out rows that name no picture, empty captions and unreadable pictures; they are an error otherwise."""


_Prepare = (
    Annotated[PreparePairs, tyro.conf.subcommand("pairs")]
    | Annotated[PrepareCoco, tyro.conf.subcommand("coco")]
    | Annotated[PrepareFashion, tyro.conf.subcommand("fashion")]
    | Annotated[PrepareMirflickr, tyro.conf.subcommand("mirflickr")]
)


@dataclass(frozen=True, slots=True)
class Prepare:
    """Make features, bags of words and labels from raw files."""

    what: Annotated[_Prepare, tyro.conf.arg(name="")]


def prepare(chosen: Prepare) -> list[Path]:
    """What `hint-data prepare` does; the files that it wrote."""
    what = chosen.what
    if min(what.batch, what.threads) < 1:
        raise ConfigError(f"--batch and --threads must be at least 1, got {what.batch} and {what.threads}")
    run: dict[type, Callable[..., list[Path]]] = {
        PreparePairs: _pairs,
        PrepareCoco: _coco,
        PrepareFashion: _fashion,
        PrepareMirflickr: _lists,
    }
    return run[type(what)](what)


def _looks(chosen: _Pictures) -> PictureFeaturizer:
    """The featurizer of pictures; torch is loaded for networks alone."""
    if chosen.backbone == "pixels":
        from hint_train.data.featurizers.pixels import Pixels

        if chosen.weights is not None:
            raise ConfigError("--weights: pixels takes none")
        return Pixels()
    from hint_train.data.featurizers.networks import load_backbone

    return load_backbone(chosen.backbone, chosen.weights, device=chosen.device)


def _says(chosen: PreparePairs) -> Featurizer | None:
    """The featurizer of captions, or None for words that are counted later."""
    given = chosen.text_weights
    if chosen.text == "words":
        if given is not None:
            raise ConfigError("--text-weights: words takes none")
        return None
    from hint_train.data.featurizers.text_networks import load_text_tower

    weights = chosen.weights if given is None and chosen.text == chosen.backbone else given
    return load_text_tower(chosen.text, weights, device=chosen.device)


def _work(chosen: _Pictures, bar: tqdm[NoReturn]) -> Work:
    from hint_train.data.preparation.features import Work

    return Work(chosen.batch, chosen.threads, bar.update)


def _pairs(chosen: PreparePairs) -> list[Path]:
    from hint_train.data.featurizers.words import STOP_WORDS
    from hint_train.data.preparation.pairs import Plan, prepare_pairs
    from hint_train.data.sources.columns import Columns
    from hint_train.data.sources.entries import Unfit
    from hint_train.data.sources.folder import read_folder
    from hint_train.data.sources.shards import read_shards
    from hint_train.whole import check_output

    check_output(chosen.out, ".npz", [path for path in (chosen.captions, *chosen.shards) if path is not None])
    if (chosen.images is None) == (not chosen.shards):
        raise ConfigError("expected either --images or --shards")
    if chosen.images is None and chosen.captions is not None:
        raise ConfigError("--captions: captions of --shards are in the shards")
    if chosen.words < 1:
        raise ConfigError(f"--words must be at least 1, got {chosen.words}")
    columns = Columns(chosen.image_column, chosen.caption_column, chosen.labels, chosen.label_separator)
    unfit = Unfit()
    with tqdm(desc="captions", unit="B", unit_scale=True, disable=None, leave=False) as bar:
        if chosen.images is None:
            entries, notes = read_shards(chosen.shards, columns, unfit, bar.update)
        else:
            entries, notes = read_folder(chosen.images, chosen.captions, columns, unfit, bar.update)
    plan = Plan(
        image=_looks(chosen),
        text=_says(chosen),
        n_words=chosen.words,
        stop=STOP_WORDS if chosen.stop_words == "english" else frozenset(),
        n_query=chosen.queries,
        n_train=chosen.train,
        leave_out=chosen.leave_out,
    )
    n = len(entries)
    with (
        tqdm(desc="pictures", total=n, disable=None) as pictures,
        tqdm(desc="texts", total=n, disable=None, leave=False) as texts,
    ):
        written, more = prepare_pairs(entries, unfit, plan, chosen.out, _work(chosen, pictures), _work(chosen, texts))
    for note in (*notes, *more):
        _log.info("%s", note)
    return written


def _coco(chosen: PrepareCoco) -> list[Path]:
    from hint_train.data.preparation.prepare import prepare_coco
    from hint_train.data.sources.coco import find_pictures, read_coco

    with tqdm(desc="JSON", unit="B", unit_scale=True, disable=None, leave=False) as bar:
        texts = read_coco(
            chosen.captions,
            chosen.instances,
            n_words=chosen.words,
            n_query=chosen.queries,
            n_train=chosen.train,
            read=bar.update,
        )
    find_pictures(chosen.images, texts.file_names)  # what is missing is said before a network is loaded
    featurizer = _looks(chosen)
    with tqdm(desc="pictures", total=len(texts.ids), disable=None) as bar:
        return prepare_coco(texts, chosen.images, featurizer, chosen.out, _work(chosen, bar))


def _fashion(chosen: PrepareFashion) -> list[Path]:
    from hint_train.data.preparation.prepare import prepare_fashion
    from hint_train.data.sources.fashion import read_fashion, read_like

    like = None if chosen.like is None else read_like(chosen.like)
    texts = read_fashion(chosen.raw, like, n_pairs=chosen.pairs)
    featurizer = _looks(chosen)
    with tqdm(desc="pictures", total=len(texts.pictures), disable=None) as bar:
        return prepare_fashion(texts, featurizer, chosen.out, _work(chosen, bar))


def _lists(chosen: PrepareMirflickr) -> list[Path]:
    from hint_train.data.preparation.prepare import prepare_lists

    featurizer = _looks(chosen)
    with tqdm(desc="pictures", disable=None) as bar:
        out = chosen.data_dir / "image.npy"
        return prepare_lists(chosen.data_dir, chosen.images, featurizer, out, _work(chosen, bar))
