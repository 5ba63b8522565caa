"""The part `prepare` of `hint-data`: raw pictures and texts to features."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from hint_train.cli.featurizers import Captioned, Pictures, looks, says, work
from hint_train.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hint_train.data.preparation.pairs import Plan
    from hint_train.data.sources.entries import Entry, Unfit

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareCoco(Pictures):
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
class PrepareFashion(Pictures):
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
class PrepareMirflickr(Pictures):
    """The pictures that belong to VTM-UCH's text lists to image.npy beside them."""

    data_dir: Path
    """Folder with all_imgs.txt, all_tags.txt, all_labels.txt, TagList.txt."""
    images: Path
    """Folder of the pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparePairs(Captioned):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareEmoji(Captioned):
    """Emoji with names, keywords, groups and subgroups, of: npm pack emoji-datasource-google@16.0.0 emojibase-data@16.0.3."""

    images: Path
    """emoji-datasource-google-16.0.0.tgz, as it is."""
    captions: Path
    """emojibase-data-16.0.3.tgz, as it is."""
    out: Path
    """The .npz file; hint-train --dataset takes it."""
    words: int = 4096
    """Most words of the bag; the training captions have 3,507, most of which name one emoji alone."""
    any_version: bool = False
    """Read other versions of these packages as well; figures on them cannot be compared with those of others."""


_Prepare = (
    Annotated[PreparePairs, tyro.conf.subcommand("pairs")]
    | Annotated[PrepareCoco, tyro.conf.subcommand("coco")]
    | Annotated[PrepareFashion, tyro.conf.subcommand("fashion")]
    | Annotated[PrepareMirflickr, tyro.conf.subcommand("mirflickr")]
    | Annotated[PrepareEmoji, tyro.conf.subcommand("emoji")]
)


@dataclass(frozen=True, slots=True)
class Prepare:
    """Make features, bags of words and labels from raw files."""

    what: Annotated[_Prepare, tyro.conf.arg(name="")]


def prepare(chosen: Prepare) -> list[Path]:
    """What `hint-data prepare` does; the files that it wrote."""
    what = chosen.what
    if isinstance(what, Captioned) and what.words < 1:
        raise ConfigError(f"--words must be at least 1, got {what.words}")
    if min(what.batch, what.threads) < 1:
        raise ConfigError(f"--batch and --threads must be at least 1, got {what.batch} and {what.threads}")
    run: dict[type, Callable[..., list[Path]]] = {
        PreparePairs: _pairs,
        PrepareCoco: _coco,
        PrepareFashion: _fashion,
        PrepareMirflickr: _lists,
        PrepareEmoji: _emoji,
    }
    return run[type(what)](what)


def _pairs(chosen: PreparePairs) -> list[Path]:
    from tqdm import tqdm

    from hint_train.data.featurizers.words import STOP_WORDS
    from hint_train.data.preparation.pairs import Plan
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
    columns = Columns(chosen.image_column, chosen.caption_column, chosen.labels, chosen.label_separator)
    unfit = Unfit()
    with tqdm(desc="captions", unit="B", unit_scale=True, disable=None, leave=False) as bar:
        if chosen.images is None:
            entries, notes = read_shards(chosen.shards, columns, unfit, bar.update)
        else:
            entries, notes = read_folder(chosen.images, chosen.captions, columns, unfit, bar.update)
    plan = Plan(
        image=looks(chosen),
        text=says(chosen),
        n_words=chosen.words,
        stop=STOP_WORDS if chosen.stop_words == "english" else frozenset(),
        n_query=chosen.queries,
        n_train=chosen.train,
        leave_out=chosen.leave_out,
    )
    return _prepared(entries, unfit, plan, notes, chosen)


def _emoji(chosen: PrepareEmoji) -> list[Path]:
    from hint_train.data.featurizers.words import STOP_WORDS
    from hint_train.data.preparation.pairs import Plan
    from hint_train.data.sources.emoji import read_emoji
    from hint_train.data.sources.entries import Unfit
    from hint_train.whole import check_output

    check_output(chosen.out, ".npz", [chosen.images, chosen.captions])
    entries, notes = read_emoji(chosen.images, chosen.captions, any_version=chosen.any_version)
    plan = Plan(image=looks(chosen), text=says(chosen), n_words=chosen.words, stop=STOP_WORDS)
    return _prepared(entries, Unfit(), plan, notes, chosen)


def _prepared(
    entries: list[Entry], unfit: Unfit, plan: Plan, notes: list[str], chosen: PreparePairs | PrepareEmoji
) -> list[Path]:
    from tqdm import tqdm

    from hint_train.data.preparation.pairs import prepare_pairs

    n = len(entries)
    with (
        tqdm(desc="pictures", total=n, disable=None) as pictures,
        tqdm(desc="texts", total=n, disable=None, leave=False) as texts,
    ):
        written, more = prepare_pairs(entries, unfit, plan, chosen.out, work(chosen, pictures), work(chosen, texts))
    for note in (*notes, *more):
        _log.info("%s", note)
    return written


def _coco(chosen: PrepareCoco) -> list[Path]:
    from tqdm import tqdm

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
    featurizer = looks(chosen)
    with tqdm(desc="pictures", total=len(texts.ids), disable=None) as bar:
        return prepare_coco(texts, chosen.images, featurizer, chosen.out, work(chosen, bar))


def _fashion(chosen: PrepareFashion) -> list[Path]:
    from tqdm import tqdm

    from hint_train.data.preparation.prepare import prepare_fashion
    from hint_train.data.sources.fashion import read_fashion, read_like

    like = None if chosen.like is None else read_like(chosen.like)
    texts = read_fashion(chosen.raw, like, n_pairs=chosen.pairs)
    featurizer = looks(chosen)
    with tqdm(desc="pictures", total=len(texts.pictures), disable=None) as bar:
        return prepare_fashion(texts, featurizer, chosen.out, work(chosen, bar))


def _lists(chosen: PrepareMirflickr) -> list[Path]:
    from tqdm import tqdm

    from hint_train.data.preparation.prepare import prepare_lists

    featurizer = looks(chosen)
    with tqdm(desc="pictures", disable=None) as bar:
        out = chosen.data_dir / "image.npy"
        return prepare_lists(chosen.data_dir, chosen.images, featurizer, out, work(chosen, bar))
