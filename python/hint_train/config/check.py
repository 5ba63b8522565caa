"""Checks of a configuration before any work: every fault is found and all are reported together."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from hint_train.config import baselines, supervision, vtm_options
from hint_train.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hint_train.config.config import Config

MAX_BITS = 4096
MAX_CAP = 4096


def check(config: Config) -> None:
    """Raise one `ConfigError` that lists every fault of `config`.

    Raises
    ------
    ConfigError
        One line per fault: the option, what is accepted, what arrived.
    """
    faults = [*_run_faults(config), *_graph_faults(config), *_loss_faults(config), *_optimiser_faults(config)]
    faults += baselines.faults(config.ucch, config.cvh, config.cmfh, config.djsrh, config.dgcpn)
    faults += vtm_options.faults(config.vtm)
    faults += supervision.faults(config.labels, config.anchors, config.srlch, config.batch, config.dch, config.lpih)
    if faults:
        raise ConfigError("; ".join(faults))


def _below(name: str, value: float, least: float) -> Iterator[str]:
    if not value >= least:  # also catches NaN
        yield f"--{name.replace('_', '-')} must be at least {least:g}, got {value:g}"


def _not_positive(name: str, value: float) -> Iterator[str]:
    if not value > 0:
        yield f"--{name.replace('_', '-')} must be greater than 0, got {value:g}"


def _run_faults(config: Config) -> Iterator[str]:
    if not config.bits:
        yield "--bits needs at least one code length"
    for bits in config.bits:
        if not 1 <= bits <= MAX_BITS:
            yield f"--bits must lie between 1 and {MAX_BITS}, got {bits}"
    if len(set(config.bits)) != len(config.bits):
        yield f"--bits must not repeat a length, got {' '.join(map(str, config.bits))}"
    yield from _below("seed", config.seed, 0)
    yield from _below("seeds", config.seeds, 1)
    yield from _below("checkpoint_seconds", config.checkpoint_seconds, 0)
    if not 0 <= config.noise <= 1:
        yield f"--noise must lie between 0 and 1, got {config.noise:g}"
    for cutoff in config.evaluation.cutoffs:
        yield from _below("cutoffs", cutoff, 1)


def _graph_faults(config: Config) -> Iterator[str]:
    yield from _below("k", config.graph.k, 1)
    yield from _below("agreement_k", config.graph.agreement_k, 1)
    yield from _below("agreement_floor", config.graph.agreement_floor, 0)
    yield from _below("pair_edge", config.graph.pair_edge, 0)
    if not 0 < config.search.probe <= 1:
        yield f"--probe must lie in (0, 1], got {config.search.probe:g}"
    if config.search.search == "cells" and find_spec("faiss") is None:
        yield "--search cells needs faiss, which is not installed: pip install 'hint-se[ann]'"
    if config.tree.height is not None:
        yield from _below("height", config.tree.height, 1)
    yield from _below("rebuild_every", config.tree.rebuild_every, 0)
    yield from _level_faults(config)
    if not 1 <= config.proxy.cap <= MAX_CAP:
        yield f"--cap must lie between 1 and {MAX_CAP}, got {config.proxy.cap}"
    if not 0 <= config.mixup.lambda_momentum < 1:
        yield f"--lambda-momentum must lie in [0, 1), got {config.mixup.lambda_momentum:g}"


def _level_faults(config: Config) -> Iterator[str]:
    level, height = config.proxy.level, config.tree.height
    if level is None:
        return
    yield from _below("level", level, 1)
    # Level `height` is that of the leaves: every pair alone. Only HINT takes communities of a level.
    if config.method == "hint" and height is not None and 1 <= height <= level:
        which = f"levels 1 to {height - 1} make communities" if height > 1 else "such a tree has no communities"
        yield f"--level must be less than --height, got {level} and {height}: {which}"


def _loss_faults(config: Config) -> Iterator[str]:
    loss = config.loss
    for name in ("hash_loss", "pair_loss", "bank_loss", "gamma"):
        yield from _below(name, getattr(loss, name), 0)
    yield from _below("bank_candidates", loss.bank_candidates, 1)
    for name in ("hash_tau", "pair_tau", "bank_tau", "con_tau"):
        yield from _not_positive(name, getattr(loss, name))
    if not 0 <= loss.sharpen < 1:
        yield f"--sharpen must lie in [0, 1), got {loss.sharpen:g}"
    if loss.hash_loss == loss.pair_loss == loss.bank_loss == 0:
        yield "at least one of --hash-loss, --pair-loss and --bank-loss must be greater than 0"


def _optimiser_faults(config: Config) -> Iterator[str]:
    chosen = config.optimiser
    yield from _below("hidden", config.network.hidden, 1)
    yield from _below("layers", config.network.layers, 1)
    yield from _not_positive("learning_rate", chosen.learning_rate)
    yield from _below("weight_decay", chosen.weight_decay, 0)
    yield from _below("clip", chosen.clip, 0)
    yield from _below("batch", chosen.batch, 2)
    yield from _below("warmup", chosen.warmup, 0)
    for name in ("epochs", "min_epochs", "min_steps"):
        value = getattr(chosen, name)
        if value is not None:
            yield from _below(name, value, 1)
