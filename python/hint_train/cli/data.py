"""The command `hint-data`: check, convert and prepare data sets. Results on stdout, progress on stderr."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import tyro
from tqdm import tqdm

from hint_train.cli.ending import exit_with
from hint_train.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hint_train.data.preparation.backbones import Backbone
    from hint_train.data.preparation.prepare import Work
    from hint_train.data.sources.verify import Verdict

_Name = Literal["mirflickr", "nuswide", "nuswide-tc21", "coco", "iapr-tc12"]


@dataclass(frozen=True, slots=True)
class Verify:
    """Compare the files of a data set with what is known of it: sizes, split, label density; exit 0, or 3 where they differ."""

    name: Annotated[_Name, tyro.conf.Positional]
    """Name of the data set."""
    data_dir: Path
    """Folder that holds its files."""
    pairs_in: Literal["auto", "rows", "columns"] = "auto"
    """Whether pairs are rows or columns of the matrices; auto goes by their sizes, and asks where these fit both ways."""
    json: bool = False
    """Print the findings as JSON."""


@dataclass(frozen=True, slots=True)
class Convert:
    """Write a data set as .npy arrays, which training maps into memory instead of reading them: for sets larger than memory."""

    name: Annotated[_Name, tyro.conf.Positional]
    """Name of the data set."""
    data_dir: Path
    """Folder that holds its files, in any layout."""
    out: Path
    """Folder for the arrays; it is a data folder of its own."""
    pairs_in: Literal["auto", "rows", "columns"] = "auto"
    """Whether pairs are rows or columns of the matrices; auto goes by their sizes, and asks where these fit both ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pictures:
    """Options of everything that runs a network over pictures."""

    backbone: str
    """torchvision:MODEL, timm:MODEL or open_clip:MODEL; torchvision:vgg19 gives the field's 4,096 features."""
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


_Prepare = (
    Annotated[PrepareCoco, tyro.conf.subcommand("coco")]
    | Annotated[PrepareFashion, tyro.conf.subcommand("fashion")]
    | Annotated[PrepareMirflickr, tyro.conf.subcommand("mirflickr")]
)


@dataclass(frozen=True, slots=True)
class Prepare:
    """Make features, bags of words and labels from raw files."""

    what: Annotated[_Prepare, tyro.conf.arg(name="")]


_Command = (
    Annotated[Verify, tyro.conf.subcommand("verify")]
    | Annotated[Convert, tyro.conf.subcommand("convert")]
    | Annotated[Prepare, tyro.conf.subcommand("prepare")]
)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point of `hint-data`."""
    words = sys.argv[1:] if arguments is None else arguments
    exit_with(lambda: _run(_parsed(words)), "interrupted; the same command goes on where it ended")


def _parsed(arguments: Sequence[str]) -> Verify | Convert | Prepare:
    chosen = tyro.cli(
        _Command,
        args=arguments,
        prog="hint-data",
        description="Check, convert and prepare data sets.",
        config=(tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes),
    )
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    return chosen


def _run(chosen: Verify | Convert | Prepare) -> int:
    if isinstance(chosen, Verify):
        return _verify(chosen)
    if isinstance(chosen, Convert):
        from hint_train.data.preparation.prepare import convert

        _say(convert(chosen.name, chosen.data_dir, chosen.out, pairs_in=chosen.pairs_in))
        return 0
    what = chosen.what
    if min(what.batch, what.threads) < 1:
        raise ConfigError(f"--batch and --threads must be at least 1, got {what.batch} and {what.threads}")
    run: dict[type, Callable[..., list[Path]]] = {
        PrepareCoco: _coco,
        PrepareFashion: _fashion,
        PrepareMirflickr: _lists,
    }
    _say(run[type(what)](what))
    return 0


def _say(written: list[Path]) -> None:
    for path in written:
        print(path)


def _verify(chosen: Verify) -> int:
    from hint_train.data.sources.verify import verify

    with tqdm(desc="SHA-256", unit="B", unit_scale=True, disable=None, leave=False) as bar:
        verdict = verify(chosen.name, chosen.data_dir, read=bar.update, pairs_in=chosen.pairs_in)
    print(json.dumps(verdict.to_dict(), indent=2) if chosen.json else _table(verdict))
    return DataError.exit_code if verdict.faults else 0


def _table(verdict: Verdict) -> str:
    """The findings as aligned lines, ending with the result."""
    shapes = {"image": verdict.image, "text": verdict.text, "labels": verdict.labels}
    lines = [("data set", f"{verdict.name} ({verdict.title})"), ("layout", verdict.layout)]
    for path, about in verdict.files.items():
        lines += [("file", f"{path}, {about['bytes']:,} bytes"), ("  sha256", about["sha256"])]
    lines += [(what, "missing" if shape is None else f"{shape[0]:,} x {shape[1]:,}") for what, shape in shapes.items()]
    lines.append(("split", ", ".join(f"{part} {size:,}" for part, size in verdict.split.items())))
    lines += [("  sha256", f"{digest}  {part}") for part, digest in verdict.split_sha256.items()]
    expected = "no source states it"
    if verdict.expected_density is not None:
        expected = f"expected {verdict.expected_density} ± {verdict.tolerance}"
    lines.append(("label density", f"{verdict.density:.4f} ({expected})"))
    lines += [("note", note) for note in verdict.notes]
    lines += [("differs", fault) for fault in verdict.faults]
    lines.append(("result", "differs from what is known of this data set" if verdict.faults else "ok"))
    return "\n".join(f"{what:<14}{value}" for what, value in lines)


def _backbone(chosen: _Pictures) -> Backbone:
    from hint_train.data.preparation.backbones import load_backbone

    return load_backbone(chosen.backbone, chosen.weights, device=chosen.device)


def _work(chosen: _Pictures, bar: tqdm[NoReturn]) -> Work:
    from hint_train.data.preparation.prepare import Work

    return Work(chosen.batch, chosen.threads, bar.update)


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
    backbone = _backbone(chosen)
    with tqdm(desc="pictures", total=len(texts.ids), disable=None) as bar:
        return prepare_coco(texts, chosen.images, backbone, chosen.out, _work(chosen, bar))


def _fashion(chosen: PrepareFashion) -> list[Path]:
    from hint_train.data.preparation.prepare import prepare_fashion
    from hint_train.data.sources.fashion import read_fashion, read_like

    like = None if chosen.like is None else read_like(chosen.like)
    texts = read_fashion(chosen.raw, like, n_pairs=chosen.pairs)
    backbone = _backbone(chosen)
    with tqdm(desc="pictures", total=len(texts.pictures), disable=None) as bar:
        return prepare_fashion(texts, backbone, chosen.out, _work(chosen, bar))


def _lists(chosen: PrepareMirflickr) -> list[Path]:
    from hint_train.data.preparation.prepare import prepare_lists

    backbone = _backbone(chosen)
    with tqdm(desc="pictures", disable=None) as bar:
        out = chosen.data_dir / "image.npy"
        return prepare_lists(chosen.data_dir, chosen.images, backbone, out, _work(chosen, bar))
