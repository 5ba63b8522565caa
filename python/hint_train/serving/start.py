"""What the service needs before it starts, gathered from a run's folder."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Literal

from hint_train.errors import ConfigError, DataError
from hint_train.search.index import Index
from hint_train.serving.gallery import of_folder, of_gallery
from hint_train.serving.shown import Shown
from hint_train.structure.saved_tree import load_tree

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from pathlib import Path

    from hint_train.encoding.saved import SavedRun
    from hint_train.serving.questions import Modality

_DRAWN = "shapes"
"""The data set that is drawn anew where its pictures are wanted."""


def what_is_searched(
    run: SavedRun,
    saved: Path | None,
    *,
    modality: Literal["image", "text"] = "image",
    bits: int | None = None,
    seed: int | None = None,
) -> dict[Modality, Index]:
    """Indexes by modality: a saved one, or one for each modality of the run's own database.

    Parameters
    ----------
    saved
        Folder of an index that holds codes of `modality`.
    bits, seed
        Which of the run's codes; a saved index has its own.

    Raises
    ------
    ConfigError, DataError
        The index is damaged, or of another model; the run has no such codes.
    """
    if saved is not None:
        index = Index.load(saved, model=run.digest)
        if bits is not None and bits != index.bits:
            raise ConfigError(f"--index {saved} has codes of {index.bits} bits, not of {bits}")
        return {modality: index}
    return {m: run.index(modality=m, bits=bits, seed=seed) for m in ("image", "text")}


def what_is_shown(run: SavedRun, indexes: Mapping[Modality, Index], images: Path | None, max_pixels: int) -> Shown:
    """Captions, pictures and the tree, as far as the run's folder and `images` have them.

    Raises
    ------
    ConfigError
        `images` holds no picture of any item.
    DataError
        The tree is damaged.
    """
    items, pictures = run.items, None
    rows: dict[Hashable, int] = {} if items is None else {name: row for row, name in enumerate(items.ids)}
    if images is not None:
        names = {str(name): name for index in indexes.values() for name in index.ids}
        pictures = of_folder(images, names, max_pixels)
    elif _dataset(run) == _DRAWN:
        from hint_train.data.sources.shapes import shapes

        gallery = shapes().gallery
        assert gallery is not None
        pictures = of_gallery(
            gallery, {name: row for name, row in rows.items() if row < len(gallery.captions)}, max_pixels
        )
    if items is None:
        return Shown(pictures=pictures)
    captions = dict(zip(rows, items.captions, strict=True)) if items.captions is not None else {}
    path = run.folder / "tree.npz"
    if not path.is_file():
        return Shown(captions=captions, pictures=pictures)
    pairs = {items.ids[row]: pair for pair, row in enumerate(items.train.tolist())}
    return Shown(captions=captions, pictures=pictures, tree=load_tree(path, len(pairs)), pairs=pairs)


def _dataset(run: SavedRun) -> str | None:
    """The data set that a run's own file of options names, if it lies there."""
    path = run.folder / "config.toml"
    if not path.is_file():
        return None
    try:
        named = tomllib.loads(path.read_text(encoding="utf-8")).get("dataset")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not readable as TOML ({error})") from error
    return named if isinstance(named, str) else None
