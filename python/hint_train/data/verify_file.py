"""What is in a data set of one .npz file, or in the one that is built in: read as training reads it, and told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hint_train.data.datasets import load_dataset
from hint_train.data.sources.manifest import label_density
from hint_train.data.sources.verify import Verdict
from hint_train.digest import sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable

BUILT_IN = "shapes"
"""The data set that needs no file."""


def verify_file(name: str, read: Callable[[int], None] = lambda _: None) -> Verdict:
    """Read every value of the .npz file `name`, or of `shapes`; nothing is known beforehand that it could differ from.

    Parameters
    ----------
    name
        As `hint_train.data.load_dataset` takes it.
    read
        Is told how many bytes each step of hashing took.

    Raises
    ------
    DataError
        It is missing, torn, or holds values that cannot be used.
    """
    data, path, built_in = load_dataset(name), Path(name), name == BUILT_IN
    said = {"ids": data.ids, "captions": data.captions, "featurizers": data.featurizers}
    there = [what for what, value in said.items() if value is not None]
    labels = data.labels
    notes = [f"it has {', '.join(there)}" if there else "it has no ids, captions or featurizers", *data.notes[1:]]
    if labels is None:
        notes.append("it has no labels: codes are learned, and cannot be measured by retrieval")
    return Verdict(
        name=data.name,
        title="drawn from a seed" if built_in else "a file of one's own",
        layout="built in" if built_in else "npz",
        files={} if built_in else {str(path): {"bytes": path.stat().st_size, "sha256": sha256_of(path, read)}},
        image=(len(data.image), data.image.shape[1]),
        text=(len(data.text), data.text.shape[1]),
        labels=None if labels is None else (len(labels), labels.shape[1]),
        unlabelled=0 if labels is None else int((~labels.any(axis=1)).sum()),
        split={"query": len(data.query), "retrieval": len(data.retrieval), "train": len(data.train)},
        split_sha256={},
        density=None if labels is None else label_density(labels[data.query], labels[data.retrieval]),
        expected_density=None,
        tolerance=0.0,
        notes=tuple(notes),
        faults=(),
    )
