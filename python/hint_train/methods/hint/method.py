"""HINT: hierarchical encoding tree with modality mixup, its ablations, and a contrast over all communities.

Z. Xiao, J. Luo, H. Zhou, Y. Zhao, X. Luo, P. Wang, W. Ju, S. Heng, M. Zhang, Hierarchical encoding tree with modality mixup for
cross-modal hashing, ICLR 2026. Written from the equations; the authors' program is not public.

Communities of the encoding tree give proxies of both modalities (Eq. 5), a mixture of the two with its sign is the target
(Eq. 6), and outputs are contrasted with targets: of the batch in L_hash (Eq. 7), of all communities in the bank loss. There every
level of the tree, down to its leaves, has its say, so that two rows attract each other the more, the more levels they share.

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

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from hint_train.methods.hint.mixup import discrepancy, hard_sign, surrogate_sign
from hint_train.methods.hint.structure import Level, Structure, build_structure, neighbours, pairs_alone, prepare
from hint_train.structure.communities import CommunityMeans
from hint_train.structure.graph import EncodingTree
from hint_train.structure.proxies import ProxyTable
from hint_train.training import losses
from hint_train.training.losses import mixture
from hint_train.training.method import MODALITIES, Batch, MethodEntry, Modality, TrainingSet, derived_seed, generator
from hint_train.training.networks import HashNetwork, encode_in_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from hint_train.config.sections import TreeConfig
    from hint_train.methods.config import Config
    from hint_train.methods.hint.options import LossConfig
    from hint_train.structure.graph import PairGraph

_OPPOSITE: dict[Modality, Modality] = {"image": "text", "text": "image"}
_WEIGHTS, _NEIGHBOURS, _CANDIDATES = range(3)  # purposes of random draws
_FIXED_LAMBDA = {"v1": 0.0, "v2": 1.0, "v3": 1.0}
"""Variants without the MMD: the pair alone, or the mean of both proxies."""

_Proxies = dict[Modality, tuple["Tensor", "Tensor"]]
"""m^same and m^cross of each modality."""


@dataclass(frozen=True, slots=True)
class _Contrast:
    """What outputs are contrasted with at one level of the tree.

    Attributes
    ----------
    drawn
        (b + M,) communities of the batch's rows and of those drawn, by the modality of the outputs; None for all communities.
    proxies
        By the modality of the outputs, the proxies (c, L) of those communities.
    """

    communities: CommunityMeans
    drawn: dict[Modality, Tensor] | None
    proxies: dict[Modality, _Proxies]


def _contrasted(structure: Structure, config: LossConfig) -> list[Level]:
    """The levels that outputs are contrasted with, from the coarsest down, and that of the leaves where it is asked for."""
    if not config.bank_loss:
        return []
    leaves = config.bank_levels == "all" and structure.tree is not None
    return [*structure.levels, pairs_alone(structure.n_pairs)] if leaves else list(structure.levels)


def _temperature(level: Level, config: LossConfig) -> float:
    """Of a level's contrast: where asked for, sharper the more the modalities agree on its communities."""
    return config.bank_tau * (1 - config.sharpen * level.agreement)


class Hint:
    """Networks, neighbour tables, memory bank and community means of one run; a `Method`.

    The bank holds what Eq. 5 averages for every training pair and modality, each entry from the last step that had the pair
    in its batch. Its means over the communities of each level follow every change.
    """

    def __init__(self, structure: Structure, train: TrainingSet, config: Config, bits: int, seed: int) -> None:
        self._train, self._config, self._seed = train, config, seed
        self._gamma = config.loss.gamma if config.loss.variant == "full" else 0.0
        self._features: dict[Modality, Tensor] = {"image": train.image, "text": train.text}
        source = generator(seed, _WEIGHTS)
        self.networks: dict[Modality, HashNetwork] = {
            m: HashNetwork.for_features(self._features[m], bits, config.network, source) for m in MODALITIES
        }
        self._tables: dict[Modality, tuple[ProxyTable, ProxyTable]] = {}
        self._bank: dict[Modality, Tensor] = {}
        self._use(structure)
        self._near: dict[Modality, Tensor] = {}
        self._lambda: dict[Modality, Tensor] = {}
        self._rebuilt_from: dict[Modality, Tensor] = {}
        self._rebuilt_at = 0
        self._summed_at = -1
        loss = config.loss
        fixed = _FIXED_LAMBDA.get(loss.variant)
        # Made once: a number that becomes a tensor at every step would wait for the device.
        self._even = fixed == 1.0
        self._fixed = None if fixed is None else dict.fromkeys(MODALITIES, torch.tensor(fixed, device=train.device))
        self._with_proxies = bool(loss.hash_loss or self._gamma or loss.variant not in _FIXED_LAMBDA)

    def begin_epoch(self, epoch: int) -> None:
        """Fill the bank before the first step; rebuild the tree, draw the neighbours and add up the bank as configured."""
        if not self._bank:
            self._bank = {m: self._entry(self._encode_all(m)) for m in MODALITIES}
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
            for communities in self._levels:
                communities.fill(self._bank)
            if nearest:
                self._near.update({m: self._tables[m][0].mean_of_all(self._bank[m]) for m in MODALITIES})
            self._summed_at = epoch

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Terms of the objective: pair, hash (Eq. 7), bank (Eq. 7 over all communities), con (Eq. 10)."""
        options = self._config.loss
        before = {"image": self.networks["image"](batch.image), "text": self.networks["text"](batch.text)}
        f: dict[Modality, Tensor] = {m: torch.tanh(before[m]) for m in MODALITIES}
        if self._config.proxy.resample == "batch" and self._with_proxies and self._structure.tree is not None:
            self._draw_neighbours(batch.epoch, batch.step)
        contrasts = self._contrasts(batch) if options.bank_loss else []
        self._remember(batch.index, {m: self._entry(before[m].detach()) for m in MODALITIES})
        proxies = {m: self._proxies(m, batch.index) for m in MODALITIES} if self._with_proxies else {}
        self._lambda = self._weights(proxies, f)
        terms: dict[str, Tensor] = {}
        if options.pair_loss:
            terms["pair"] = options.pair_loss * losses.pair_loss(f["image"], f["text"], options.pair_tau)
        if options.hash_loss:
            b = self._mixtures(proxies)
            both = [losses.hash_loss(f[m], b[m], options.hash_tau, options.logit_scale) for m in MODALITIES]
            summed = len(batch.index) if options.hash_reduction == "sum" else 1
            terms["hash"] = options.hash_loss * summed * (both[0] + both[1])
        if options.bank_loss:
            terms["bank"] = options.bank_loss * self._bank_loss(batch.index, f, contrasts)
        if self._gamma:
            terms["con"] = self._gamma * self._consistency(f, proxies)
        return terms

    def figures(self) -> dict[str, Tensor]:
        """Lambda of both modalities at the last step."""
        return {f"lambda_{m}": value for m, value in self._lambda.items()}

    def state(self) -> dict[str, Tensor]:
        """Weights, bank, sums and means over it, lambda, and the outputs that the tree was last rebuilt from."""
        out = {f"{m}.{key}": value for m in MODALITIES for key, value in self.networks[m].state_dict().items()}
        for name, part in self._parts().items():
            out |= {f"{name}/{m}": value for m, value in part.items()}
        if self._rebuilt_from and self._structure.tree is not None:
            out["rebuilt_tree"] = torch.from_numpy(self._structure.tree.parent.copy())
        return out | {"rebuilt_at": torch.tensor(self._rebuilt_at), "summed_at": torch.tensor(self._summed_at)}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Continue from what `state` returned; the graph of a rebuilt tree is computed again from the outputs kept for it."""
        for m in MODALITIES:
            weights = {key.removeprefix(f"{m}."): v for key, v in state.items() if key.startswith(f"{m}.")}
            self.networks[m].load_state_dict(weights)
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
            "bank": self._bank,
            **{f"sums{i}": communities.sums for i, communities in enumerate(self._levels)},
            "near": self._near,
            "lambda": self._lambda,
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
        found = _contrasted(structure, self._config.loss)
        self._levels = [CommunityMeans(level.labels, self._train.device) for level in found]
        self._taus = [_temperature(level, self._config.loss) for level in found]

    def _draw_neighbours(self, *round_: int) -> None:
        found = neighbours(self._structure, self._config, derived_seed(self._seed, _NEIGHBOURS, *round_))
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

    def _remember(self, rows: Tensor, entries: dict[Modality, Tensor]) -> None:
        """Put the batch's entries into the bank and pass the change on to the means."""
        for m in MODALITIES:
            change = entries[m] - self._bank[m][rows]
            for communities in self._levels:
                communities.update(m, rows, change)
            self._bank[m][rows] = entries[m]
            if self._near:
                self._near[m][rows] = self._tables[m][0].mean_from_bank(rows, self._bank[m])

    def _contrasts(self, batch: Batch) -> list[_Contrast]:
        """What each level is contrasted with at this step, as left by the steps before.

        Where a level has too many communities, rows are drawn, the same for all levels, and theirs stand for all.
        """
        count, drawn = self._config.loss.bank_candidates, None
        if any(len(communities) > count for communities in self._levels):
            source = generator(self._seed, _CANDIDATES, batch.epoch, batch.step)
            drawn = torch.randint(len(self._train), (count,), generator=source)
            drawn = torch.cat([batch.index, drawn.to(self._train.device, non_blocking=True)])
        return [self._contrast(x, drawn if len(x) > count else None) for x in self._levels]

    def _contrast(self, communities: CommunityMeans, rows: Tensor | None) -> _Contrast:
        """The proxies of a level's communities, or of those of `rows`, for the outputs of each modality."""
        if rows is None:
            return _Contrast(communities, None, dict.fromkeys(MODALITIES, self._community_proxies(communities, None)))
        if communities.shared:
            one = communities.labels["image"][rows]
            proxies = self._community_proxies(communities, one)
            return _Contrast(communities, dict.fromkeys(MODALITIES, one), dict.fromkeys(MODALITIES, proxies))
        which = {m: communities.labels[m][rows] for m in MODALITIES}
        return _Contrast(communities, which, {m: self._community_proxies(communities, which[m]) for m in MODALITIES})

    def _community_proxies(self, communities: CommunityMeans, which: Tensor | None) -> _Proxies:
        """m^same and m^cross (c, L) of communities, None for all."""
        out: _Proxies = {}
        for m, (same, cross) in communities.means(which).items():
            if self._near:  # every pair is a community of its own
                same = self._near[m].clone() if which is None else self._near[m][which]
            out[m] = self._mean(same), self._mean(cross)
        return out

    def _mixtures(self, proxies: _Proxies) -> dict[Modality, Tensor]:
        """b of Eq. 6 for the batch or for all communities, with the lambda of this step."""
        options, (same, cross) = self._config.mixup, proxies["image"]
        if self._even and proxies["text"][0] is cross and proxies["text"][1] is same:  # one mean for both
            return dict.fromkeys(MODALITIES, surrogate_sign(mixture(same, cross, self._lambda["image"]), options))
        mixed = {m: mixture(*proxies[m], self._lambda[m]) for m in MODALITIES}
        if options.shared_mix:
            mixed = dict.fromkeys(MODALITIES, (mixed["image"] + mixed["text"]) / 2)
        return {m: surrogate_sign(mixed[m], options) for m in MODALITIES}

    def _weights(self, proxies: _Proxies, f: dict[Modality, Tensor]) -> dict[Modality, Tensor]:
        """Lambda of each modality: fixed by the variant, or the MMD of the batch smoothed and shared as configured."""
        options = self._config.mixup
        if self._fixed is not None:
            return self._fixed
        found = {m: discrepancy(*proxies[m], f[m], f[_OPPOSITE[m]], options) for m in MODALITIES}
        if options.share_lambda:
            found = dict.fromkeys(MODALITIES, (found["image"] + found["text"]) / 2)
        kept = options.lambda_momentum if self._lambda else 0.0
        return {m: kept * self._lambda.get(m, found[m]) + (1 - kept) * found[m] for m in MODALITIES}

    def _bank_loss(self, rows: Tensor, f: dict[Modality, Tensor], contrasts: list[_Contrast]) -> Tensor:
        """Contrast of both modalities with the targets of the communities; the mean over the levels."""
        each = [self._level_loss(rows, f, x, tau) for x, tau in zip(contrasts, self._taus, strict=True)]
        return torch.stack(each).mean()

    def _level_loss(self, rows: Tensor, f: dict[Modality, Tensor], contrast: _Contrast, tau: float) -> Tensor:
        """The contrast with the targets of one level: all its communities, or the batch's and those drawn."""
        found, drawn, proxies = contrast.communities, contrast.drawn, contrast.proxies
        n = len(rows)
        one = self._mixtures(proxies["image"])
        b = one if proxies["image"] is proxies["text"] else one | {"text": self._mixtures(proxies["text"])["text"]}
        if drawn is None:
            both = [losses.bank_loss(f[m], b[m], found.sizes[m], found.labels[m][rows], tau) for m in MODALITIES]
            return both[0] + both[1]
        same = {"image": drawn["image"][:n, None] == drawn["image"][n:]}
        same["text"] = same["image"] if found.shared else drawn["text"][:n, None] == drawn["text"][n:]
        weight = len(self._train) / (len(drawn["image"]) - n)
        both = [losses.sampled_bank_loss(f[m], b[m][:n], b[m][n:], same[m], weight, tau) for m in MODALITIES]
        return both[0] + both[1]

    def _consistency(self, f: dict[Modality, Tensor], proxies: _Proxies) -> Tensor:
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
