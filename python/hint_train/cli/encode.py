"""The command `hint-encode`: new items to codes, by the networks of a finished run."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import tyro

from hint_train.cli.ending import exit_with
from hint_train.cli.hints import light
from hint_train.errors import ConfigError
from hint_train.whole import check_output, written_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from hint_train.data.formats.rowfile import RowFile
    from hint_train.data.pairs import Modality


@dataclass(frozen=True, slots=True)
class _Encode:
    """Turn texts, pictures or rows of features into packed codes with the networks of a finished run.

    $ hint-encode runs/a --text "a red wedge" --text "two rings" -o codes.npy
    $ hint-encode runs/a --images pictures -o codes.npy
    $ hint-encode runs/a --features rows.npy --modality image -o codes.npy

    Row i of the codes is item i. Names of pictures, in this order, go to OUT with the suffix .ids.json.
    """

    run: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
    """Output folder of hint-train, or for features the model.safetensors in it."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """Where the codes go: .npy, uint8 of shape (n, bits / 8), least significant bit first; an existing file is replaced."""
    rows: Annotated[Path | None, tyro.conf.Positional, tyro.conf.arg(metavar="[ROWS]")] = None
    """Another way to say --features."""
    text: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    """A text; may be given several times."""
    images: Path | None = None
    """A picture, or a folder of pictures with those below it, in the order of their names."""
    features: Path | None = None
    """Rows of features: an .npy file of shape (n, d), or an .npz file that has the modality's key. Only a block is in memory at a time."""
    modality: Literal["image", "text"] | None = None
    """Which network encodes the features."""
    bits: int | None = None
    """Code length, where the run has several."""
    seed: int | None = None
    """Seed, where the run has several; the first by default."""
    weights: Path | None = None
    """Weights of the network that makes features of texts or pictures, where there is one and its library does not have them."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point of `hint-encode`."""
    exit_with(lambda: _encode(sys.argv[1:] if arguments is None else arguments), "interrupted; no file was written")


def _encode(arguments: Sequence[str]) -> None:
    chosen = tyro.cli(light(_Encode), args=arguments, prog="hint-encode", config=(tyro.conf.DisallowNone,))
    modality, features = _asked(chosen)
    read = [path for path in (features, chosen.images) if path is not None]
    check_output(chosen.out, ".npy", read)
    ids_file = chosen.out.with_suffix(".ids.json")
    if chosen.images is not None:
        check_output(ids_file, ".json", read)
    elif ids_file.exists():
        raise ConfigError(f"--out: {ids_file} names the rows of other codes; remove it, or choose another name")

    from hint_train.encoding.saved import load

    run = load(chosen.run)
    with contextlib.ExitStack() as stack:
        items: Sequence[object] | RowFile = chosen.text
        if chosen.images is not None:
            from hint_train.encoding.folder import pictures_in

            items, ids = pictures_in(chosen.images)
            # Renamed after the codes, which are written inside.
            stream = stack.enter_context(written_atomically(ids_file))
            stream.write((json.dumps(ids, indent=0) + "\n").encode())
            stream.flush()
        elif features is not None:
            from hint_train.data.formats.rowfile import opened_rows

            items = stack.enter_context(opened_rows(features, modality))
        bits, seed = run.cell(chosen.bits, chosen.seed)
        blocks = run.code_blocks(items, modality=modality, bits=bits, seed=seed, weights=chosen.weights)
        _write(chosen.out, blocks, (len(items), -(-bits // 8)))


def _write(path: Path, blocks: Iterable[NDArray[np.uint8]], shape: tuple[int, int]) -> None:
    """Write blocks of rows as one .npy file, showing how many are done."""
    import numpy as np

    with contextlib.ExitStack() as stack:
        stream, bar, done = stack.enter_context(written_atomically(path)), None, 0
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, header)
        for block in blocks:
            stream.write(block.data)
            done += len(block)
            if bar is not None:
                bar.update(len(block))
            elif (
                done < shape[0] and sys.stderr is not None and sys.stderr.isatty()
            ):  # who encodes a few rows loads no bar
                from tqdm import tqdm

                bar = stack.enter_context(tqdm(total=shape[0], initial=done, unit=" items"))


def _asked(chosen: _Encode) -> tuple[Modality, Path | None]:
    """Which network is asked for, and the file of features if there is one."""
    given = {"--text": chosen.text, "--images": chosen.images, "--features": chosen.features, "ROWS": chosen.rows}
    ways = [name for name, value in given.items() if value]
    if len(ways) != 1:
        raise ConfigError(
            f"expected one of --text, --images and --features, got {' and '.join(ways) or 'none of them'}"
        )
    features = chosen.features or chosen.rows
    modality: Modality | None = chosen.modality
    if features is None:
        modality = "text" if chosen.text else "image"
        if chosen.modality not in (None, modality):
            raise ConfigError(f"--modality {chosen.modality} does not go with {ways[0]}; leave it out")
    elif modality is None:
        raise ConfigError(f"{features}: say whose features these are, --modality image or --modality text")
    return modality, features
