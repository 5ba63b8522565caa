"""What every process of a run but the first does: prepare and train with it. It writes nothing, measures nothing and says nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hint_train.data import load_dataset
from hint_train.methods.entries import METHODS
from hint_train.runs.begun import read_begun
from hint_train.runs.cells import cells_of, trainer_of, training_pairs, training_set
from hint_train.runs.fingerprint import fingerprint
from hint_train.runs.folder import located
from hint_train.runs.labelled import Preparation
from hint_train.runs.together import check_alike, check_divisible, device_of
from hint_train.runs.training_run import check_all
from hint_train.training.method import SupervisedEntry
from hint_train.training.watch import Watch

if TYPE_CHECKING:
    from hint_train.methods.config import Config


def help_run(config: Config, folder: Path, *, resume: bool = False, watch: Watch | None = None) -> None:
    """Take part in the run that the first process makes of the same options in `folder`, as long as it trains.

    Raises
    ------
    TrainError
        As `run` does.
    """
    watch = watch or Watch()
    check_all(config)
    check_divisible(config)
    device, config = device_of(config.device), located(config)
    if resume:
        config = read_begun(folder).continued(config)
    entry = METHODS[config.method]
    data = load_dataset(config.dataset, None if config.data_dir is None else Path(config.data_dir), config.pairs_in)
    check_alike(config, fingerprint(data, labels=isinstance(entry, SupervisedEntry)))
    watch.stage("prepare")
    pairs = training_pairs(config, data)
    preparation = Preparation(data, pairs, config, device)
    train = training_set(pairs, device)
    for cell in cells_of(config):
        bits, seed = cell
        method = entry.build(preparation.artefacts(seed), train, config, bits, seed)
        watch.stage("train")
        trainer = trainer_of(cell, method, train, config, folder, resume=resume)
        trainer.run(watch.progress, lambda _: None, watch.stop)
        watch.stage("evaluate")
