"""From the measurements of a run to its `Result`."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hint_train.report.result import Result
from hint_train.training.partners import RECALL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hint_train.data import PairedData
    from hint_train.data.pairs import Modality
    from hint_train.encoding.modelfile import Cell
    from hint_train.methods.config import Config
    from hint_train.retrieval.evaluate import Retrieval
    from hint_train.training.networks import HashNetwork


def summarise(
    config: Config,
    data: PairedData,
    retrievals: Mapping[Cell, dict[str, Retrieval]],
    health: Mapping[Cell, Mapping[str, float]],
    networks: Mapping[Cell, dict[Modality, HashNetwork]],
    *,
    structure: dict[str, float],
    notes: tuple[str, ...],
    n_labelled: int,
    folder: Path,
) -> Result:
    """What a run measured; its seconds and memory are still open."""
    every = [r for cell in retrievals.values() for r in cell.values()]
    weights = {b: sum(p.numel() for n in pair.values() for p in n.parameters()) for (b, _), pair in networks.items()}
    return Result(
        method=config.method,
        dataset=data.name,
        chance=every[0].chance if every else None,
        tie_rule=config.evaluation.ties,
        queries_without_relevant=every[0].queries_without_relevant if every else 0,
        selection="last epoch",
        bits=_figures(config, retrievals),
        sizes={
            "pairs": len(data.image),
            "query": len(data.query),
            "retrieval": len(data.retrieval),
            "train": len(data.train),
            "labelled": n_labelled,
            "image_features": data.image.shape[1],
            "text_features": data.text.shape[1],
        },
        structure=structure,
        notes=notes,
        seconds={},
        peak_memory_bytes=0,
        parameters={str(bits): count for bits, count in weights.items()},
        versions={
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
            "hint-se": version("hint-se"),
        },
        config=asdict(config),
        folder=str(folder),
        topk_rule=config.evaluation.topk_rule,
        no_relevant=config.evaluation.no_relevant,
        chance_scores=every[0].chance_scores if every else {},
        standard_errors=_standard_errors(config, retrievals),
        recall={
            str(b): float(np.mean([found[RECALL] for (bits, _), found in health.items() if bits == b]))
            for b in config.bits
        },
    )


def _standard_errors(
    config: Config, retrievals: Mapping[Cell, dict[str, Retrieval]]
) -> dict[str, dict[str, dict[str, float]]]:
    cells = {b: [r for (bits, _), r in retrievals.items() if bits == b] for b in config.bits}
    return {
        str(bits): {
            direction: {
                name: float(np.mean([one[direction].standard_errors[name] for one in found]))
                for name in found[0][direction].standard_errors
            }
            for direction in found[0]
        }
        for bits, found in cells.items()
        if found
    }


def _figures(config: Config, retrievals: Mapping[Cell, dict[str, Retrieval]]) -> dict[str, dict[str, dict[str, Any]]]:
    out: dict[str, dict[str, dict[str, Any]]] = {}
    for bits in config.bits:
        cells = [r for (b, _), r in retrievals.items() if b == bits]
        out[str(bits)] = {
            direction: {
                name: _figure([cell[direction].scores[name] for cell in cells], config.seeds)
                for name in cells[0][direction].scores
            }
            for direction in (cells[0] if cells else ())
        }
    return out


def _figure(values: list[float], seeds: int) -> float | dict[str, Any]:
    if seeds == 1:
        return values[0]
    deviation = float(np.std(values, ddof=1))
    return {"mean": float(np.mean(values)), "std": deviation, "values": values}
