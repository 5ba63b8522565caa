"""Measured cells of the trainer's tables: one line of a JSON file each, used again while nothing it depends on has changed.

A key digests the data, the configuration that the method reads, and the code of that method without comments and docstrings.
"""

from __future__ import annotations

import argparse
import ast
import functools
import hashlib
import json
import os
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

# Before torch is loaded, as the command hint-train does: threads that spin at barriers stall where cores are shared.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
from benchmarks import measure
from benchmarks.training import accuracy_cells as plan

import hint_train
from hint_train.config.config_file import to_table
from hint_train.data import load_dataset
from hint_train.retrieval.directions import Codes, both_directions
from hint_train.retrieval.hamming import CPU
from hint_train.training.method import MODALITIES

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("HINT_SHARED_DATA", ROOT.parent / "shared" / "data"))
_SHARED_CODE = ("networks", "trainer", "evaluate", "hamming", "method")
_OWN_CODE = {
    "hint": (
        "losses",
        "graph",
        "knn",
        "mixup",
        "proxies",
        "structure",
        "communities",
        "transform",
        "cells",
        "agreement",
    ),
    "infonce": ("losses",),
    "vtm-uch": ("centroids", "object_similarity", "vision_text", "leiden", "graph"),
    "dgcpn": ("knn",),
    "cmfh": ("closed_form", "final"),
    "cvh": ("final",),
    **dict.fromkeys(("srlch", "batch", "dch"), ("anchors", "closed_form", "final", "labelled")),
    "lpih": (
        *("anchors", "closed_form", "final", "labelled", "pseudolabels", "inherited", "graph", "knn"),
        *("methods/srlch", "methods/batch", "methods/dch"),
    ),
}
_OPTIONS = {
    "hint": ("noise", "graph", "search", "tree", "proxy", "mixup", "loss", "network", "optimiser", "evaluation"),
    "infonce": ("noise", "network", "optimiser", "evaluation"),
    "ucch": ("noise", "ucch", "network", "optimiser", "evaluation"),
    "vtm-uch": ("noise", "vtm", "tree", "network", "optimiser", "evaluation"),
    "djsrh": ("noise", "djsrh", "network", "optimiser", "evaluation"),
    "dgcpn": ("noise", "dgcpn", "network", "optimiser", "evaluation"),
    "cvh": ("noise", "cvh", "network", "evaluation"),
    "cmfh": ("noise", "cmfh", "network", "evaluation"),
    **{name: ("noise", "labels", "anchors", name, "network", "evaluation") for name in ("srlch", "batch", "dch")},
    "lpih": ("noise", "labels", "anchors", "srlch", "batch", "dch", "lpih", "graph", "network", "evaluation"),
}
"""What a method's figures depend on, so that a new default of HINT leaves its rivals' figures valid."""


class Row(Protocol):
    """One line of a table: its name and the configuration that it measures."""

    @property
    def name(self) -> str:
        """What the table calls it."""
        ...

    @property
    def config(self) -> hint_train.Config:
        """What is run."""
        ...


class Figures:
    """Measured cells in a file of JSON lines, by a key of everything that they depend on."""

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() and not fresh else []
        if fresh:
            path.write_text("")
        self._found: dict[str, dict[str, Any]] = {line["key"]: line for line in map(json.loads, lines)}

    def get(self, key: str) -> dict[str, Any] | None:
        """The line of a key, or None."""
        return self._found.get(key)

    def add(self, line: dict[str, Any]) -> None:
        """Append one line at once."""
        self._found[line["key"]] = line
        with self._path.open("a") as stream:
            stream.write(json.dumps(line) + "\n")


@functools.cache
def code_digest(method: str) -> str:
    """Digest of the modules a method's figures depend on, without comments and docstrings."""
    package = Path(hint_train.__file__).parent
    names = [*_SHARED_CODE, *_OWN_CODE.get(method, ()), f"methods/{method.replace('-', '_')}"]
    digest = hashlib.sha256()
    for path in sorted(package / f"{name}.py" for name in names):
        if not path.is_file():
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list):
                is_text = [isinstance(x, ast.Expr) and isinstance(x.value, ast.Constant) for x in body]
                node.body = [x for x, text in zip(body, is_text, strict=True) if not text]  # type: ignore[attr-defined]
        digest.update(ast.dump(tree).encode())
    return digest.hexdigest()[:12]


@functools.cache
def data_digest(dataset: str) -> str:
    """First digits of the SHA-256 of a set's file."""
    return hashlib.sha256((SHARED / f"{dataset}.npz").read_bytes()).hexdigest()[:12]


def arguments(doc: str) -> argparse.ArgumentParser:
    """What the commands that measure cells have in common; `doc` is shown as it is."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=plan.SETS, default=None)
    parser.add_argument("--quick", action="store_true", help="the small sets, fewer lengths, one seed")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--fresh", action="store_true", help="forget all figures first")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results")
    return parser


def chosen_sets(options: argparse.Namespace) -> list[str]:
    """The sets asked for, all of them or the small ones; ends with the names of those whose files are missing."""
    sets: list[str] = options.sets or [s for s in plan.SETS if not (options.quick and s in plan.LARGE)]
    absent = [s for s in sets if not (SHARED / f"{s}.npz").is_file()]
    if absent:
        raise SystemExit(
            f"missing in {SHARED.name}: {', '.join(absent)}; set HINT_SHARED_DATA to the folder that has them"
        )
    return sets


def key_of(dataset: str, config: hint_train.Config, what: str) -> str:
    """Everything that a figure depends on, digested."""
    table = to_table(config)
    used = {name: table[name] for name in _OPTIONS[config.method]}
    if config.method == "infonce":
        used["tau"] = config.loss.pair_tau
    parts = [dataset, data_digest(dataset), code_digest(config.method), config.method, used, what]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]


def cell_key(dataset: str, config: hint_train.Config, bits: int, seed: int) -> str:
    """Key of one figure."""
    return key_of(dataset, config, f"bits {bits} seed {seed}")


def by_hits(config: hint_train.Config, codes: Codes, bits: int) -> dict[str, float]:
    """mAP@50 divided by the hits, as most published programs have it, in both directions; the database by the hash functions."""
    data = load_dataset(config.dataset)
    chosen = replace(config.evaluation, cutoffs=(50,), topk_rule="hits")
    return {
        name: found.scores["map@50"] for name, found in both_directions(data, codes, codes, bits, chosen, CPU).items()
    }


def measure_row(dataset: str, row: Row, wanted: list[tuple[int, int]], figures: Figures) -> None:
    """Measure the cells of a row that are missing; the lengths of one seed share graph and tree, as in any run."""
    missing: dict[int, list[int]] = defaultdict(list)
    for bits, seed in wanted:
        if figures.get(cell_key(dataset, row.config, bits, seed)) is None:
            missing[seed].append(bits)
    for seed, lengths in missing.items():
        config = replace(
            row.config, dataset=str(SHARED / f"{dataset}.npz"), bits=tuple(lengths), seed=seed, device="cpu"
        )
        with tempfile.TemporaryDirectory() as folder:
            result = hint_train.run(config, Path(folder) / "run")
            with np.load(Path(folder) / "run" / "codes.npz") as held:
                codes = {bits: {m: held[f"bits{bits}-seed{seed}-{m}"] for m in MODALITIES} for bits in lengths}
        own = (result.seconds.get("train", 0) + result.seconds.get("evaluate", 0)) / len(lengths)
        for bits in lengths:
            figures.add(
                {
                    "key": cell_key(dataset, row.config, bits, seed),
                    "set": dataset,
                    "row": row.name,
                    "bits": bits,
                    "seed": seed,
                    "scores": result.bits[str(bits)],
                    "map@50 by hits": by_hits(config, codes[bits], bits),
                    "chance": result.chance,
                    "seconds": round(result.seconds["prepare"] + own, 2),
                    "parameters": result.parameters[str(bits)],
                    "structure": result.structure,
                    "sizes": result.sizes,
                    "notes": result.notes,
                    "code": code_digest(row.config.method),
                    "core": measure.core_digest(),
                    "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
                    "config": to_table(replace(row.config, dataset=dataset, bits=(bits,), seed=seed)),
                }
            )
            shown = "/".join(f"{x['map']:.3f}" for x in result.bits[str(bits)].values())
            measure.write(f"{dataset}, {row.name}, {bits} bits, seed {seed}: {shown}\n")
