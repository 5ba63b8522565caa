"""One run from a configuration to a folder of results: the order of the steps, and nothing of what happens inside them."""

from __future__ import annotations

import contextlib
import json
import logging
import math
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hint_train.data import load_dataset
from hint_train.data.pairs import Modality
from hint_train.errors import ConfigError
from hint_train.methods.check import check, warn_if_idle
from hint_train.methods.entries import METHODS
from hint_train.ranks import current
from hint_train.report.finished import Finished
from hint_train.report.write import write_report
from hint_train.retrieval.directions import Codes, both_directions, codes_of
from hint_train.runs.begun import read_begun, write_begun
from hint_train.runs.board import Board
from hint_train.runs.cells import cells_of, trainer_of, training_pairs, training_set
from hint_train.runs.contents import RESULT, RUN, write_readme
from hint_train.runs.fingerprint import fingerprint
from hint_train.runs.folder import begin, choose, hold, inputs, located
from hint_train.runs.labelled import Preparation, database_codes
from hint_train.runs.products import write_products
from hint_train.runs.summary import summarise
from hint_train.runs.together import check_alike, check_divisible, device_of
from hint_train.training.health import HealthWatch, code_health
from hint_train.training.method import SupervisedEntry
from hint_train.training.partners import PartnerSample
from hint_train.training.watch import Clock, Watch, peak_memory
from hint_train.whole import append_line, write_atomically

if TYPE_CHECKING:
    import torch

    from hint_train.data import PairedData
    from hint_train.encoding.modelfile import Cell
    from hint_train.methods.config import Config
    from hint_train.report.result import Result
    from hint_train.retrieval.evaluate import Retrieval
    from hint_train.training.method import Artefacts, Method, TrainingSet
    from hint_train.training.networks import HashNetwork
    from hint_train.training.trainer import Record

_log = logging.getLogger(__name__)


def run(
    config: Config,
    out: Path | str | None = None,
    *,
    resume: bool = False,
    overwrite: bool = False,
    watch: Watch | None = None,
) -> Result:
    """Train and evaluate one method on one data set.

    Parameters
    ----------
    config
        What to run.
    out
        Output folder, new or empty; None makes `runs/<dataset>-<method>-<time>`.
    resume
        Continue the run in `out` from its checkpoints. It keeps the code lengths and seeds that it has; `config` may add some.
    overwrite
        Remove the earlier run in `out` first, if it holds that and nothing else.
    watch
        Callbacks.

    Raises
    ------
    ConfigError
        Options that cannot be run; a folder that is not free, is in use, or cannot be written; or a run to resume that had other
        options or data.
    DataError
        A data set that is missing or malformed.
    OSError
        A file cannot be written, as on a full disk; what was there before is left as it was.
    InterruptedRunError, NonFiniteLossError
        Training ended early; the checkpoints in `out` remain.
    """
    check_all(config)
    warn_if_idle(config)
    check_divisible(config)
    device = device_of(config.device)
    clock = Clock(watch or Watch())
    folder, config = choose(config, out), located(config)
    _check_images(config, resume=resume)
    begun = read_begun(folder) if resume else None
    if begun:
        config = begun.continued(config)
    with contextlib.ExitStack() as stack:
        board = stack.enter_context(contextlib.closing(Board(folder / "tensorboard"))) if config.tensorboard else None
        stack.enter_context(hold(folder, inputs(config), resume=resume, overwrite=overwrite))
        clock.enter("load")
        data = load_dataset(config.dataset, None if config.data_dir is None else Path(config.data_dir), config.pairs_in)
        seen = fingerprint(data, labels=isinstance(METHODS[config.method], SupervisedEntry))
        if begun:
            begun.check_data(seen)
        check_alike(config, seen)
        begin(folder, RUN, inputs(config), resume=resume)
        write_begun(folder, config, seen)
        return _Run(config, data, device, folder, clock, board, resume).result()


def check_all(config: Config) -> None:
    """Raise one `ConfigError` that says why `config` is no run: an unknown method, several runs at once, or all faults of options."""
    if config.method not in METHODS:
        raise ConfigError(f"unknown method {config.method!r}; expected one of {', '.join(METHODS)}")
    if isinstance(METHODS[config.method], SupervisedEntry) and len(config.labels.labelled) > 1:
        raise ConfigError("--labelled has several shares, each a run of its own; run them one by one or as a grid")
    check(config)


def _check_images(config: Config, *, resume: bool) -> None:
    """Refuse pictures that are not there; a run that goes on, whose pictures are gone, needs none."""
    if config.images is not None and not Path(config.images).is_dir():
        if not resume:
            raise ConfigError(f"--images {config.images}: no such folder; expected one of pictures, or leave it out")
        _log.warning(
            "--images %s: no such folder, so the report is without pictures, and retrieval.png goes", config.images
        )


def _said_of_processes() -> tuple[str, ...]:
    size = current().size
    return () if size == 1 else (f"trained by {size} processes, which divided each batch among them",)


class _Run:
    """The parts of a run that its stages share."""

    def __init__(
        self,
        config: Config,
        data: PairedData,
        device: torch.device,
        folder: Path,
        clock: Clock,
        board: Board | None,
        resume: bool,
    ) -> None:
        self._config, self._data, self._device = config, data, device
        self._folder, self._clock, self._board, self._resume = folder, clock, board, resume
        self._records: list[Record] = []
        self._retrievals: dict[Cell, dict[str, Retrieval]] = {}
        self._codes: dict[Cell, Codes] = {}
        self._networks: dict[Cell, dict[Modality, HashNetwork]] = {}
        self._health: dict[Cell, dict[str, float]] = {}
        self._sample = PartnerSample.of(data, device)
        self._cells = cells_of(config)

    def result(self) -> Result:
        config, clock = self._config, self._clock
        clock.enter("prepare")
        pairs = training_pairs(config, self._data)
        preparation = Preparation(self._data, pairs, config, self._device)
        preparation.artefacts(config.seed).save(self._folder)
        summary, notes = preparation.artefacts(config.seed).summary(), preparation.artefacts(config.seed).notes()
        if config.entropy_unit == "nats" and "entropy" in summary:
            summary |= {"entropy": summary["entropy"] * math.log(2)}
        _log.info("structure: %s", ", ".join(f"{k} {v:.6g}" for k, v in summary.items()) or "none")
        notes = (*self._data.notes, *notes, *_said_of_processes())
        for note in notes:
            _log.info("note: %s", note)
        train = training_set(pairs, self._device)
        for cell in self._cells:
            if not preparation.ready(cell[1]):
                clock.enter("prepare")
                preparation.artefacts(cell[1])
            clock.enter("train")
            method = self._train(cell, preparation.artefacts(cell[1]), train)
            clock.enter("evaluate")
            self._health[cell] = code_health(method.networks, train) | self._sample.recall(method.networks)
            self._evaluate(cell, method)
            self._networks[cell] = method.networks  # not the method, whose tables and bank are large
        clock.enter("report")
        write_products(self._folder, config.method, self._data, self._networks, self._codes)
        result = summarise(
            config,
            self._data,
            self._retrievals,
            self._health,
            self._networks,
            structure=summary,
            notes=notes,
            n_labelled=preparation.n_labelled,
            folder=self._folder,
        )
        write_report(self._folder, self._finished(result), clock.so_far)
        write_readme(self._folder, RUN, [RESULT])
        result = replace(result, seconds=clock.finish(), peak_memory_bytes=peak_memory())
        write_atomically(self._folder / RESULT, result.to_json().encode())  # the last: with it the run is finished
        return result

    def _finished(self, result: Result) -> Finished:
        return Finished(
            config=self._config,
            result=result,
            data=self._data,
            records=self._records,
            retrievals=self._retrievals,
            codes=self._codes,
            health=self._health,
            sample=self._sample,
        )

    def _train(self, cell: Cell, artefacts: Artefacts, train: TrainingSet) -> Method:
        bits, seed = cell
        config = self._config
        entry = METHODS[config.method]
        method = entry.build(artefacts, train, config, bits, seed)
        health = HealthWatch(bits, len(train))
        if not entry.trains:
            self._write_metrics()
            health.look(code_health(method.networks, train))
            return method
        measure = partial(self._sample.recall, method.networks)
        trainer = trainer_of(cell, method, train, config, self._folder, resume=self._resume, measure=measure)
        self._records += trainer.records
        for last in trainer.records[-1:]:
            health.look(last)
        self._write_metrics()
        trainer.run(self._clock.watch.progress, partial(self._record, health), self._clock.watch.stop)
        return method

    def _record(self, health: HealthWatch, record: Record) -> None:
        """Keep and log the record of a finished epoch, and judge the codes that it ended with."""
        health.look(record)
        self._records.append(record)
        append_line(self._folder / "metrics.jsonl", json.dumps(record))
        if self._board:
            self._board.epoch(record)

    def _write_metrics(self) -> None:
        """Make the log hold exactly the epochs that the checkpoints hold: a killed run may have logged one more."""
        lines = "".join(json.dumps(record) + "\n" for record in self._records)
        write_atomically(self._folder / "metrics.jsonl", lines.encode())

    def _evaluate(self, cell: Cell, method: Method) -> None:
        data, config = self._data, self._config
        codes = self._codes[cell] = codes_of(data, method.networks)
        if data.labels is None:
            return
        database = database_codes(codes, method, config, data.train)
        self._retrievals[cell] = both_directions(data, codes, database, cell[0], config.evaluation, self._device)
