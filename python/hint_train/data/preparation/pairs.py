"""One's own pictures and captions to a data set that training reads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hint_train.data.featurizers import Featurizers
from hint_train.data.featurizers.words import N_WORDS, Words, vocabulary
from hint_train.data.preparation.features import Each, Work, forget, gathered, job_of
from hint_train.data.preparation.write import Chosen, write_npz
from hint_train.data.sources.partition import by_name, by_rule, order
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from hint_train.data.featurizers import Featurizer, PictureFeaturizer
    from hint_train.data.sources.entries import Entry, Unfit
    from hint_train.data.sources.manifest import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of pairs.

    Attributes
    ----------
    image
        Featurizer of the pictures.
    text
        Featurizer of the captions, or None for a bag of the words in the most captions of the training pairs.
    n_words, stop
        Most words of that bag, and words that are left out of it.
    n_query, n_train
        Sizes of a split by rule; where both are None, a split that the files name is taken.
    leave_out
        Whether pairs that are unfit are left out; else they are an error.
    """

    image: PictureFeaturizer
    text: Featurizer | None = None
    n_words: int = N_WORDS
    stop: frozenset[str] = frozenset()
    n_query: int | None = None
    n_train: int | None = None
    leave_out: bool = False


def prepare_pairs(
    entries: Sequence[Entry], unfit: Unfit, plan: Plan, out: Path, pictures: Work, texts: Work
) -> tuple[list[Path], list[str]]:
    """Features, names, captions and split of `entries`, as an .npz data set.

    Parameters
    ----------
    entries
        From `hint_train.data.sources.folder` or `hint_train.data.sources.shards`.
    unfit
        What was unfit there; pictures that cannot be read are added.
    plan
        What becomes of them.
    out
        The .npz file. Until it is complete, features gather in `.<name>.image.npy` and `.<name>.text.npy` beside it, from where a
        later call goes on.
    pictures, texts
        Batch, threads and progress.

    Returns
    -------
    written, notes
        The file, and what a reader should know.

    Raises
    ------
    DataError
        Pairs are unfit and are not to be left out, or too few are left.
    """
    if unfit and not plan.leave_out:
        raise DataError(_unfit(unfit))
    if not entries:
        raise DataError(
            f"there are no pairs for {out}{': ' + unfit.words() if unfit else ': the table of captions has no rows'}"
        )
    looks, says = (out.with_name(f".{out.name}.{what}.npy") for what in ("image", "text"))
    table = _looked_at(entries, plan.image, looks, pictures)
    for row in map(int, np.flatnonzero(~table["fit"])):
        unfit.add("unfit pictures", _fault(entries[row], plan.image))
    if unfit and not plan.leave_out:
        raise DataError(_unfit(unfit))
    fit = [int(row) for row in np.flatnonzero(table["fit"])]
    digests = [bytes(table["sha256"][row]) for row in fit]
    rows, groups = order([entries[row].id for row in fit], digests)
    split, how = _split([entries[fit[row]] for row in rows], groups, plan)
    rows = np.array(fit, dtype=np.int64)[rows]
    kept = [entries[row] for row in rows]
    captions = ["\n".join(entry.captions) for entry in kept]
    text = plan.text or _words([captions[row] for row in split.train], plan)
    arrays: dict[str, NDArray[Any] | Chosen] = {
        "image": Chosen(table["row"], rows),
        "text": _said(captions, text, says, texts),
        "query": split.query,
        "retrieval": split.retrieval,
        "train": split.train,
        "featurizers": np.array(Featurizers(plan.image.description(), text.description()).to_json()),
        **_labels(kept),
    }
    blank = len(rows) - sum(bool(table["row"][row].any()) for row in rows)
    write_npz(out, arrays, {"ids": [entry.id for entry in kept], "captions": captions})
    forget(looks)
    forget(says)
    sizes = f"{len(kept):,} pairs: {len(split.query):,} queries, {len(split.retrieval):,} in the database"
    notes = [f"{sizes}, {len(split.train):,} of them for training; {how}"]
    notes += [f"left out: {unfit.words()}"] if unfit else []
    notes += [f"pictures whose features are all zero: {blank:,}"] if blank else []
    return [out], [*notes, *_same(kept, groups, split), *_silent(kept, arrays["text"], text)]


def _unfit(unfit: Unfit) -> str:
    return f"{unfit.words()}; mend them, or go on without them by --leave-out (what is done is kept)"


def _looked_at(entries: Sequence[Entry], featurizer: PictureFeaturizer, partial: Path, work: Work) -> NDArray[Any]:
    """Features, size and time of the file, SHA-256 of its bytes, and whether the picture is fit, of every entry."""
    fields = [("row", featurizer.stored, (featurizer.width,)), ("stamp", "i8", (2,)), ("sha256", "V32"), ("fit", bool)]
    dtype = np.dtype(fields)

    def look(entry: Entry) -> tuple[bytes, NDArray[Any] | None]:
        try:
            content = entry.picture.read()
            return hashlib.sha256(content).digest(), featurizer.pixels_of(content, entry.id)
        except DataError:
            return bytes(32), None

    def compute(rows: slice, each: Each) -> NDArray[Any]:
        values = np.zeros(rows.stop - rows.start, dtype=dtype)
        values["stamp"] = [entry.picture.stamp() for entry in entries[rows]]
        seen = list(each(look, entries[rows]))
        values["sha256"] = [digest for digest, _ in seen]
        fit = [i for i, (_, pixels) in enumerate(seen) if pixels is not None]
        values["fit"][fit] = True
        if fit:
            names = [entries[rows.start + i].id for i in fit]
            values["row"][fit] = featurizer.rows(np.stack([seen[i][1] for i in fit]), names)
        return values

    job = job_of(featurizer.description(), [[entry.id, str(entry.picture.path)] for entry in entries])
    table = gathered(compute, len(entries), dtype, job, partial, work)
    # What an earlier call saw may have been mended since.
    now = np.array([entry.picture.stamp() for entry in entries])
    for row in map(int, np.flatnonzero((table["stamp"] != now).any(axis=1))):
        table[row : row + 1] = compute(slice(row, row + 1), map)
    return table


def _fault(entry: Entry, featurizer: PictureFeaturizer) -> str:
    """What is wrong with a picture."""
    try:
        featurizer.pixels_of(entry.picture.read(), entry.id)
    except DataError as error:
        return str(error) if entry.id in str(error) else f"{entry.id}: {error}"
    return f"{entry.id}: could not be read, and now can"


def _split(entries: Sequence[Entry], groups: NDArray[np.int64], plan: Plan) -> tuple[Split, str]:
    """The split of pairs in the order of the rule, and how it came about."""
    if plan.n_query is None and plan.n_train is None and any(entry.split for entry in entries):
        return by_name([entry.split for entry in entries], [entry.where for entry in entries]), "split as the files say"
    return by_rule(groups, plan.n_query, plan.n_train), "split by the digest of their names"


def _words(captions: Sequence[str], plan: Plan) -> Words:
    """A bag of the words in the most of `captions`."""
    words = vocabulary(captions, plan.n_words, plan.stop, "unicode")
    if not words:
        raise DataError("the training captions hold no word but function words; keep those by --stop-words none")
    return Words(words)


def _said(captions: Sequence[str], text: Featurizer, partial: Path, work: Work) -> NDArray[Any]:
    """Features of the captions, in the type in which they are written."""

    def compute(rows: slice, _: Each) -> NDArray[np.float32]:
        return text.features(captions[rows])

    digest = hashlib.sha256("\0".join(captions).encode()).hexdigest()
    dtype = np.dtype((text.stored, (text.width,)))
    return gathered(compute, len(captions), dtype, job_of(text.description(), digest), partial, work)


def _labels(entries: Sequence[Entry]) -> dict[str, NDArray[Any]]:
    """Labels, and wider classes by their own names, where there are any."""
    found = _classes("", [entry.labels for entry in entries])
    for level in sorted({level for entry in entries for level in entry.levels}):
        found |= _classes(f"_{level}", [[entry.levels[level]] if level in entry.levels else [] for entry in entries])
    return found


def _classes(ending: str, classes: Sequence[Sequence[str]]) -> dict[str, NDArray[Any]]:
    """A column of 0 and 1 for each class in alphabetical order, where there are any."""
    names = sorted({name for row in classes for name in row})
    if not names:
        return {}
    column = {name: i for i, name in enumerate(names)}
    table = np.zeros((len(classes), len(names)), dtype=np.uint8)
    for row, present in enumerate(classes):
        table[row, [column[name] for name in present]] = 1
    return {f"labels{ending}": table, f"label_names{ending}": np.array(names)}


def _same(entries: Sequence[Entry], groups: NDArray[np.int64], split: Split) -> Iterable[str]:
    """Pictures that are another one, byte for byte."""
    again = np.flatnonzero(groups != np.arange(len(groups)))
    if len(again):
        first = f"{entries[again[0]].id}, as {entries[groups[again[0]]].id}"
        yield f"pictures that are another one byte for byte, kept: {len(again):,} (the first is {first})"
    query = np.zeros(len(entries), dtype=bool)
    query[split.query] = True
    across = int(np.isin(groups[query], groups[~query]).sum())
    if across:
        yield f"queries that show a picture of the database: {across:,}; their figures say little"


def _silent(entries: Sequence[Entry], text: Any, featurizer: Featurizer) -> Iterable[str]:
    """Captions that no feature tells anything of."""
    if featurizer.kind != "words":
        return
    yield f"{featurizer.width:,} words"
    empty = [row for row in range(len(entries)) if not text[row].any()]
    if empty:
        yield f"captions that hold none of these words: {len(empty):,} (the first is that of {entries[empty[0]].id})"
