"""What lies in a data folder, measured against the manifest: sizes, split, label density, SHA-256."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from hint_train.data.formats.stored import read_labels
from hint_train.data.repeated import repeated_pairs
from hint_train.data.sources.byparts import judged, streamed_digests
from hint_train.data.sources.manifest import label_density, read_manifest, split_by_rule
from hint_train.data.sources.named import check_split, deviations, no_images, unlabelled
from hint_train.data.sources.search import locate
from hint_train.digest import sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from hint_train.data.sources.manifest import Manifest
    from hint_train.data.sources.search import Located
    from hint_train.data.sources.segments import PairsIn


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, and how it differs from what is expected.

    Attributes
    ----------
    layout, files
        The layout, and SHA-256 and bytes of each file by path.
    image, text, labels
        Shapes of all rows together; `image` is None where a layout has no images.
    split, split_sha256
        Sizes, and SHA-256 of the index arrays where one set of arrays holds every row.
    density, expected_density
        Mean share of relevant rows in the database; None where there are no labels, and where no source states one.
    notes, faults
        What is worth knowing; what makes figures on this file incomparable.
    """

    name: str
    title: str
    layout: str
    files: dict[str, dict[str, Any]]
    image: tuple[int, int] | None
    text: tuple[int, int]
    labels: tuple[int, int] | None
    unlabelled: int
    split: dict[str, int]
    split_sha256: dict[str, str]
    density: float | None
    expected_density: float | None
    tolerance: float
    notes: tuple[str, ...]
    faults: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain values."""
        return asdict(self)


def verify(
    name: str,
    data_dir: Path | None,
    read: Callable[[int], None] = lambda _: None,
    *,
    pairs_in: PairsIn = "auto",
) -> Verdict:
    """Read every value of the data set `name` once and compare.

    Parameters
    ----------
    name, data_dir, pairs_in
        As for `hint_train.data.sources.named.load_named`.
    read
        Is told how many bytes each step of hashing took.

    Raises
    ------
    DataError
        Files are missing, torn, or hold values that cannot be used.
    """
    manifest = read_manifest(name)
    located = locate(manifest, data_dir, pairs_in)
    faults = deviations(manifest, located)
    notes = list(located.notes)
    labels = {part: read_labels(segment.labels) for part, segment in located.segments.items()}
    pairs = {part: streamed_digests(segment) for part, segment in located.segments.items()}
    if "all" in pairs:
        notes += _repeated_pairs(manifest, located, labels["all"], pairs["all"])
    else:
        shared, seen = judged(pairs)
        faults += shared
        notes += seen
    bare = sum(int((~part.any(axis=1)).sum()) for part in labels.values())
    sizes, hashes, density = _split(manifest, located, labels, faults, notes)
    if manifest.density is not None and abs(density - manifest.density) > manifest.tolerance:
        faults.append(f"expected a label density of {manifest.density} ± {manifest.tolerance}, got {density:.4f}")
    if manifest.density is None:
        notes.append("no source states the label density of this set")
    if any(segment.image is None for segment in located.segments.values()):
        notes.append(no_images(manifest, located))
    if "all" in labels and located.split is None:
        notes += unlabelled(labels["all"])
    text, label_shape = _shape(located, "text"), _shape(located, "labels")
    assert text is not None
    assert label_shape is not None
    return Verdict(
        name=name,
        title=manifest.title,
        layout=located.layout,
        files={str(path): {"bytes": path.stat().st_size, "sha256": sha256_of(path, read)} for path in located.files},
        image=_shape(located, "image"),
        text=text,
        labels=label_shape,
        unlabelled=bare,
        split=sizes,
        split_sha256=hashes,
        density=density,
        expected_density=manifest.density,
        tolerance=manifest.tolerance,
        notes=tuple(notes),
        faults=tuple(faults),
    )


def _repeated_pairs(
    manifest: Manifest, located: Located, labels: NDArray[np.bool_], pairs: list[bytes]
) -> tuple[str, ...]:
    if located.segments["all"].image is None:
        return ()
    split = located.split or manifest.split(labels)
    return repeated_pairs([pairs[row] for row in split.query], (pairs[row] for row in split.retrieval))


def _shape(located: Located, what: str) -> tuple[int, int] | None:
    matrices = [getattr(segment, what) for segment in located.segments.values()]
    if any(matrix is None for matrix in matrices):
        return None
    return sum(matrix.shape[0] for matrix in matrices), matrices[0].shape[1]


def _split(
    manifest: Manifest, located: Located, labels: dict[str, NDArray[np.bool_]], faults: list[str], notes: list[str]
) -> tuple[dict[str, int], dict[str, str], float]:
    """Sizes, hashes and density of the split, comparing what the manifest says of them."""
    if "all" not in labels:
        sizes = {part: len(rows) for part, rows in labels.items()}
        notes.append("the files bring their own split, which no manifest describes")
        return sizes, {}, label_density(labels["query"], labels["database"])
    whole = labels["all"]
    split = located.split or manifest.split(whole)
    check_split(manifest.name, split)
    sizes = {"query": len(split.query), "retrieval": len(split.retrieval), "train": len(split.train)}
    if located.split is not None:
        notes.append("the files bring their own split, which no manifest describes")
        return sizes, split.hashes(), label_density(whole[split.query], whole[split.retrieval])
    usable = int(whole.any(axis=1).sum())
    hashes = split_by_rule(manifest.name, usable, manifest.n_query, manifest.n_train).hashes()
    if usable in manifest.pairs and hashes != manifest.pairs[usable]:
        faults.append("the split differs from the manifest's SHA-256: the rule or the manifest was changed")
    if usable not in manifest.pairs and len(whole) in manifest.pairs:
        faults.append(f"expected every row to have a label, got {len(whole) - usable:,} without")
    return sizes, hashes, label_density(whole[split.query], whole[split.retrieval])
