"""The training loop. It knows no method, no label and no file format.

Batches, neighbours and negatives are functions of (seed, epoch, step), so a checkpoint needs no generator state, and a run
that was stopped anywhere ends with the same weights bit for bit on the CPU.
"""

from __future__ import annotations

import contextlib
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from hint_train.data.pairs import MODALITIES
from hint_train.errors import InterruptedRunError, LostProcessError, NonFiniteLossError
from hint_train.ranks import current
from hint_train.training.checkpoint import Checkpoint
from hint_train.training.division import divided
from hint_train.training.health import code_health
from hint_train.training.method import generator
from hint_train.training.optimiser import Optimiser

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from hint_train.config.sections import OptimiserConfig
    from hint_train.training.checkpoint import CheckpointFolder
    from hint_train.training.method import Method, TrainingSet

_ORDER = 101  # purpose of the random order of an epoch; methods use small numbers
_CHECK_EVERY = 20
"""Steps between looks at the running loss: each look waits for the device."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is.

    Attributes
    ----------
    bits, seed
        Code length and seed that are trained, number `cell` of `n_cells`, counted from 0.
    epoch, step
        Epochs and steps done of `n_epochs` and `n_steps`.
    means
        Running means of this epoch, and the `imbalance` of the bits at the end of the last one.
    """

    bits: int
    seed: int
    cell: int
    n_cells: int
    epoch: int
    n_epochs: int
    step: int
    n_steps: int
    means: dict[str, float]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained, for how long, how often to save, and which of how many code lengths and seeds this is."""

    bits: int
    seed: int
    n_epochs: int
    checkpoint_seconds: float
    cell: int = 0
    n_cells: int = 1


Record = dict[str, Any]
"""One line of `metrics.jsonl`."""


class Trainer:
    """Runs one method at one code length and seed from the newest checkpoint to the last epoch.

    `measure` is asked at the end of each epoch for more figures of its record; it draws no random number. Of several processes
    each takes the same steps, with the weights and the method's state in step; the first one alone writes.
    """

    def __init__(
        self,
        method: Method,
        train: TrainingSet,
        options: OptimiserConfig,
        plan: Plan,
        checkpoints: CheckpointFolder,
        measure: Callable[[], Mapping[str, float]] = dict,
    ) -> None:
        self._method, self._train, self._options, self._plan = method, train, options, plan
        self._checkpoints, self._measure = checkpoints, measure
        self._parameters = [p for m in MODALITIES for p in method.networks[m].parameters()]
        self._optimiser = Optimiser(self._parameters, options)
        self._batch = min(options.batch, len(train))
        self._steps = len(train) // self._batch  # the last incomplete batch is dropped
        self._epoch, self._step = 0, 0
        self._ranks = current()
        self._sums: dict[str, Tensor] = {}
        self.records: list[Record] = []

    def resume(self) -> bool:
        """Continue from the newest checkpoint; False where there is none."""
        found = self._checkpoints.read()
        if found is None:
            return False
        tensors = found.tensors
        self._method.load_state(_part(tensors, "method"))
        self._optimiser.load_state(_part(tensors, "optimiser"))
        self._sums = {k: v.to(self._train.device) for k, v in _part(tensors, "sums").items()}
        self._epoch, self._step, self.records = found.note["epoch"], found.note["step"], found.note["records"]
        return True

    @property
    def done(self) -> tuple[int, int]:
        """Epochs that are finished, and steps of the one after them."""
        return self._epoch, self._step

    def run(
        self, observe: Callable[[Progress], None], record: Callable[[Record], None], stop: Callable[[], bool]
    ) -> None:
        """Train to the end.

        Parameters
        ----------
        observe
            Called every few steps and at the end of each epoch.
        record
            Called with the record of each finished epoch.
        stop
            Asked before every step; when true a checkpoint is written and the run ends.

        Raises
        ------
        InterruptedRunError
            `stop` said so.
        LostProcessError
            Another process of the run is gone. A checkpoint is written where that shows between two steps.
        NonFiniteLossError
            A term became infinite or not a number. No checkpoint is written from then on; older ones are kept.
        """
        saved = time.monotonic()
        while self._epoch < self._plan.n_epochs:
            started = time.monotonic()
            self._run_epoch(observe, stop)
            self.records.append(self._epoch_record(time.monotonic() - started))
            self._epoch, self._step, self._sums = self._epoch + 1, 0, {}
            due = time.monotonic() - saved >= self._plan.checkpoint_seconds
            if due or self._epoch == self._plan.n_epochs:
                self._save()
                saved = time.monotonic()
            record(self.records[-1])

    def _run_epoch(self, observe: Callable[[Progress], None], stop: Callable[[], bool]) -> None:
        self._method.begin_epoch(self._epoch)
        if self._ranks.size > 1 and self._checkpoints.newest is None:
            self._save()  # there is one from the start: of several processes one is lost sooner
        order = torch.randperm(len(self._train), generator=generator(self._plan.seed, _ORDER, self._epoch))
        batches = order[: self._steps * self._batch].view(self._steps, self._batch).to(self._train.device)
        while self._step < self._steps:
            if self._is_to_stop(stop):
                self._keep()
                with contextlib.suppress(LostProcessError):
                    self._ranks.any(False)  # whoever ended now would have the first one ended while it writes
                raise InterruptedRunError(
                    f"stopped in epoch {self._epoch + 1} of {self._plan.n_epochs}; checkpoint written"
                )
            self._one_step(batches[self._step])
            self._step += 1
            if self._step % _CHECK_EVERY == 0 or self._step == self._steps:
                observe(self._progress())

    def _is_to_stop(self, stop: Callable[[], bool]) -> bool:
        """Whether any process was asked to stop. One that is gone ends all, with a checkpoint: here no step is half done."""
        try:
            return self._ranks.any(stop())
        except LostProcessError:
            self._keep()
            raise

    def _one_step(self, index: Tensor) -> None:
        networks, shorter = self._method.networks.values(), self._options.precision == "bf16"
        with torch.autocast(self._train.device.type, torch.bfloat16, enabled=shorter), divided(networks, self._ranks):
            terms = self._method.loss(self._train.batch(index, self._epoch, self._step))
        total = torch.stack(list(terms.values())).sum()
        rate = learning_rate(self._epoch * self._steps + self._step, self._plan.n_epochs * self._steps, self._options)
        self._optimiser.clear()
        torch.autograd.backward(total)
        self._ranks.add_up([p.grad for p in self._parameters if p.grad is not None])
        if self._options.clip:
            torch.nn.utils.clip_grad_norm_(self._parameters, self._options.clip)
        self._optimiser.step(rate)
        for name, value in {"loss": total, **terms, **self._method.figures()}.items():
            self._sums[name] = self._sums.get(name, 0) + value.detach().double()

    def _means(self) -> dict[str, float]:
        """Means over the steps of this epoch so far; the only place that waits for the device."""
        means = {name: float(value) / max(1, self._step) for name, value in self._sums.items()}
        bad = {name: value for name, value in means.items() if not math.isfinite(value)}
        if bad:
            listed = ", ".join(f"{name} = {value}" for name, value in bad.items())
            kept = self._checkpoints.newest
            raise NonFiniteLossError(
                f"not finite in epoch {self._epoch + 1}: {listed}; try a smaller --learning-rate; "
                + (f"the last checkpoint is kept: {kept}" if kept else "there is no checkpoint yet")
            )
        return means

    def _progress(self) -> Progress:
        plan = self._plan
        done = self._epoch * self._steps + self._step
        before = {"imbalance": self.records[-1]["imbalance"]} if self.records else {}
        return Progress(
            bits=plan.bits,
            seed=plan.seed,
            cell=plan.cell,
            n_cells=plan.n_cells,
            epoch=self._epoch,
            n_epochs=plan.n_epochs,
            step=done,
            n_steps=plan.n_epochs * self._steps,
            means=self._means() | before,
        )

    def _epoch_record(self, seconds: float) -> Record:
        place = {"bits": self._plan.bits, "seed": self._plan.seed, "epoch": self._epoch + 1}
        health = code_health(self._method.networks, self._train)
        return place | self._means() | health | {**self._measure()} | {"seconds": round(seconds, 3)}

    def _keep(self) -> None:
        """Save, unless the state is not finite: it must not replace a good checkpoint."""
        self._means()
        self._save()

    def _save(self) -> None:
        if not self._ranks.first:
            return
        tensors = {f"method/{k}": v for k, v in self._method.state().items()}
        tensors |= {f"optimiser/{k}": v for k, v in self._optimiser.state().items()}
        tensors |= {f"sums/{k}": v for k, v in self._sums.items()}
        self._checkpoints.write(
            Checkpoint(tensors, {"epoch": self._epoch, "step": self._step, "records": self.records})
        )


def learning_rate(step: int, n_steps: int, options: OptimiserConfig) -> float:
    """Step size at `step` of `n_steps`: a function of the step alone, so that it needs no state."""
    done = step / n_steps
    factor = {
        "linear-tail": max(0.02, min(1.0, 2 * (1 - done))),
        "constant": 1.0,
        "cosine": (1 + math.cos(math.pi * done)) / 2,
        "step": 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01,
    }
    rising = min(1.0, (step + 1) / options.warmup) if options.warmup else 1.0
    return options.learning_rate * rising * factor[options.schedule]


def _part(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    return {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
