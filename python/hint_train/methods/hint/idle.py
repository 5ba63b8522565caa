"""Options of HINT that were changed but have no effect under the others, so that nobody takes a result for theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hint_train.methods.config import Config


@dataclass(frozen=True, slots=True)
class _Rule:
    """Options that act where `acts` says so, which takes what `needs` names."""

    options: tuple[str, ...]
    acts: Callable[[Config], bool]
    needs: str


def _mixes(c: Config) -> bool:
    """Whether a loss contrasts with the mixtures b."""
    return c.loss.hash_loss > 0 or c.loss.bank_loss > 0


def _mmd(c: Config) -> bool:
    """Whether lambda comes from the MMD, and a mixture uses it."""
    return c.loss.variant in ("v4", "full") and _mixes(c)


def _con(c: Config) -> bool:
    return c.loss.variant == "full" and c.loss.gamma > 0


def _proxies(c: Config) -> bool:
    """Whether the proxies of the batch's rows (not those of whole communities) reach the objective."""
    return c.loss.hash_loss > 0 or _mmd(c) or _con(c)


def _tree(c: Config) -> bool:
    """Whether communities of the tree reach the objective."""
    return c.loss.variant in ("v3", "v4", "full") and (_mixes(c) or _con(c))


def _structure(c: Config) -> bool:
    """Whether neighbours of any kind reach the objective."""
    return (c.loss.variant == "v2" and _mixes(c)) or _tree(c)


def _mix_grad(c: Config) -> bool:
    """Whether gradients reach the proxies, should --mix-grad let them."""
    kept = c.mixup.mix_sign != "hard" and c.proxy.average != "sign"
    return c.loss.hash_loss > 0 and c.proxy.encoder == "reencode" and kept


_MIXES = "--bank-loss or --hash-loss above 0"
_TREE = f"--variant v3, v4 or full, and {_MIXES}"
_PROXIES = "--hash-loss above 0, or --variant v4 or full"
_SAMPLED = "--variant v4 or full, or v3 with --hash-loss above 0"
_CON = "--variant full and --gamma above 0"
_RULES = (
    _Rule(("gamma",), lambda c: c.loss.variant == "full", "--variant full"),
    _Rule(("con_norm", "kl", "exclude_own_pair"), _con, _CON),
    _Rule(("con_tau",), lambda c: _con(c) and c.loss.con_norm == "softmax", f"{_CON}, and --con-norm softmax"),
    _Rule(("hash_tau", "hash_reduction", "logit_scale"), lambda c: c.loss.hash_loss > 0, "--hash-loss above 0"),
    _Rule(("pair_tau",), lambda c: c.loss.pair_loss > 0, "--pair-loss above 0"),
    _Rule(("bank_tau", "bank_candidates"), lambda c: c.loss.bank_loss > 0, "--bank-loss above 0"),
    _Rule(
        ("bank_levels", "sharpen", "walk"),
        lambda c: c.loss.bank_loss > 0 and _tree(c),
        "--variant v3, v4 or full, and --bank-loss above 0",
    ),
    _Rule(
        ("mismatch",),
        lambda c: c.loss.bank_loss > 0 and _tree(c) and (c.loss.pair_loss > 0 or c.loss.walk > 0),
        "--variant v3, v4 or full, --bank-loss above 0, and --pair-loss or --walk above 0",
    ),
    _Rule(
        ("kernels", "bandwidth", "mmd", "estimator", "profile", "share_lambda", "lambda_momentum"),
        _mmd,
        f"--variant v4 or full, and {_MIXES}",
    ),
    _Rule(
        ("shared_mix",),
        lambda c: _mixes(c) and (c.loss.hash_loss > 0 or c.loss.variant != "v3" or c.graph.pairs == "edge"),
        "--hash-loss above 0, or --bank-loss above 0 with --pairs edge or a --variant other than v3",
    ),
    _Rule(("mix_sign",), _mixes, _MIXES),
    _Rule(
        ("mix_grad",),
        _mix_grad,
        "--hash-loss above 0, --encoder reencode, --mix-sign tanh or ste, and an --average other than sign",
    ),
    _Rule(
        ("mix_sign",),
        lambda c: c.mixup.mix_sign != "ste" or (c.mixup.mix_grad and _mix_grad(c)),
        "--mix-grad, --hash-loss above 0 and --encoder reencode: without gradients ste is the same as hard",
    ),
    _Rule(("encoder",), _proxies, _PROXIES),
    _Rule(("average",), lambda c: _mixes(c) or _con(c), _MIXES),
    _Rule(("cap", "include_pair", "resample"), lambda c: _tree(c) and _proxies(c), _SAMPLED),
    _Rule(("include_self",), lambda c: _tree(c) and (c.loss.hash_loss > 0 or _mmd(c)), _SAMPLED),
    _Rule(("level", "height", "algorithm", "effort", "knn", "edge_weight", "pairs"), _tree, _TREE),
    _Rule(
        ("agreement_k", "agreement_floor"),
        lambda c: _tree(c) and c.graph.edge_weight == "agreement",
        f"{_TREE}, and --edge-weight agreement",
    ),
    _Rule(("pair_edge",), lambda c: _tree(c) and c.graph.pairs == "edge", f"{_TREE}, and --pairs edge"),
    _Rule(
        ("similarity", "graph_features", "k", "search", "tree_seed", "rebuild_every"),
        _structure,
        f"--variant v2, v3, v4 or full, and {_MIXES}",
    ),
)
"""Which options act when; the others always do."""


def idle(config: Config, presets: list[Config]) -> list[str]:
    """Options of HINT that differ from the preset that `config` differs least from and have no effect, with what they need."""
    changed = min((_differing(config, base) for base in presets), key=len)
    found = []
    for rule in _RULES:
        named = [f"--{option.replace('_', '-')}" for option in rule.options if option in changed]
        if named and not rule.acts(config):
            found.append(f"{', '.join(named)} ({'needs' if len(named) == 1 else 'need'} {rule.needs})")
    return found


def without_effect(config: Config) -> frozenset[str]:
    """Names of the options of HINT that have no effect under the others, whatever their values."""
    return frozenset(option for rule in _RULES if not rule.acts(config) for option in rule.options)


def _differing(config: Config, other: Config) -> set[str]:
    """Names of the options that the rules are about and that differ."""
    ours, theirs = _options(config), _options(other)
    return {name for name, value in ours.items() if value != theirs[name]}


def _options(config: Config) -> dict[str, object]:
    sections = (config.graph, config.search, config.tree, config.proxy, config.mixup, config.loss)
    return {field.name: getattr(section, field.name) for section in sections for field in fields(section)}
