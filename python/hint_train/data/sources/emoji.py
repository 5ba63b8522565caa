"""Emoji as pairs of a picture and its name and keywords, with the groups and subgroups that they are published in.

Variants of one emoji, by skin, gender, direction or by their look, are a family, and a family is in one part of the split.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import pdist

from hint_train.data.featurizers.pictures import square
from hint_train.data.sources.columns import MAX_CAPTION
from hint_train.data.sources.entries import Entry, Held
from hint_train.data.sources.manifest import ranked
from hint_train.data.sources.npm import Package, read_json, read_package
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from hint_train.data.sources.npm import Unpacked

MAX_EMOJI = 2**13
"""Most emoji that are read; their pictures are compared in pairs."""
ONE_IN = 5
"""One emoji in so many is a query."""
LOOK, NEAR = 16, 4.0
"""Pictures that differ by less than `NEAR` of 255 grey levels in the mean, on white and `LOOK` pixels wide, are of one family."""
_PICTURES, _ENDING = "img/google/64/", ".png"
_TEXTS, _NAMES = "en/data.json", "meta/groups.json"
_LEFT_OUT = "component"
"""The group of skin tones and hair, which are parts of emoji."""
_JOINER = "200D"
_ADULTS, _CHILDREN = {"1F468", "1F469", "1F9D1"}, {"1F466", "1F467", "1F9D2"}
_SIGNS = {"2640", "2642", "27A1"}
"""Behind a joiner these make an emoji female, male, or face right."""
_PLAIN = {"FE0F", *(f"1F3F{tone}" for tone in "BCDEF")}
"""The selector of coloured pictures and the skin tones."""


@dataclass(frozen=True, slots=True)
class EmojiManifest:
    """Which packages the set is made of, and the SHA-256 of the names of each part, sorted and parted by line breaks."""

    images: Package
    captions: Package
    split: dict[str, str]


@dataclass(frozen=True, slots=True)
class Emoji:
    """What is said of one emoji; `code` has its code points in hexadecimal, parted by hyphens."""

    code: str
    name: str
    tags: tuple[str, ...]
    group: str
    subgroup: str


def read_manifest() -> EmojiManifest:
    """The checked-in manifest."""
    text = files("hint_train.data.sources").joinpath("manifests", "emoji.json").read_text(encoding="utf-8")
    raw: dict[str, Any] = json.loads(text)
    return EmojiManifest(Package(**raw["images"]), Package(**raw["captions"]), raw["split"])


def read_emoji(images: Path, captions: Path, *, any_version: bool = False) -> tuple[list[Entry], list[str]]:
    """One entry for each emoji that has a group and a picture, with its part of the split.

    Parameters
    ----------
    images, captions
        The .tgz files of the two packages of the manifest.
    any_version
        Whether other versions of them are read as well.

    Returns
    -------
    entries, notes
        Entries in the order of the file, called by their pictures; captions are the name and the keywords, parted by commas. Labels are
        the subgroups, and `levels` holds the group. The notes say what a reader should know.

    Raises
    ------
    DataError
        A package is missing or not the one that is meant, or holds something else than expected.
    """
    manifest = read_manifest()
    told = read_package(captions, manifest.captions, {_TEXTS, _NAMES}.__contains__, any_version=any_version)
    shown = read_package(images, manifest.images, _is_picture, any_version=any_version)
    pictures = {_code(name[len(_PICTURES) : -len(_ENDING)].upper()): name for name in shown.files}
    every = _emoji(captions, told.files)
    chosen = [emoji for emoji in every if _code(emoji.code) in pictures]
    if len(chosen) < 2:
        raise DataError(
            f"{images}: has pictures of {len(chosen)} of the {len(every):,} emoji of {captions}; expected two at least"
        )
    names = [pictures[_code(emoji.code)] for emoji in chosen]
    content = [shown.files[name] for name in names]
    family = families([emoji.code for emoji in chosen], content, names)
    query = queries([emoji.code for emoji in chosen], family)
    entries = [
        Entry(
            name.removeprefix(_PICTURES),
            Held(images, picture),
            captions=[", ".join((emoji.name, *emoji.tags))],
            labels=[emoji.subgroup],
            levels={"group": emoji.group},
            split="query" if asks else "train",
            where=f"{captions}: {emoji.code}",
        )
        for emoji, name, picture, asks in zip(chosen, names, content, query, strict=True)
    ]
    notes = [_source(told, manifest.captions), _source(shown, manifest.images)]
    if len(chosen) < len(every):
        notes.append(f"emoji without a picture, left out: {len(every) - len(chosen):,}")
    n_families = int(family.max()) + 1
    notes.append(f"{n_families:,} families; none is in queries and database ({_compared(entries, manifest.split)})")
    return entries, notes


def queries(codes: Sequence[str], family: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which emoji are queries: families that rank last by SHA-256("hint-split-1:emoji:CODE"), until they have one emoji in `ONE_IN`.

    A family is called by the first of its codes in alphabetical order.
    """
    first: dict[int, str] = {}
    for code, number in sorted(zip(codes, family.tolist(), strict=True)):
        first.setdefault(number, code)
    numbers = np.array(list(first))
    last = numbers[ranked("emoji", list(first.values()))[::-1]]
    sizes = np.cumsum(np.bincount(family)[last])
    asked = last[: int(np.searchsorted(sizes, len(codes) / ONE_IN)) + 1]
    return np.isin(family, asked)


def families(codes: Sequence[str], pictures: Sequence[bytes], names: Sequence[str]) -> NDArray[np.int32]:
    """Family 0, 1, ... of every emoji: those of one `kin`, and those whose pictures look alike, are one."""
    looks = np.stack([square(item, LOOK, 1.0, name) for item, name in zip(pictures, names, strict=True)])
    flat = looks.reshape(len(looks), -1).astype(np.float64)
    near = pdist(flat, "cityblock") < NEAR * flat.shape[1]
    alike = np.stack(np.triu_indices(len(codes), 1))[:, near]
    leader: dict[str, int] = {}
    related = np.array([[leader.setdefault(kin(code), i), i] for i, code in enumerate(codes)]).T
    source, target = np.concatenate([alike, related], axis=1)
    joined = coo_array((np.ones(len(source), dtype=bool), (source, target)), shape=(len(codes), len(codes)))
    return np.asarray(connected_components(joined, directed=False)[1], dtype=np.int32)


def kin(code: str) -> str:
    """What variants of an emoji have in common: its code without skin tones, genders and directions.

    Examples
    --------
    >>> kin("1F3C3-1F3FB-200D-2640-FE0F-200D-27A1-FE0F") == kin("1F3C3")
    True
    >>> kin("1F468-200D-1F33E"), kin("1F9D1-200D-1F33E"), kin("2640-FE0F")
    ('adult-200D-1F33E', 'adult-200D-1F33E', '2640')
    """
    parts: list[list[str]] = [[]]
    for point in code.split("-"):
        if point == _JOINER:
            parts.append([])
        elif point not in _PLAIN:
            parts[-1].append("adult" if point in _ADULTS else "child" if point in _CHILDREN else point)
    kept = [part for i, part in enumerate(parts) if not i or not _SIGNS.issuperset(part)]
    return f"-{_JOINER}-".join("-".join(part) for part in kept)


def _is_picture(name: str) -> bool:
    return name.startswith(_PICTURES) and name.endswith(_ENDING)


def _code(code: str) -> str:
    """Code points without the selector, which names of pictures have or not."""
    return "-".join(part for part in code.split("-") if part != "FE0F")


def _emoji(path: Path, texts: Mapping[str, bytes]) -> list[Emoji]:
    """The emoji that have a group and are no part of others."""
    absent = [name for name in (_TEXTS, _NAMES) if name not in texts]
    if absent:
        raise DataError(f"{path}: has no {' and no '.join(absent)}")
    rows, named = (read_json(f"{path}: {name}", texts[name]) for name in (_TEXTS, _NAMES))
    if not isinstance(rows, list) or len(rows) > MAX_EMOJI:
        raise DataError(f"{path}: {_TEXTS}: expected a list of at most {MAX_EMOJI:,} emoji")
    found = [
        emoji for i, row in enumerate(rows) if (emoji := _one(f"{path}: {_TEXTS}: emoji {i}", row, named)) is not None
    ]
    if len({emoji.code for emoji in found}) != len(found):
        raise DataError(f"{path}: {_TEXTS}: a code occurs twice")
    return found


def _one(where: str, row: Any, named: Any) -> Emoji | None:
    """What a row says, or None where it has no group or is a part of others."""
    try:
        if row.get("group") is None or row.get("subgroup") is None:
            return None
        group, subgroup = named["groups"][str(row["group"])], named["subgroups"][str(row["subgroup"])]
        emoji = Emoji(row["hexcode"], row["label"], tuple(row.get("tags", ())), group, subgroup)
    except (AttributeError, KeyError, TypeError) as error:
        raise DataError(
            f"{where}: expected hexcode, label, tags, group and subgroup, got {row!r:.60} ({error!r:.60})"
        ) from error
    texts = (emoji.code, emoji.name, emoji.group, emoji.subgroup, *emoji.tags)
    if not all(isinstance(text, str) for text in texts) or not re.fullmatch(r"[0-9A-F]+(-[0-9A-F]+)*", emoji.code):
        raise DataError(f"{where}: expected texts, and code points as its hexcode, got {row!r:.60}")
    if sum(map(len, texts)) > MAX_CAPTION:
        raise DataError(f"{where}: has more than {MAX_CAPTION:,} characters")
    return None if group == _LEFT_OUT else emoji


def _source(found: Unpacked, package: Package) -> str:
    return f"{package.name} {found.version} ({package.licence}; {package.content}), {found.integrity:.23}..."


def _compared(entries: Sequence[Entry], known: Mapping[str, str]) -> str:
    """Whether the parts are those of the manifest."""
    return "the split of the manifest" if split_hashes(entries) == known else "another split than that of the manifest"


def split_hashes(entries: Sequence[Entry]) -> dict[str, str]:
    """SHA-256 of the names of each part, sorted and parted by line breaks."""
    parts = {part: sorted(entry.id for entry in entries if entry.split == part) for part in ("query", "train")}
    return {part: hashlib.sha256("\n".join(ids).encode()).hexdigest() for part, ids in parts.items()}
