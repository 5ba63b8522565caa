"""What stands in the folder of a run or of a grid: every file that may be written, in words, and the README made of that."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from hint_train.runs.lock import LOCK
from hint_train.runs.owned import MANIFEST, matches
from hint_train.whole import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

README = "README.txt"
RESULT = "result.json"
_WIDTH = 88
RUN = {
    "report.html": "Figures, curves, retrieved items, and how to use the codes, on one page. Open it in a browser; it needs no network.",
    README: "This file.",
    "codes.npz": (
        "Packed codes of all pairs, for each code length and seed: bits16-seed0-image has the codes of the pictures, bits16-seed0-text "
        "those of the texts, uint8 of shape (pairs, bits / 8 rounded up), least significant bit first. Row i of both is pair i of the "
        "data set: queries, database and training pairs alike, in the order of the data set. Which rows are which stands in items.npz."
    ),
    "items.npz": (
        "What the rows are called: entry i of ids, and of captions where there are any, is pair i. query, retrieval and train hold row "
        "numbers, counted from 0, in the order in which that part of the data set stands: row query[j] of the codes is query j, row "
        "retrieval[j] is item j of the database. train is a part of retrieval; query is apart from both."
    ),
    "model.safetensors": "The networks, and all that is needed to encode with them: hint-encode, hint-search and hint_train.load read it.",
    "featurizers.json": "What makes features of a new text or picture.",
    RESULT: "Figures, their standard errors, sizes, seconds, versions and options. It is written last: with it the run is finished.",
    "config.toml": "Every option of the run, and digests of its data. hint-train --config takes it.",
    "metrics.jsonl": "A line for each finished epoch of each code length and seed.",
    "tree.npz": (
        "The encoding tree of the training pairs; hint_se.Tree.load reads it. Leaf j is the training pair of row train[j]; where it has "
        "twice as many leaves as there are training pairs, the first half are their pictures and the second half their texts."
    ),
    "mismatched.npy": (
        "How likely the picture and the text of a training pair do not belong together, from 0 to 1, by the neighbours that they "
        "share. Entry j is the training pair of row train[j]."
    ),
    "training.png": "Curves over epochs: Recall@10 of pairs, losses, and the health of the codes, as far as they move.",
    "precision_recall.png": "Precision over recall in both directions.",
    "curves.json": "The numbers of these curves: for each code length, seed and direction the first n items, their precision and recall.",
    "retrieval.png": "What a few queries find, in both directions.",
    "checkpoints/bits*-seed*/last.safetensors": "The newest state of training; --resume goes on from it.",
    "checkpoints/bits*-seed*/previous.safetensors": "The state before that.",
    "tensorboard/bits*-seed*/events.out.tfevents.*": "The figures of the epochs for TensorBoard.",
}
"""Files of one run, by their path in its folder, in which `*` stands for any part of one name; and what they hold."""
GRID = {
    "report.html": "All cells beside each other, and their figures over the options that vary. Open it in a browser; it needs no network.",
    README: "This file.",
    "sweep.md": "The figures of the cells as a table.",
    "sweep.json": "Options, folder, figures and seconds of the finished cells.",
    "sweep.toml": "The plan: all options of every cell. --resume goes by it.",
}
"""Files of a grid of runs, beside the folders of its cells."""


def write_readme(folder: Path, files: Mapping[str, str], coming: Iterable[str] = ()) -> None:
    """Write `README.txt`: the files that are there, or that are `coming`, with their descriptions; what is not there has none.

    Parameters
    ----------
    files
        `RUN`, or `GRID` with an entry for each cell, whose name ends in `/` and stands for all that is in the folder.
    """
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    there = (there | {README, *coming}) - {LOCK}
    lines = ["What is in this folder", "======================", ""]
    names = {MANIFEST: "The names of all files that the run may write: what --overwrite may remove."}
    for entry, words in {**files, **names}.items():
        if any(name.startswith(entry) if entry.endswith("/") else matches(name, entry) for name in there):
            lines += [entry, *textwrap.wrap(words, _WIDTH, initial_indent="    ", subsequent_indent="    "), ""]
    write_atomically(folder / README, "\n".join(lines).encode())
