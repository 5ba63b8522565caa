"""How the codes of a run are used: commands and Python that work as they are printed, from any directory."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from hint_train.data import PairedData
    from hint_train.data.pairs import Modality
    from hint_train.report.finished import Finished

_LONGEST = 100
"""Letters of a caption that is printed as a query."""


@dataclass(frozen=True, slots=True)
class Use:
    """One way to use a run: what it does, and the code to type.

    Attributes
    ----------
    language
        `console` for a command, `python` for a script.
    """

    what: str
    code: str
    language: str = "console"


def uses(folder: Path, run: Finished) -> list[Use]:
    """Ways to use the run in `folder`: of encoding only those for which there is something to encode."""
    place, data, bits = folder.resolve(), run.data, max(run.config.bits)
    length = ["--bits", str(bits)] if len(run.config.bits) > 1 else []
    words, row = _words(data), str(data.query[0])
    asked = [words] if words else ["--row", row]
    found = [
        Use(
            "Find pictures for words." if words else "Find pictures for the text of a pair.",
            _line("search", place, *asked, *length),
        ),
        Use(
            "Find texts for the picture of a pair.",
            _line("search", place, "--row", row, "--modality", "image", *length),
        ),
    ]
    if words:
        found.append(
            Use(
                "Turn new texts into codes: one row for each --text.",
                _line("encode", place, "--text", words, *length, "-o", "codes.npy"),
            )
        )
    if _kind(data, "image") == "pixels" and run.config.images is not None:
        found.append(
            Use(
                "Turn a folder of pictures into codes.",
                _line("encode", place, "--images", run.config.images, *length, "-o", "pictures.npy"),
            )
        )
    if run.config.dataset.endswith(".npz"):
        features = ["--features", run.config.dataset, "--modality", "image"]
        found.append(
            Use("Turn rows of features into codes.", _line("encode", place, *features, *length, "-o", "rows.npy"))
        )
    images = ["--images", run.config.images] if run.config.images else []
    return [
        *found,
        Use(
            "Write the database for a search engine, with a note that says how its codes are packed.",
            _line("index", place, "--to", "faiss", *length, "-o", "faiss-index"),
        ),
        Use(
            "Serve it, with a page to search with, at http://127.0.0.1:8000 until Ctrl-C. Needs the extra [serve].",
            _line("serve", place, *length, *images),
        ),
        Use("The same in Python.", _script(place, words, row, bits), "python"),
    ]


def _line(command: str, place: Path, *words: str) -> str:
    return shlex.join([f"hint-{command}", str(place), *words])


def _kind(data: PairedData, modality: Modality) -> str | None:
    """What makes features of a modality; None where it is not known. Kinds that need weights may not run everywhere."""
    described = None if data.featurizers is None else getattr(data.featurizers, modality)
    return None if described is None else str(described["kind"])


def _words(data: PairedData) -> str | None:
    """A caption of a query that can be typed; None where texts cannot be encoded without weights, or there is none."""
    if data.captions is None or _kind(data, "text") != "words":
        return None
    captions = (data.captions[row] for row in data.query)
    return next((c for c in captions if c.isprintable() and c[:1].isalnum() and len(c) <= _LONGEST), None)


def _script(place: Path, words: str | None, row: str, bits: int) -> str:
    query = (
        f'run.encode([{words!r}], modality="text", bits={bits})'
        if words
        else f"texts[{row}:{int(row) + 1}]  # the text of pair {row}"
    )
    return f"""\
import hint_train

run = hint_train.load({str(place)!r})
images = run.codes(modality="image", bits={bits})  # row i is the picture of pair i
texts = run.codes(modality="text", bits={bits})  # row i is the text of pair i
query = {query}
hits = run.index(modality="image", bits={bits}).search(query, 10)
for name, distance in zip(hits.ids[0], hits.distances[0]):
    print(distance, name)"""
