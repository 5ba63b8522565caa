"""The contrast of outputs with the communities of the levels of the tree: Eq. 7 over the whole training set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import torch
from torch.nn.functional import normalize

from hint_train.data.pairs import MODALITIES, Modality
from hint_train.methods.hint.structure import pairs_alone
from hint_train.structure.communities import CommunityMeans
from hint_train.training.losses import bank_loss, how_often, how_often_drawn, how_often_shared, sampled_bank_loss
from hint_train.training.method import TrainingSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from hint_train.methods.hint.bank import Bank
    from hint_train.methods.hint.mixup import Mixup, Proxies
    from hint_train.methods.hint.options import LossConfig
    from hint_train.methods.hint.structure import Level, Structure
    from hint_train.structure.walks import Shares

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ContrastedLevel:
    """Means over the communities of a level, and how outputs are contrasted with them.

    Attributes
    ----------
    tau
        Temperature.
    walked
        (N, m) communities that a row is drawn to and (N, m) their shares, by modality; None for the row's own alone.
    """

    communities: CommunityMeans
    tau: float
    walked: dict[Modality, tuple[Tensor, Tensor]] | None

    @property
    def paired(self) -> bool:
        """Whether both rows of a pair are drawn to the same communities."""
        return self.communities.shared and (self.walked is None or self.walked["image"] is self.walked["text"])


@dataclass(frozen=True, slots=True)
class Candidates:
    """What outputs are contrasted with at one level and one step.

    Attributes
    ----------
    drawn
        (b + M,) communities of the batch's rows and of those drawn, by the modality of the outputs; None for all communities.
    proxies
        By the modality of the outputs, the proxies (c, L) of those communities.
    """

    level: ContrastedLevel
    drawn: dict[Modality, Tensor] | None
    proxies: dict[Modality, Proxies]


def contrasted_levels(structure: Structure, config: LossConfig, device: torch.device) -> list[ContrastedLevel]:
    """The levels that outputs are contrasted with, from the coarsest down, and that of the leaves where it is asked for.

    A temperature is the sharper, the more the modalities agree on the communities, where that is asked for.
    """
    if not config.bank_loss:
        return []
    levels: list[Level] = list(structure.levels)
    if config.bank_levels == "all" and structure.tree is not None:
        levels.append(pairs_alone(structure.n_pairs))
    return [
        ContrastedLevel(
            CommunityMeans(x.labels, device),
            config.bank_tau * (1 - config.sharpen * x.agreement),
            _on(device, x.walked),
        )
        for x in levels
    ]


def _on(device: torch.device, walked: dict[Modality, Shares] | None) -> dict[Modality, tuple[Tensor, Tensor]] | None:
    """The tables of both modalities as tensors on `device`."""
    if walked is None:
        return None

    def tables(x: Shares) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(x.community).to(device), torch.from_numpy(x.share).to(device)

    return _of_both(lambda m: tables(walked[m]), shared=walked["image"] is walked["text"])


def candidates(levels: list[ContrastedLevel], bank: Bank, rows: Tensor | None, most: int) -> list[Candidates]:
    """What each level is contrasted with, as left by the steps before.

    Parameters
    ----------
    rows
        (b + M,) the batch's rows and those drawn, whose communities stand for all where a level has more than `most`.
    """
    return [_of_level(x, bank, rows if len(x.communities) > most else None) for x in levels]


def _of_level(level: ContrastedLevel, bank: Bank, rows: Tensor | None) -> Candidates:
    communities = level.communities
    if rows is None:
        return Candidates(level, None, dict.fromkeys(MODALITIES, bank.proxies(communities.means(), None)))
    if communities.shared:
        one = communities.labels["image"][rows]
        proxies = bank.proxies(communities.means(one), one)
        return Candidates(level, dict.fromkeys(MODALITIES, one), dict.fromkeys(MODALITIES, proxies))
    which = {m: communities.labels[m][rows] for m in MODALITIES}
    return Candidates(level, which, {m: bank.proxies(communities.means(which[m]), which[m]) for m in MODALITIES})


def contrast_loss(
    rows: Tensor, f: dict[Modality, Tensor], each: list[Candidates], mixup: Mixup, train: TrainingSet
) -> Tensor:
    """Contrast of both modalities' outputs `f` (b, L) with the targets of the communities; the mean over the levels."""
    return torch.stack([_level_loss(rows, f, x, mixup, len(train)) for x in each]).mean()


def _level_loss(rows: Tensor, f: dict[Modality, Tensor], found: Candidates, mixup: Mixup, n_pairs: int) -> Tensor:
    level, tau = found.level, found.level.tau
    drawn, proxies, n = found.drawn, found.proxies, len(rows)
    one = mixup.targets(proxies["image"])
    b = one if proxies["image"] is proxies["text"] else one | {"text": mixup.targets(proxies["text"])["text"]}
    b = _of_both(lambda m: normalize(b[m]), shared=b["image"] is b["text"])
    if drawn is None:
        met = _of_both(lambda m: _own(level, m, rows), shared=level.paired)
        both = [bank_loss(f[m], b[m], often, own, tau) for m, (own, often) in met.items()]
        return both[0] + both[1]
    weight = n_pairs / (len(drawn["image"]) - n)
    often = _of_both(lambda m: how_often_drawn(drawn[m][:n, None] == drawn[m][n:], weight), shared=level.paired)
    both = [sampled_bank_loss(f[m], b[m][:n], b[m][n:], often[m], tau) for m in MODALITIES]
    return both[0] + both[1]


def _own(level: ContrastedLevel, modality: Modality, rows: Tensor) -> tuple[Tensor, Tensor]:
    """The communities of `rows` (b,), or their shares in all C of them (b, C); and how often each counts against a row, (b, C)."""
    sizes = level.communities.sizes[modality]
    if level.walked is None:
        own = level.communities.labels[modality][rows]
        return own, how_often(sizes, own)
    community, share = (x.index_select(0, rows) for x in level.walked[modality])
    named = community.long()
    own = share.new_zeros(len(rows), len(level.communities)).scatter_add_(1, named, share)
    return own, how_often_shared(sizes, own, named)


def _of_both(make: Callable[[Modality], _T], *, shared: bool) -> dict[Modality, _T]:
    """A value for each modality, made once where it is the same for both."""
    image = make("image")
    return {"image": image, "text": image if shared else make("text")}
