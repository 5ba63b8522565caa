"""Runs that the paper's figures need more of than their mAP: curves, lambda by epoch, classes by size, mixing of modalities; and time."""

from __future__ import annotations

import functools
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks import measure
from benchmarks.cells import Cell, Figures, Group, flat
from benchmarks.records import Line, Records
from benchmarks.training.accuracy_cells import Row
from benchmarks.training.figures import _TOLERANCE, config_of, options_of, same_data, where
from benchmarks.training.paper_cells import BITS, CURVES, READINGS, ROWS, Cells, run_name
from benchmarks.trees.benchmark_graphs import cross_modal_knn

import hint_se
import hint_train
from hint_train.data import PairedData, load_dataset
from hint_train.data.pairs import MODALITIES
from hint_train.retrieval.directions import Codes
from hint_train.retrieval.evaluate import evaluate
from hint_train.retrieval.hamming import hamming_distances
from hint_train.search import exact

ITEMS, QUERIES, NEAREST, ROUNDS = 100_000, 50, 10, 15
GREEDY, GROWTH_ROUNDS = "merge-compress", 7
SIZES = (10_000, 31_623, 100_000)
SPEED_BITS = (16, 32, 48, 64, 96, 128)
_SHARES = (8 / 24, 6 / 24)
"""Shares of the classes that the paper calls head and tail."""
_BALANCED = 2.0
"""Sets whose largest class is smaller than so many times the smallest have no tail."""
_POINTS = 20
_DIGITS = 6


def wanted(sets: tuple[str, ...]) -> Iterator[tuple[str, Row, tuple[int, ...]]]:
    """Sets, rows and code lengths of runs that are looked into: all lengths of the small sets, one of the large."""
    for dataset in sets:
        names = (*READINGS, *CURVES) if dataset != "shapes" else (*READINGS, "CMFH", "CVH")
        yield from ((dataset, ROWS[name], (128,) if dataset == "fashion20k" else BITS) for name in names)


def missing(cells: Cells, sets: tuple[str, ...]) -> list[tuple[str, Row, tuple[int, ...]]]:
    """Those of them that the last file does not hold."""
    found = []
    for dataset, row, lengths in wanted(sets):
        left = tuple(bits for bits in lengths if cells.run(dataset, row.name, bits) is None)
        found += [(dataset, row, left)] if left else []
    return found


def measure_run(dataset: str, row: Row, lengths: tuple[int, ...], records: Records) -> None:
    """One run of seed 0 over code lengths; a line for each."""
    same_data(dataset, records)
    for bits, value in looked_into(dataset, row.config, lengths).items():
        records.add({"name": run_name(dataset, row, bits), "value": value, "options": options_of(row.config)})
        shown = "/".join(f"{x['map']:.3f}" for x in value["scores"].values())
        measure.write(f"{run_name(dataset, row, bits)}: {shown}\n")


def looked_into(dataset: str, config: hint_train.Config, lengths: tuple[int, ...]) -> dict[int, dict[str, Any]]:
    """What is kept of a run, by code length."""
    config = replace(config, dataset=where(dataset), bits=lengths, seed=0, device="cpu")
    data = load_dataset(where(dataset))
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        result = hint_train.run(config, run)
        with np.load(run / "codes.npz") as held:
            codes = {bits: {m: held[f"bits{bits}-seed0-{m}"] for m in MODALITIES} for bits in lengths}
        curves = json.loads((run / "curves.json").read_text(encoding="utf-8"))
        epochs = run / "metrics.jsonl"
        steps = [json.loads(line) for line in epochs.read_text().splitlines()] if epochs.exists() else []
    return {
        bits: {
            "scores": result.bits[str(bits)],
            "chance": result.chance,
            "seconds": {name: round(value, 2) for name, value in result.seconds.items()},
            "parameters": result.parameters[str(bits)],
            "curves": {one["direction"]: _thinned(one) for one in curves if one["bits"] == bits},
            "lambda": _lambda([step for step in steps if step["bits"] == bits]),
            "classes": by_class_size(data, codes[bits], bits),
            "mixing": mixing(data, codes[bits]),
        }
        for bits in lengths
    }


def _thinned(curve: dict[str, Any]) -> dict[str, list[float]]:
    chosen = np.unique(np.linspace(0, len(curve["n"]) - 1, _POINTS).round().astype(int))
    return {name: [round(curve[name][i], _DIGITS) for i in chosen] for name in ("n", "precision", "recall")}


def _lambda(steps: list[dict[str, Any]]) -> list[float]:
    """Mean over both modalities of the mean weight of an epoch."""
    names = ("lambda_image", "lambda_text")
    return [round(statistics.fmean(s[n] for n in names), _DIGITS) for s in steps if all(n in s for n in names)]


def by_class_size(data: PairedData, codes: Codes, bits: int) -> dict[str, float]:
    """Mean mAP of both directions over the classes of a group: head, medium, tail by their number of items in the database.

    A class is asked for by its queries, and relevant is what has it. Empty where the classes are about equally large.
    """
    labels = data.labels
    if labels is None:
        return {}
    counts = labels[data.retrieval].sum(axis=0)
    order = np.argsort(-counts, kind="stable")
    if counts.max() < _BALANCED * counts.min():
        return {}
    head, tail = (round(share * len(order)) for share in _SHARES)
    groups = {"head": order[:head], "medium": order[head : len(order) - tail], "tail": order[len(order) - tail :]}
    return {name: round(_class_map(data, codes, bits, classes), _DIGITS) for name, classes in groups.items()}


def _class_map(data: PairedData, codes: Codes, bits: int, classes: Any) -> float:
    assert data.labels is not None
    found = []
    for one in classes:
        asked = data.query[data.labels[data.query, one].astype(bool)]
        for source, target in (MODALITIES, MODALITIES[::-1]) if len(asked) else ():
            has = [data.labels[rows][:, [one]].astype(bool) for rows in (asked, data.retrieval)]
            held = evaluate(codes[source][asked], codes[target][data.retrieval], *has, bits=bits, cutoffs=())
            found.append(held.scores["map"])
    return statistics.fmean(found)


def mixing(data: PairedData, codes: Codes) -> dict[str, float]:
    """How far the codes of the two modalities lie among one another.

    `mixed` is the share of the other modality among the ten nearest codes of a query's code, queries of both modalities
    pooled: 0.5 where modalities cannot be told apart, 0 where they lie apart. Equal distances count by their mean. `pair` is the mean
    distance of a pair's two codes over that of two codes of different pairs and modalities.
    """
    rows = data.query
    pooled = np.concatenate([codes[m][rows] for m in MODALITIES])
    modality = np.repeat([0, 1], len(rows))
    distance = hamming_distances(pooled, pooled)
    np.fill_diagonal(distance, np.iinfo(distance.dtype).max)
    shares = []
    for row, own in zip(distance, modality, strict=True):
        edge = np.partition(row, NEAREST - 1)[NEAREST - 1]
        near, tied = row < edge, row == edge
        left = (NEAREST - near.sum()) * (modality[tied] != own).mean()
        shares.append(((modality[near] != own).sum() + left) / NEAREST)
    between = distance[: len(rows), len(rows) :]
    own_pair = float(np.diag(between).mean())
    others = (float(between.sum()) - np.diag(between).sum()) / (len(rows) * (len(rows) - 1))
    return {"mixed": round(float(np.mean(shares)), _DIGITS), "pair": round(float(own_pair / others), _DIGITS)}


def speed(bits: int) -> dict[str, float]:
    """Milliseconds of one thread for a query among 10^5 random items: by hash code, and by as many floats in faiss and in NumPy.

    Medians of processor time over rounds in which the three take turns, and ratios of neighbours in a round. The ten nearest are returned.
    """
    import faiss  # a large library that tables do without

    source = np.random.default_rng(0)
    dense = source.standard_normal((ITEMS + QUERIES, bits), dtype=np.float32)
    packed = np.packbits(dense > 0, axis=1, bitorder="little")
    items, queries = dense[:ITEMS], dense[ITEMS:]
    flat_index = faiss.IndexFlatIP(bits)
    flat_index.add(items)
    faiss.omp_set_num_threads(1)
    ways: dict[str, Callable[[int], Any]] = {
        "hash": lambda i: exact.nearest(packed[:ITEMS], packed[ITEMS + i : ITEMS + i + 1], NEAREST),
        "dense, faiss": lambda i: flat_index.search(queries[i : i + 1], NEAREST),
        "dense, NumPy": lambda i: np.argsort(items @ queries[i])[-NEAREST:],
    }
    rounds: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        found = {}
        for name, one in ways.items():
            start = time.process_time()
            for i in range(QUERIES):
                one(i)
            found[name] = 1000 * (time.process_time() - start) / QUERIES
        rounds.append(found)
    middle = {name: statistics.median(found[name] for found in rounds) for name in ways}
    ratios = {
        f"{name} over hash": statistics.median(found[name] / found["hash"] for found in rounds)
        for name in ways
        if name != "hash"
    }
    return {name: round(value, 4) for name, value in (middle | ratios).items()}


def growth() -> list[list[float]]:
    """Nodes and processor seconds of the tree that the paper's reading builds, over kNN graphs of one family.

    The least of some rounds in which the sizes take turns: what others do on the machine can only add to it.
    """
    graphs = []
    for n in SIZES:
        edges, weights, nodes = cross_modal_knn(n)
        graphs.append((nodes, hint_se.Graph.from_edges(edges, weights, n_nodes=nodes)))
    least = dict.fromkeys((nodes for nodes, _ in graphs), float("inf"))
    for _ in range(GROWTH_ROUNDS):
        for nodes, graph in graphs:
            build = functools.partial(hint_se.build_tree, graph, algorithm=GREEDY, n_threads=1)
            least[nodes] = min(least[nodes], measure.timed(build)[1])
    return [[float(nodes), round(seconds, 4)] for nodes, seconds in least.items()]


def groups(records: Records) -> Iterator[Group]:
    """Every run that was looked into, for `replay.py`; times are never compared."""
    for line in records:
        if line.get("name", "").startswith("run, "):
            _, dataset, *_, length = line["name"].split(", ")
            cell = Cell(
                name=line["name"],
                method=f"{line['options']['method']}, looked into",
                stratum=dataset,
                figures=_compared(line["value"]),
                made=records.session_of(line),
                tolerance=_TOLERANCE,
            )
            again = functools.partial(_again, dataset, line, int(length.split()[0]))
            yield Group(name=line["name"], cells=[cell], measure=again, seconds=line["value"]["seconds"]["total"])


def _again(dataset: str, line: Line, bits: int) -> dict[str, Figures]:
    return {line["name"]: _compared(looked_into(dataset, config_of(line["options"]), (bits,))[bits])}


def _compared(value: dict[str, Any]) -> Figures:
    return flat({name: part for name, part in value.items() if name != "seconds"})
