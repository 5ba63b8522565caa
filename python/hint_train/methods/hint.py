"""HINT: hierarchical encoding tree with modality mixup (paper section 4), its ablations, and a bank of targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hint_train import losses
from hint_train.losses import mixture
from hint_train.method import MODALITIES, Batch, MethodEntry, Modality, TrainingSet, derived_seed, generator
from hint_train.mixup import discrepancy, hard_sign, surrogate_sign
from hint_train.networks import HashNetwork, encode_in_blocks
from hint_train.proxies import ProxyTable
from hint_train.structure import Structure, build_structure, neighbours, prepare

if TYPE_CHECKING:
    from torch import Tensor

    from hint_train.config import Config

_OPPOSITE: dict[Modality, Modality] = {"image": "text", "text": "image"}
_WEIGHTS, _NEIGHBOURS, _NEGATIVES = range(3)  # purposes of random draws
_FIXED_LAMBDA = {"v1": 0.0, "v2": 1.0, "v3": 1.0}
"""Variants without the MMD: the pair alone, or the mean of both proxies."""


class Hint:
    """Networks, neighbour tables, memory bank and targets of one run; a `Method`.

    The bank holds what Eq. 5 averages for every training pair and modality, each entry from the last step that had the pair
    in its batch. The targets are the b of Eq. 6 for every pair, refreshed likewise.
    """

    def __init__(self, structure: Structure, train: TrainingSet, config: Config, bits: int, seed: int) -> None:
        self._structure, self._train, self._config, self._seed = structure, train, config, seed
        self._gamma = config.loss.gamma if config.loss.variant == "full" else 0.0
        self._features: dict[Modality, Tensor] = {"image": train.image, "text": train.text}
        source = generator(seed, _WEIGHTS)
        self.networks: dict[Modality, HashNetwork] = {
            m: HashNetwork.for_features(self._features[m], bits, config.network, source) for m in MODALITIES
        }
        self._tables: dict[Modality, tuple[ProxyTable, ProxyTable]] = {}
        self._bank: dict[Modality, Tensor] = {}
        self._targets: dict[Modality, Tensor] = {}
        self._lambda: dict[Modality, Tensor] = {}
        self._rebuilt_from: dict[Modality, Tensor] = {}
        self._rebuilt_at = 0

    def begin_epoch(self, epoch: int) -> None:
        """Fill the bank before the first step; rebuild the tree and draw the neighbours as configured."""
        if not self._bank:
            self._bank = {m: self._entry(self._encode_all(m)) for m in MODALITIES}
        every = self._config.tree.rebuild_every
        if every and epoch and epoch % every == 0 and self._rebuilt_at != epoch:
            self._rebuilt_from, self._rebuilt_at = {m: self._encode_all(m) for m in MODALITIES}, epoch
            self._rebuild()
        if not self._tables or self._config.proxy.resample == "epoch" or every:
            self._draw_neighbours(epoch if self._config.proxy.resample == "epoch" else 0)
        if not self._targets and self._config.loss.bank_loss:
            weight = _FIXED_LAMBDA.get(self._config.loss.variant, 1.0)
            for m in MODALITIES:
                same, cross = (self._mean(table.mean_of_all(self._bank[o])) for table, o in self._sides(m))
                self._targets[m] = surrogate_sign(mixture(same, cross, weight), self._config.mixup).detach()

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Terms of the objective: pair, hash (Eq. 7), bank (Eq. 7 over a bank), con (Eq. 10)."""
        options = self._config.loss
        before = {"image": self.networks["image"](batch.image), "text": self.networks["text"](batch.text)}
        f: dict[Modality, Tensor] = {m: torch.tanh(before[m]) for m in MODALITIES}
        for m in MODALITIES:
            self._bank[m][batch.index] = self._entry(before[m].detach())
        terms: dict[str, Tensor] = {}
        if options.pair_loss:
            terms["pair"] = options.pair_loss * losses.pair_loss(f["image"], f["text"], options.pair_tau)
        if not (options.hash_loss or options.bank_loss or self._gamma):
            return terms
        proxies = {m: self._proxies(m, batch.index) for m in MODALITIES}
        b = self._mixtures(proxies, f)
        if options.hash_loss:
            both = [losses.hash_loss(f[m], b[m], options.hash_tau, options.logit_scale) for m in MODALITIES]
            terms["hash"] = options.hash_loss * (both[0] + both[1])
        if options.bank_loss:
            terms["bank"] = options.bank_loss * self._bank_loss(batch, f, b)
        if self._gamma:
            terms["con"] = self._gamma * self._consistency(f, proxies)
        return terms

    def figures(self) -> dict[str, Tensor]:
        """Lambda of both modalities at the last step."""
        return {f"lambda_{m}": value for m, value in self._lambda.items()}

    def state(self) -> dict[str, Tensor]:
        """Weights, bank, targets, lambda, and the outputs that the tree was last rebuilt from."""
        out = {f"{m}.{key}": value for m in MODALITIES for key, value in self.networks[m].state_dict().items()}
        for name, part in self._parts().items():
            out |= {f"{name}/{m}": value for m, value in part.items()}
        return out | {"rebuilt_at": torch.tensor(self._rebuilt_at)}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Continue from what `state` returned; a rebuilt tree is computed again from the outputs kept for it."""
        for m in MODALITIES:
            weights = {key.removeprefix(f"{m}."): v for key, v in state.items() if key.startswith(f"{m}.")}
            self.networks[m].load_state_dict(weights)
            for name, part in self._parts().items():
                if f"{name}/{m}" in state:
                    part[m] = state[f"{name}/{m}"].to(self._train.device)
        self._rebuilt_at = int(state["rebuilt_at"])
        if self._rebuilt_from:
            self._rebuild()

    def _parts(self) -> dict[str, dict[Modality, Tensor]]:
        return {
            "bank": self._bank,
            "targets": self._targets,
            "lambda": self._lambda,
            "rebuilt_from": self._rebuilt_from,
        }

    def _encode_all(self, modality: Modality) -> Tensor:
        """Preactivations (N, L) of all training rows with the current weights."""
        return encode_in_blocks(self.networks[modality], self._features[modality]).to(self._train.device)

    def _rebuild(self) -> None:
        """Graph and tree anew from hash outputs (HINT-ITER, paper App. C.8)."""
        outputs = {m: torch.tanh(x).cpu().numpy() for m, x in self._rebuilt_from.items()}
        self._structure = build_structure(outputs, self._config, self._train.device)

    def _draw_neighbours(self, round_: int) -> None:
        found = neighbours(self._structure, self._config, derived_seed(self._seed, _NEIGHBOURS, round_))
        for m in MODALITIES:
            same, cross = (ProxyTable.from_csr(table, self._train.device) for table in (found[m].same, found[m].cross))
            self._tables[m] = (same, cross)

    def _entry(self, preactivation: Tensor) -> Tensor:
        """What the bank keeps and Eq. 5 averages."""
        average = self._config.proxy.average
        if average == "preactivation":
            return preactivation
        return torch.tanh(preactivation) if average == "tanh" else hard_sign(preactivation)

    def _mean(self, mean: Tensor) -> Tensor:
        """A proxy from the mean of entries."""
        return torch.tanh(mean) if self._config.proxy.average == "preactivation" else mean

    def _sides(self, modality: Modality) -> tuple[tuple[ProxyTable, Modality], tuple[ProxyTable, Modality]]:
        """The tables N+ and N- of a modality, each with the modality that its members are taken from."""
        same, cross = self._tables[modality]
        return (same, modality), (cross, _OPPOSITE[modality])

    def _proxies(self, modality: Modality, rows: Tensor) -> tuple[Tensor, Tensor]:
        """m^same and m^cross of the batch (Eq. 5)."""
        same, cross = (self._mean(self._proxy_mean(table, m, rows)) for table, m in self._sides(modality))
        return same, cross

    def _proxy_mean(self, table: ProxyTable, members: Modality, rows: Tensor) -> Tensor:
        if self._config.proxy.encoder == "bank":
            return table.mean_from_bank(rows, self._bank[members])
        network, features = self.networks[members], self._features[members]
        with torch.set_grad_enabled(self._config.mixup.mix_grad):
            return table.mean_by_encoding(rows, lambda index: self._entry(network(features[index])))

    def _mixtures(
        self, proxies: dict[Modality, tuple[Tensor, Tensor]], f: dict[Modality, Tensor]
    ) -> dict[Modality, Tensor]:
        """b of Eq. 6 for the batch; lambda is updated first."""
        options = self._config.mixup
        self._lambda = self._weights(proxies, f)
        mixed = {m: mixture(*proxies[m], self._lambda[m]) for m in MODALITIES}
        if options.shared_mix:
            mixed = dict.fromkeys(MODALITIES, (mixed["image"] + mixed["text"]) / 2)
        return {m: surrogate_sign(mixed[m], options) for m in MODALITIES}

    def _weights(
        self, proxies: dict[Modality, tuple[Tensor, Tensor]], f: dict[Modality, Tensor]
    ) -> dict[Modality, Tensor]:
        """Lambda of each modality: fixed by the variant, or the MMD of the batch smoothed and shared as configured."""
        options, fixed = self._config.mixup, _FIXED_LAMBDA.get(self._config.loss.variant)
        if fixed is not None:
            return dict.fromkeys(MODALITIES, torch.tensor(fixed, device=self._train.device))
        found = {m: discrepancy(*proxies[m], f[m], f[_OPPOSITE[m]], options) for m in MODALITIES}
        if options.share_lambda:
            found = dict.fromkeys(MODALITIES, (found["image"] + found["text"]) / 2)
        kept = options.lambda_momentum if self._lambda else 0.0
        return {m: kept * self._lambda.get(m, found[m]) + (1 - kept) * found[m] for m in MODALITIES}

    def _bank_loss(self, batch: Batch, f: dict[Modality, Tensor], b: dict[Modality, Tensor]) -> Tensor:
        """Mean over both modalities of the contrast with targets of the whole training set; refreshes the bank's targets."""
        options, n = self._config.loss, len(self._train)
        source = generator(self._seed, _NEGATIVES, batch.epoch, batch.step)
        drawn = torch.arange(n) if n <= options.negatives else torch.randint(n, (options.negatives,), generator=source)
        drawn = drawn.to(batch.index.device)
        own = batch.index[:, None] == drawn
        total = torch.zeros((), device=batch.index.device)
        for m in MODALITIES:
            self._targets[m][batch.index] = b[m].detach()
            total = total + losses.bank_loss(f[m], b[m], self._targets[m][drawn], own, options.bank_tau)
        return total / 2

    def _consistency(self, f: dict[Modality, Tensor], proxies: dict[Modality, tuple[Tensor, Tensor]]) -> Tensor:
        options = self._config.loss
        both = [
            losses.consistency_loss(
                f[m],
                proxies[m][1].detach(),
                f[_OPPOSITE[m]].detach(),
                options.con_tau,
                norm=options.con_norm,
                kl=options.kl,
                exclude_own_pair=options.exclude_own_pair,
            )
            for m in MODALITIES
        ]
        return both[0] + both[1]


ENTRY = MethodEntry(prepare, Hint)
