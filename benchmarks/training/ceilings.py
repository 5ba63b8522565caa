"""What hashing costs: rankings by real numbers on the leaderboard's queries, which stand below its ranking. See leaderboard.py.

HINT's networks without the sign, canonical components, which quantisers.py has measured, and the features of one modality alone, image
to image and text to text, which nothing had to align. All rank by cosine. A line of HINT's is known by the options that have an effect,
as a cell of the leaderboard is: another default is measured anew.
"""

from __future__ import annotations

import functools
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks import measure
from benchmarks.cells import Cell, Figures, Group, Replay
from benchmarks.records import RESULTS, Line, Records
from benchmarks.training import quantiser_codes as codes
from benchmarks.training.accuracy_report import spread
from benchmarks.training.figures import LIBRARIES, cell_key, config_of, options_of, same_data, where

import hint_train
from hint_train import preset
from hint_train.data import load_dataset
from hint_train.data.pairs import MODALITIES, PairedData

COMMAND = "python benchmarks/training/leaderboard.py --ceilings"
DIRECTIONS = ("image_to_text", "text_to_image")
OURS = "HINT's outputs"
ALONE = "features of one modality"
CCA = "ceiling: CCA, cosine"
"""The row of quantisers.jsonl whose figures are shown: the same at every length."""
ABOUT = (
    "A last table says what hashing costs: mAP of the same rankings by real numbers, by cosine, which are set apart from the ranking. HINT's "
    "networks without the sign (tanh of their last layer; three seeds, one on fashion20k); canonical components (CCA), from [quantisers.md](quantisers.md), up to 500 queries; and the features less their mean of one modality alone, image to image and text to text. "
)
_CACHED = 2


@functools.lru_cache(maxsize=_CACHED)
def data_of(name: str) -> PairedData:
    """A set with all its queries."""
    return load_dataset(where(name))


def ranked(data: PairedData, query: np.ndarray, database: np.ndarray) -> float:
    """mAP over the whole ranking of the database rows by their cosine with each query."""
    assert data.labels is not None
    return codes.mean_average_precision(
        codes.cosine(query, database), data.labels[data.query], data.labels[data.retrieval]
    )


def both(data: PairedData, rows: dict[Any, np.ndarray]) -> dict[str, float]:
    """mAP of both directions by the rows of both modalities, (N, w) each."""
    return {
        d: ranked(data, rows[source][data.query], rows[target][data.retrieval])
        for d, (source, target) in zip(DIRECTIONS, (("image", "text"), ("text", "image")), strict=True)
    }


def outputs(name: str, config: hint_train.Config, lengths: tuple[int, ...], seed: int) -> dict[int, Figures]:
    """Figures of HINT's networks without the sign: tanh of their last layer, which is what training compares by cosine."""
    data, found = data_of(name), {}
    config = replace(config, dataset=where(name), bits=lengths, seed=seed, device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        hint_train.run(config, Path(folder) / "run")
        run = hint_train.load(Path(folder) / "run")
    for bits in lengths:
        rows = {m: np.tanh(run.outputs(getattr(data, m), modality=m, bits=bits)) for m in MODALITIES}
        found[bits] = {**both(data, rows), "numbers": bits}
    return found


def alone(name: str) -> Figures:
    """Figures of the features less their training mean: `image_to_text` is image to image here, and the other text to text."""
    data, rows = data_of(name), {}
    for m in MODALITIES:
        features = np.asarray(getattr(data, m), dtype=np.float32)
        rows[m] = features - features[data.train].mean(axis=0)
    found = {
        d: ranked(data, rows[m][data.query], rows[m][data.retrieval])
        for d, m in zip(DIRECTIONS, MODALITIES, strict=True)
    }
    return {**found, "numbers": f"{data.image.shape[1]} / {data.text.shape[1]}"}


def _name(dataset: str) -> str:
    return f"{dataset}, {ALONE}"


def line_name(dataset: str, config: hint_train.Config, bits: int, seed: int) -> str:
    """What a line of HINT's outputs is found by."""
    return f"{OURS}, {cell_key(dataset, config, bits, seed)}"


def measure_ceilings(dataset: str, lengths: tuple[int, ...], seeds: int, records: Records) -> None:
    """Measure what is missing of a set."""
    config = preset("default")
    if records.get(_name(dataset)) is None:
        same_data(dataset, records)
        _add(records, {"name": _name(dataset), "set": dataset, "row": ALONE}, alone(dataset), 0.0)
    for seed in range(seeds):
        missing = tuple(b for b in lengths if records.get(line_name(dataset, config, b, seed)) is None)
        if missing:
            same_data(dataset, records)
            started = time.perf_counter()
            found = outputs(dataset, config, missing, seed)
            seconds = (time.perf_counter() - started) / len(missing)
            for bits, one in found.items():
                about = {"name": line_name(dataset, config, bits, seed), "set": dataset, "row": OURS, "bits": bits}
                _add(records, {**about, "seed": seed, "options": options_of(config)}, one, seconds)


def _add(records: Records, about: Line, found: Figures, seconds: float) -> None:
    records.add({**about, "figures": found, "seconds": round(seconds, 2)})
    shown = "/".join(f"{found[d]:.3f}" for d in DIRECTIONS)
    measure.write(f"{about['set']}, {about['row']}{', ' + str(about['bits']) if 'bits' in about else ''}: {shown}\n")


def text(dataset: str, lengths: tuple[int, ...], records: Records, hint: dict[int, list[Line]]) -> str:
    """The table of a set: HINT's codes, by the cells `hint` of the leaderboard and their outputs, and what ranks by real numbers; empty without any."""
    rows: list[list[str]] = []
    quantised = Records(RESULTS / "quantisers.jsonl", "")
    for bits in lengths:
        cells = hint.get(bits, [])
        found = (records.get(line_name(dataset, preset("default"), bits, cell["seed"])) for cell in cells)
        if lines := [line for line in found if line is not None]:
            signs = [[cell["scores"][d]["map"] for cell in cells] for d in DIRECTIONS]
            real = [[line["figures"][d] for line in lines] for d in DIRECTIONS]
            rows.append(["HINT's codes", f"{bits} bits", *map(spread, signs)])
            rows.append([OURS, f"{bits} numbers", *map(spread, real)])
    cca = quantised.get(f"{dataset}, {CCA}, {max(lengths)} bits, seed 0")
    if cca is not None:
        values = [f"{cca['figures'][f'map {d}']:.3f}" for d in DIRECTIONS]
        rows.append(["canonical components (CCA)", f"{cca['figures']['bytes'] / 4:.0f} numbers", *values])
    line = records.get(_name(dataset))
    if line is not None:
        values = [f"{line['figures'][d]:.3f}" for d in DIRECTIONS]
        rows.append([f"{ALONE}, I→I / T→T", f"{line['figures']['numbers']} numbers", *values])
    if not rows:
        return ""
    return measure.table(["ranked by", "an item", "I→T", "T→I"], rows)


def figures(path: Path, *, fresh: bool = False) -> Records:
    """The records of the ceilings."""
    return Records(path, COMMAND, LIBRARIES, fresh=fresh)


def groups(records: Records) -> Iterator[Group]:
    """Every line as a group of its own."""
    for line in records:
        cell = Cell(
            name=line["name"],
            method=line["row"],
            stratum=line["set"],
            figures=dict(line["figures"]),
            made=records.session_of(line),
            tolerance=0.05 if line["row"] == OURS else 0.02,
        )
        again = functools.partial(_again, line, records)
        yield Group(name=line["name"], cells=[cell], measure=again, seconds=line["seconds"] or 10)


def _again(line: Line, records: Records) -> dict[str, Figures]:
    same_data(line["set"], records)
    if line["row"] == ALONE:
        return {line["name"]: alone(line["set"])}
    bits = line["bits"]
    return {line["name"]: outputs(line["set"], config_of(line["options"]), (bits,), line["seed"])[bits]}


REPLAY = Replay(groups=groups, left_out="seconds")
