"""The command `hint-data`: check, convert and prepare data sets. Results on stdout, progress on stderr."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn, get_args

import tyro

from hint_train.cli.ending import exit_with
from hint_train.cli.hints import light
from hint_train.cli.prepare import Prepare, prepare
from hint_train.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hint_train.data.sources.verify import Verdict

_Name = Literal["mirflickr", "nuswide", "nuswide-tc21", "coco", "iapr-tc12"]


@dataclass(frozen=True, slots=True)
class Verify:
    """Read a data set and say what is in it; exit 3 where it cannot be used, or differs from what is known of a set of its name."""

    name: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME|FILE.npz")]
    """mirflickr, nuswide, nuswide-tc21, coco or iapr-tc12, the built-in shapes, or an .npz file of your own."""
    data_dir: Path | None = None
    """Folder that holds the files of a named set."""
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
    light(Verify)
    light(Convert)
    chosen = tyro.cli(
        _Command,
        args=arguments,
        prog="hint-data",
        description="Check, convert and prepare data sets.",
        config=(tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes, tyro.conf.DisallowNone),
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
    _say(prepare(chosen))
    return 0


def _say(written: list[Path]) -> None:
    for path in written:
        print(path)


def _verify(chosen: Verify) -> int:
    from tqdm import tqdm

    from hint_train.data.sources.verify import verify
    from hint_train.data.verify_file import BUILT_IN, verify_file

    own = chosen.name.endswith(".npz") or chosen.name == BUILT_IN
    if not own and chosen.name not in get_args(_Name):
        known = ", ".join(get_args(_Name))
        raise ConfigError(
            f"unknown data set {chosen.name!r}; expected one of {known}, {BUILT_IN}, or a file that ends in .npz"
        )
    if own and chosen.data_dir is not None:
        raise ConfigError("--data-dir belongs to a named set; of a file, and of shapes, the name alone is enough")
    if not own and chosen.data_dir is None:
        raise ConfigError(f"{chosen.name} needs --data-dir, the folder that holds its files")
    with tqdm(desc="SHA-256", unit="B", unit_scale=True, disable=None, leave=False) as bar:
        if own:
            verdict = verify_file(chosen.name, bar.update)
        else:
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
    if verdict.density is not None:
        expected = "no source states it"
        if verdict.expected_density is not None:
            expected = f"expected {verdict.expected_density} ± {verdict.tolerance}"
        lines.append(("label density", f"{verdict.density:.4f} ({expected})"))
    lines += [("note", note) for note in verdict.notes]
    lines += [("differs", fault) for fault in verdict.faults]
    lines.append(("result", "differs from what is known of this data set" if verdict.faults else "ok"))
    return "\n".join(f"{what:<14}{value}" for what, value in lines)
