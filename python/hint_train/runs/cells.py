"""The code lengths and seeds of a run, and what all its processes do for each: see the same pairs, and train on them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hint_train.errors import ConfigError
from hint_train.ranks import current
from hint_train.runs.together import numbered
from hint_train.training.checkpoint import CheckpointFolder
from hint_train.training.method import TrainingSet
from hint_train.training.trainer import Plan, Trainer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from hint_train.data import PairedData
    from hint_train.data.pairs import TrainingPairs
    from hint_train.encoding.modelfile import Cell
    from hint_train.methods.config import Config
    from hint_train.training.method import Method


def cells_of(config: Config) -> list[Cell]:
    """Code length and seed of each, in the order in which they are trained."""
    seeds = range(config.seed, config.seed + config.seeds)
    return [(bits, seed) for seed in seeds for bits in config.bits]


def training_pairs(config: Config, data: PairedData) -> TrainingPairs:
    """What is trained on, with texts exchanged where noise is asked for."""
    pairs = data.training_pairs()
    return pairs.with_noise(config.noise, config.seed) if config.noise else pairs


def training_set(pairs: TrainingPairs, device: torch.device) -> TrainingSet:
    """The features of the pairs on the device."""
    return TrainingSet(*(torch.from_numpy(x).to(device) for x in (pairs.image, pairs.text)))


def trainer_of(
    cell: Cell,
    method: Method,
    train: TrainingSet,
    config: Config,
    folder: Path,
    *,
    resume: bool,
    measure: Callable[[], Mapping[str, float]] = dict,
) -> Trainer:
    """What trains `method` at one code length and seed, from its checkpoint in `folder` where the run is resumed.

    Raises
    ------
    ConfigError
        The processes of the run do not find the same checkpoint.
    """
    (bits, seed), every = cell, cells_of(config)
    plan = Plan(bits, seed, config.n_epochs(len(train)), config.checkpoint_seconds, every.index(cell), len(every))
    checkpoints = CheckpointFolder(folder / "checkpoints" / f"bits{bits}-seed{seed}")
    trainer = Trainer(method, train, config.optimiser, plan, checkpoints, measure)
    if resume:
        trainer.resume()
        if others := current().unlike_the_first(b"%16d %16d" % trainer.done):
            raise ConfigError(
                f"{numbered(others)} found another checkpoint than process 0; with --resume all processes must see the folder {folder}"
            )
    return trainer
