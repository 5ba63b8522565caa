"""HINT: hierarchical encoding tree with modality mixup, its ablations, and a contrast over all communities.

Z. Xiao, J. Luo, H. Zhou, Y. Zhao, X. Luo, P. Wang, W. Ju, S. Heng, M. Zhang, Hierarchical encoding tree with modality mixup for
cross-modal hashing, ICLR 2026. Written from the equations; the authors' program is not public.

Communities of the encoding tree give proxies of both modalities (Eq. 5), a mixture of the two with its sign is the target
(Eq. 6), and outputs are contrasted with targets: of the batch in L_hash (Eq. 7), of all communities in the bank loss. There every
level of the tree, down to its leaves, has its say, so that two rows attract each other the more, the more levels they share, and
a row is drawn to every community that random walks on the graph reach from it. A pair whose halves share no more neighbours than
chance would have it may be mismatched: so far its two rows go where the neighbours of each go, and attract each other less.

Deviations of the default, which measure better (`--preset paper` has none but the scale of the logits and the mean for Eq. 7's
sum): pairs are one node of the graph, neighbours count where the other modality confirms them, the tree is at most four levels high
and not built by the paper's greedy, L_hash gives way to the bank loss and a contrast of the pairs, lambda is 1 (variant v3),
targets are hard signs. Where the paper leaves a choice: products are divided by L, or the softmax of Eq. 7 saturates; sums over N
are means over the batch; the cut of Eq. 4 counts all edges and its sum leaves out the root, or Eq. 4 would not become Eq. 3 for a
flat tree; entropies are in bits; Eq. 9's cosines become probabilities by a softmax; the MMD is the biased one, of profiles against
the batch, without gradient. HINT-ITER's tree follows its graph by an update where at most a quarter of the edges changed since it
was last rebuilt, as they do late in training, and is built from scratch where more did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hint_train.data.pairs import MODALITIES, Modality
from hint_train.methods.hint.bank import Bank
from hint_train.methods.hint.contrast import Candidates, candidates, contrast_loss, contrasted_levels
from hint_train.methods.hint.mixup import FIXED_LAMBDA, OPPOSITE, Mixup, Proxies
from hint_train.methods.hint.structure import Structure, build_structure, neighbours, prepare
from hint_train.structure.encoding_tree import EncodingTree
from hint_train.structure.proxies import ProxyTable
from hint_train.training import losses
from hint_train.training.method import (
    Batch,
    MethodEntry,
    TrainingSet,
    derived_seed,
    generator,
    load_weights,
    weights_of,
)
from hint_train.training.networks import encode_in_blocks
from hint_train.training.two_networks import networks_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from hint_train.config.sections import TreeConfig
    from hint_train.methods.config import Config
    from hint_train.methods.hint.bank import Tables
    from hint_train.structure.pair_graph import PairGraph

_WEIGHTS, _NEIGHBOURS, _CANDIDATES = range(3)  # purposes of random draws


class Hint:
    """Networks, neighbour tables, memory bank and community means of one run; a `Method`.

    The bank holds what Eq. 5 averages for every training pair and modality, each entry from the last step that had the pair
    in its batch. Its means over the communities of each level follow every change.
    """

    def __init__(self, structure: Structure, train: TrainingSet, config: Config, bits: int, seed: int) -> None:
        self._train, self._config, self._seed = train, config, seed
        self._gamma = config.loss.gamma if config.loss.variant == "full" else 0.0
        self._features: dict[Modality, Tensor] = {"image": train.image, "text": train.text}
        self.networks = networks_for(train, bits, config.network, generator(seed, _WEIGHTS))
        self._tables: Tables = {}
        self._bank = Bank(config.proxy)
        self._mixup = Mixup(config.loss.variant, config.mixup, train.device)
        self._use(structure)
        self._rebuilt_from: dict[Modality, Tensor] = {}
        self._rebuilt_at = 0
        self._summed_at = -1
        self._with_proxies = bool(config.loss.hash_loss or self._gamma or config.loss.variant not in FIXED_LAMBDA)

    def begin_epoch(self, epoch: int) -> None:
        """Fill the bank before the first step; rebuild the tree, draw the neighbours and add up the bank as configured."""
        if not self._bank.entries:
            self._bank.entries.update({m: self._bank.entry(self._encode_all(m)) for m in MODALITIES})
        every = self._config.tree.rebuild_every
        if every and epoch and epoch % every == 0 and self._rebuilt_at != epoch:
            self._rebuilt_from, self._rebuilt_at = {m: self._encode_all(m) for m in MODALITIES}, epoch
            former = self._structure.tree
            self._rebuild(former.following if former else None)
        nearest = self._config.loss.variant == "v2"
        anew = self._config.proxy.resample != "static"
        if (self._with_proxies or nearest) and (not self._tables or anew or every):
            self._draw_neighbours(epoch if anew else 0)
        if self._summed_at != epoch:  # when a run continues inside an epoch, the sums of its steps so far are kept
            for level in self._levels:
                level.communities.fill(self._bank.entries)
            if nearest:
                self._bank.follow(self._tables)
            self._summed_at = epoch

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Terms of the objective: pair, hash (Eq. 7), bank (Eq. 7 over all communities), con (Eq. 10)."""
        options = self._config.loss
        before = {"image": self.networks["image"](batch.image), "text": self.networks["text"](batch.text)}
        f: dict[Modality, Tensor] = {m: torch.tanh(before[m]) for m in MODALITIES}
        if self._config.proxy.resample == "batch" and self._with_proxies and self._structure.tree is not None:
            self._draw_neighbours(batch.epoch, batch.step)
        contrasts = self._candidates(batch) if options.bank_loss else []
        self._remember(batch.index, {m: before[m].detach() for m in MODALITIES})
        proxies = {m: self._proxies(m, batch.index) for m in MODALITIES} if self._with_proxies else {}
        self._mixup.update(proxies, f)
        terms: dict[str, Tensor] = {}
        if options.pair_loss:
            weight = None if self._trusted is None else self._trusted[batch.index]
            terms["pair"] = options.pair_loss * losses.pair_loss(f["image"], f["text"], options.pair_tau, weight)
        if options.hash_loss:
            b = self._mixup.targets(proxies)
            both = [losses.hash_loss(f[m], b[m], options.hash_tau, options.logit_scale) for m in MODALITIES]
            summed = len(batch.index) if options.hash_reduction == "sum" else 1
            terms["hash"] = options.hash_loss * summed * (both[0] + both[1])
        if options.bank_loss:
            terms["bank"] = options.bank_loss * contrast_loss(batch.index, f, contrasts, self._mixup, self._train)
        if self._gamma:
            terms["con"] = self._gamma * self._consistency(f, proxies)
        return terms

    def figures(self) -> dict[str, Tensor]:
        """Lambda of both modalities at the last step."""
        return {f"lambda_{m}": value for m, value in self._mixup.weight.items()}

    def state(self) -> dict[str, Tensor]:
        """Weights, bank, sums and means over it, lambda, and the outputs that the tree was last rebuilt from."""
        out = weights_of(self.networks)
        for name, part in self._parts().items():
            out |= {f"{name}/{m}": value for m, value in part.items()}
        if self._rebuilt_from and self._structure.tree is not None:
            out["rebuilt_tree"] = torch.from_numpy(self._structure.tree.parent.copy())
        return out | {"rebuilt_at": torch.tensor(self._rebuilt_at), "summed_at": torch.tensor(self._summed_at)}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Continue from what `state` returned; the graph of a rebuilt tree is computed again from the outputs kept for it."""
        load_weights(self.networks, state)
        self._rebuilt_at, self._summed_at = int(state["rebuilt_at"]), int(state["summed_at"])
        if "rebuilt_from/image" in state:
            self._rebuilt_from = {m: state[f"rebuilt_from/{m}"].to(self._train.device) for m in MODALITIES}
            self._rebuild(
                lambda graph, config: EncodingTree.restored(graph, state["rebuilt_tree"].cpu().numpy(), config)
            )
        for m in MODALITIES:
            for name, part in self._parts().items():
                if f"{name}/{m}" in state:
                    part[m] = state[f"{name}/{m}"].to(self._train.device)

    def _parts(self) -> dict[str, dict[Modality, Tensor]]:
        return {
            "bank": self._bank.entries,
            **{f"sums{i}": level.communities.sums for i, level in enumerate(self._levels)},
            "near": self._bank.near,
            "lambda": self._mixup.weight,
            "rebuilt_from": self._rebuilt_from,
        }

    def _encode_all(self, modality: Modality) -> Tensor:
        """Preactivations (N, L) of all training rows with the current weights."""
        return encode_in_blocks(self.networks[modality], self._features[modality])

    def _rebuild(self, make_tree: Callable[[PairGraph, TreeConfig], EncodingTree] | None) -> None:
        """Graph and tree from hash outputs (HINT-ITER, paper App. C.8)."""
        outputs = {m: torch.tanh(x).cpu().numpy() for m, x in self._rebuilt_from.items()}
        self._use(build_structure(outputs, self._config, self._train.device, make_tree))

    def _use(self, structure: Structure) -> None:
        """Take neighbours, communities and temperatures from `structure` from now on."""
        self._structure = structure
        self._trusted = structure.trusted(self._train.device)
        self._levels = contrasted_levels(structure, self._config.loss, self._train.device)

    def _draw_neighbours(self, *round_: int) -> None:
        found = neighbours(self._structure, self._config, derived_seed(self._seed, _NEIGHBOURS, *round_))
        for m in MODALITIES:
            same, cross = (ProxyTable.from_csr(table, self._train.device) for table in (found[m].same, found[m].cross))
            self._tables[m] = (same, cross)

    def _sides(self, modality: Modality) -> tuple[tuple[ProxyTable, Modality], tuple[ProxyTable, Modality]]:
        """The tables N+ and N- of a modality, each with the modality that its members are taken from."""
        same, cross = self._tables[modality]
        return (same, modality), (cross, OPPOSITE[modality])

    def _proxies(self, modality: Modality, rows: Tensor) -> tuple[Tensor, Tensor]:
        """m^same and m^cross of the batch (Eq. 5)."""
        same, cross = (self._bank.proxy(self._proxy_mean(table, m, rows)) for table, m in self._sides(modality))
        return same, cross

    def _proxy_mean(self, table: ProxyTable, members: Modality, rows: Tensor) -> Tensor:
        if self._config.proxy.encoder == "bank":
            return table.mean_from_bank(rows, self._bank.entries[members])
        network, features = self.networks[members], self._features[members]
        with torch.set_grad_enabled(self._config.mixup.mix_grad):
            return table.mean_by_encoding(rows, lambda index: self._bank.entry(network(features[index])))

    def _remember(self, rows: Tensor, preactivations: dict[Modality, Tensor]) -> None:
        """Put the batch's outputs into the bank and pass the change on to the means."""
        for m in MODALITIES:
            change = self._bank.replace(m, rows, preactivations[m], self._tables)
            for level in self._levels:
                level.communities.update(m, rows, change)

    def _candidates(self, batch: Batch) -> list[Candidates]:
        """What each level is contrasted with at this step; rows are drawn where one has too many communities, the same for all."""
        most, rows = self._config.loss.bank_candidates, None
        if any(len(level.communities) > most for level in self._levels):
            source = generator(self._seed, _CANDIDATES, batch.epoch, batch.step)
            drawn = torch.randint(len(self._train), (most,), generator=source)
            rows = torch.cat([batch.index, drawn.to(self._train.device, non_blocking=True)])
        return candidates(self._levels, self._bank, rows, most)

    def _consistency(self, f: dict[Modality, Tensor], proxies: Proxies) -> Tensor:
        options = self._config.loss
        both = [
            losses.consistency_loss(
                f[m],
                proxies[m][1].detach(),
                f[OPPOSITE[m]].detach(),
                options.con_tau,
                norm=options.con_norm,
                kl=options.kl,
                exclude_own_pair=options.exclude_own_pair,
            )
            for m in MODALITIES
        ]
        return both[0] + both[1]


ENTRY = MethodEntry(prepare, Hint)
