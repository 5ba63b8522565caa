"""The command `hint-search`: one query, and the items of a run or of an index that are nearest to it."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import tyro

from hint_train.cli.docstrings import unwrap
from hint_train.cli.ending import exit_with
from hint_train.cli.hints import light
from hint_train.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from hint_train.encoding.saved import SavedRun
    from hint_train.search.index import Index

_Modality = Literal["image", "text"]
_OTHER: dict[_Modality, _Modality] = {"image": "text", "text": "image"}


@dataclass(frozen=True, slots=True)
class _Search:
    """Find the items that are nearest to a text, a picture, a pair of the run or a row of features.

    $ hint-search runs/shapes a red circle            images for words
    $ hint-search runs/shapes --image photo.png       texts for a picture
    $ hint-search runs/shapes --row 0 --to text       texts for the text of pair 0
    """

    run: Annotated[Path, tyro.conf.Positional]
    """Output folder of hint-train."""
    words: Annotated[tuple[str, ...], tyro.conf.Positional] = ()
    """Words to ask with; quotes around them are not needed."""
    image: Path | None = None
    """Picture to ask with."""
    row: int | None = None
    """Pair of the run's data set to ask with, by its row."""
    features: Path | None = None
    """Row of features to ask with: an .npy file of shape (1, d), or an .npz file that has the modality's key."""
    modality: _Modality | None = None
    """What --row and --features ask with; text by default."""
    to: _Modality | None = None
    """What is found in the run's database: the other modality by default."""
    index: Path | None = None
    """Folder of a saved index to search in, instead of the run's database."""
    k: Annotated[int, tyro.conf.arg(aliases=["-k"])] = 10
    """How many items."""
    rescore: int | None = None
    """Order so many of the nearest, at least k, by the real-valued outputs of the query."""
    bits: int | None = None
    """Code length, where the run has several; with --index that of the index."""
    seed: int | None = None
    """Seed, where the run has several; the first by default."""
    weights: Path | None = None
    """Weights of the network that makes features of words or pictures, where one does."""
    json: bool = False
    """Print JSON instead of a table."""

    @property
    def text(self) -> str | None:
        """The words as one text."""
        return " ".join(self.words) if self.words else None


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point of `hint-search`."""
    exit_with(lambda: _search(sys.argv[1:] if arguments is None else arguments))


def _search(arguments: Sequence[str]) -> None:
    if {"-h", "--help"} & set(arguments):
        unwrap(_Search)
    chosen = tyro.cli(light(_Search), args=arguments, prog="hint-search", config=(tyro.conf.DisallowNone,))
    given = [name for name in ("text", "image", "row", "features") if getattr(chosen, name) is not None]
    if len(given) != 1:
        raise ConfigError(f"ask with one of words, --image, --row and --features, not with {len(given)} of them")
    raw = chosen.text is not None or chosen.image is not None
    if raw and chosen.modality is not None:
        raise ConfigError(
            "--modality says what --row and --features ask with; words are texts, and a picture is an image"
        )
    if not raw and chosen.weights is not None:
        raise ConfigError(
            "--weights are of the network that makes features of words or pictures; --row and --features need none"
        )
    if chosen.index is not None and chosen.to is not None:
        raise ConfigError("--to chooses from the run's database, and --index is searched instead of that")
    if chosen.row is not None and chosen.rescore is not None:
        raise ConfigError("--rescore needs the outputs of the query, and of --row there is only a code")

    from hint_train.encoding.raw import unknown_words
    from hint_train.encoding.saved import load

    run = load(chosen.run)
    modality: _Modality = (
        "text" if chosen.text is not None else "image" if chosen.image is not None else chosen.modality or "text"
    )
    index = _index(chosen, run, modality)
    code, outputs = _query(chosen, run, modality, index.bits)
    unknown = [] if chosen.text is None else unknown_words(chosen.text, run.featurizer("text", chosen.weights))
    if unknown:
        print(f"left aside, as the run knows no such words: {_cell(', '.join(unknown))}", file=sys.stderr)
    k = min(chosen.k, max(len(index), 1))
    hits = index.search(code, k, rescore=chosen.rescore, outputs=None if chosen.rescore is None else outputs)
    scores = [None] * len(hits.ids[0]) if hits.scores is None else hits.scores[0].tolist()
    captions = _captions(run, set(hits.ids[0]))
    found = [
        {"rank": rank, "id": name, "distance": distance}
        | ({} if score is None else {"score": score})
        | ({"caption": captions[name]} if name in captions else {})
        for rank, (name, distance, score) in enumerate(
            zip(hits.ids[0], hits.distances[0].tolist(), scores, strict=False), 1
        )
    ]
    if chosen.json:
        left = {} if chosen.text is None else {"unknown_words": unknown}
        print(json.dumps({"bits": index.bits, "items": len(index), **left, "hits": found}))
    else:
        print(_table(found))


def example(folder: Path) -> str:
    """A command that searches the run in a folder: with words of its own where it can turn them into features, else with a pair."""
    from hint_train.encoding.saved import load

    run = load(folder)
    lengths = sorted({bits for bits, _ in run.networks})
    words = ["hint-search", str(folder)]
    described = None if run.featurizers is None else run.featurizers.text
    if described is not None and described["kind"] == "words" and run.items is not None and run.items.captions:
        words.append(run.items.captions[run.items.query[0]])
    else:
        words += ["--row", "0"]
    return shlex.join(words + (["--bits", str(lengths[-1])] if len(lengths) > 1 else []))


def _index(chosen: _Search, run: SavedRun, modality: _Modality) -> Index:
    if chosen.index is None:
        to = chosen.to or _OTHER[modality]
        return run.index(modality=to, bits=chosen.bits, seed=chosen.seed)
    from hint_train.search.index import Index

    index = Index.load(chosen.index, model=run.digest)
    if chosen.bits not in (None, index.bits):
        raise ConfigError(f"--bits {chosen.bits}: {chosen.index} has codes of {index.bits} bits")
    return index


def _query(
    chosen: _Search, run: SavedRun, modality: _Modality, bits: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32] | None]:
    """The packed code (1, b) of the query, and its outputs (1, bits) where they are known."""
    cell: dict[str, Any] = {"modality": modality, "bits": bits, "seed": chosen.seed}
    if chosen.row is not None:
        codes = run.codes(**cell)
        if not 0 <= chosen.row < len(codes):
            raise ConfigError(f"--row {chosen.row}: the run has {len(codes)} pairs, from 0 on")
        return codes[chosen.row : chosen.row + 1], None
    from hint_train.packing import pack

    if chosen.features is not None:
        from hint_train.data.formats.rowfile import opened_rows

        with opened_rows(chosen.features, modality) as rows:
            if len(rows) != 1:
                raise DataError(f"{chosen.features}: holds {len(rows)} rows, and a query is one")
            outputs = run.outputs(rows, **cell)
    else:
        from hint_train.encoding.raw import known_features

        items = [chosen.text if chosen.text is not None else chosen.image]
        outputs = run.outputs(known_features(modality, items, run.featurizer(modality, chosen.weights)), **cell)
    return pack(outputs), outputs


def _captions(run: SavedRun, names: set[Any]) -> dict[Any, str]:
    items = run.items
    if items is None or items.captions is None:
        return {}
    return {name: caption for name, caption in zip(items.ids, items.captions, strict=True) if name in names}


def _table(found: list[dict[str, Any]]) -> str:
    """Columns under their names; the last one, the caption, is as wide as it is."""
    if not found:
        return "there is no item"
    names = [name for name in ("rank", "distance", "score", "id", "caption") if any(name in hit for hit in found)]
    rows = [names, *([_cell(hit.get(name, "")) for name in names] for hit in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    right = {"rank", "distance", "score"}
    return "\n".join(
        "  ".join(
            cell.rjust(width) if name in right else cell.ljust(width)
            for name, cell, width in zip(names, row, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def _cell(value: object) -> str:
    """A value on one line, without letters that control a terminal."""
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return "".join(letter if letter.isprintable() else "�" for letter in text)
