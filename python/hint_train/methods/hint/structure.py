"""What the training pairs look like before any training: kNN lists, encoding tree, and who neighbours whom."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from hint_train.structure.agreement import kappa, votes
from hint_train.structure.encoding_tree import Csr, EncodingTree, TreeNeighbours
from hint_train.structure.mismatch import mismatched
from hint_train.structure.neighbour_lists import NeighbourLists, approximates, neighbour_lists
from hint_train.structure.pair_graph import pair_graph
from hint_train.structure.transform import GraphView, choose
from hint_train.structure.walks import Shares, apart, walked
from hint_train.whole import written_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from hint_train.config.sections import TreeConfig
    from hint_train.data.pairs import Modality, TrainingPairs
    from hint_train.methods.config import Config
    from hint_train.methods.hint.options import LossConfig
    from hint_train.structure.pair_graph import PairGraph

_log = logging.getLogger(__name__)
_APPROXIMATE = (
    "neighbours were found approximately, by an inverted file of short codes; --search exact compares all pairs of rows"
)


@dataclass(frozen=True, slots=True)
class Level:
    """Communities of the training pairs at one level of the tree.

    Attributes
    ----------
    labels
        (N,) community 0, 1, ... of every image row and of every text row.
    agreement
        How far the two modalities agree on them: Cohen's kappa of the communities that most of a row's nearest images and most of
        its nearest texts belong to. 0 without a tree.
    walked
        Where random walks from every image row and every text row end; None where each row is of its own community alone.
    """

    labels: dict[Modality, NDArray[np.int64]]
    agreement: float
    walked: dict[Modality, Shares] | None = None


@dataclass(frozen=True, slots=True)
class Structure:
    """kNN lists of both modalities and, where the variant uses one and the graph has an edge, the encoding tree.

    `levels` are those whose communities outputs are contrasted with, from the root down, where the last is that of the proxies;
    without a tree there is one, and every pair is a community of its own. `said` are sentences for the result. `mismatched` (N,)
    says how likely the image and the text of a pair do not belong together; None where nobody asks, or no pair looks like that.
    """

    lists: dict[Modality, NeighbourLists]
    tree: EncodingTree | None
    levels: tuple[Level, ...]
    said: tuple[str, ...] = ()
    mismatched: NDArray[np.float32] | None = None

    @property
    def n_pairs(self) -> int:
        """N."""
        return len(self.lists["image"].index)

    def trusted(self, device: torch.device) -> Tensor | None:
        """1 less how likely each pair is mismatched (N,); None where all count alike."""
        return None if self.mismatched is None else torch.from_numpy(1 - self.mismatched).to(device)

    def summary(self) -> dict[str, float]:
        """Entropy (bits) and height of the tree; number and sizes of the last level's communities, and the share alone in one.

        `agreement_i` is that of the i-th of `levels`, `mismatched` the share of pairs that are likely to be.
        """
        labels = self.levels[-1].labels
        if self.tree is None:
            return {"communities": len(labels["image"]), "alone": 1.0}
        nodes = labels["image"] if self.tree.contracted else np.concatenate(list(labels.values()))
        sizes = np.bincount(nodes)
        return {
            "entropy": self.tree.entropy,
            "height": self.tree.height,
            "communities": len(sizes),
            "median_community": float(np.median(sizes)),
            "largest_community": int(sizes.max()),
            "alone": float((sizes == 1).sum() / len(nodes)),
            **{f"agreement_{i}": level.agreement for i, level in enumerate(self.levels, 1)},
            **({} if self.mismatched is None else {"mismatched": float(self.mismatched.mean())}),
        }

    def notes(self) -> tuple[str, ...]:
        """Which rows have nothing but copies for neighbours, and whether neighbours were found approximately."""
        return self.said

    def save(self, folder: Path) -> None:
        """Write the tree as `tree.npz`, and how likely pairs are mismatched as `mismatched.npy`."""
        if self.tree is not None:
            self.tree.save(folder / "tree.npz")
        if self.mismatched is not None:
            with written_atomically(folder / "mismatched.npy") as file:
                np.save(file, self.mismatched)


def prepare(pairs: TrainingPairs, config: Config, device: torch.device) -> Structure:
    """Graph and tree of the training pairs (paper section 4.2); a warning where rows repeat more often than they have neighbours."""
    structure = build_structure({"image": pairs.image, "text": pairs.text}, config, device)
    said = tuple(_repeats(structure.lists, config.graph.k))
    for sentence in said:
        _log.warning("%s", sentence)
    if approximates(structure.n_pairs, config.graph, device, config.search):
        said += (_APPROXIMATE,)
    return replace(structure, said=said)


def _repeats(lists: dict[Modality, NeighbourLists], k: int) -> Iterator[str]:
    for modality, found in lists.items():
        if copies := found.copies():
            yield (
                f"{modality}: {copies:,} of {len(found.index):,} training rows repeat more often than they have neighbours: all {k} "
                "nearest are copies, and in this modality nothing else joins them; raise --k above the repeats, or let each row be "
                "another picture or text"
            )


def build_structure(
    features: dict[Modality, NDArray[np.float32]],
    config: Config,
    device: torch.device,
    make_tree: Callable[[PairGraph, TreeConfig], EncodingTree] | None = None,
) -> Structure:
    """Graph and tree of any two sets of N rows, features or hash outputs; `make_tree` in place of a new build.

    A graph without edges is no fault: no neighbourhood is shared by the modalities, so the tree has nothing to say, and every
    pair is a community of its own.
    """
    alone = (pairs_alone(len(features["image"])),)
    how = choose(features["image"], features["text"], config.graph, config.tree.tree_seed, device)
    _log.info("features for the graph: image %s, text %s", *how)
    lists = {
        modality: neighbour_lists(GraphView(x, h), config.graph, device, config.search, config.tree.tree_seed)
        for (modality, x), h in zip(features.items(), how, strict=True)
    }
    if config.loss.variant in ("v1", "v2"):
        return Structure(lists, None, alone)
    graph = pair_graph(lists["image"], lists["text"], config.graph)
    if len(graph.edges) == 0:
        _log.warning("no edge of the graph is left, so the tree is not used: every pair is a community of its own")
        return Structure(lists, None, alone)
    tree = (make_tree or EncodingTree.build)(graph, config.tree)
    near = {m: x.index[:, : config.graph.k] for m, x in lists.items()}
    doubtful = _doubtful(lists, config)
    communities = [tree.communities(number) for number in _level_numbers(tree, config)]
    levels = (
        _level(x, near, graph, walk_steps(config.loss, number, int(x.max()) + 1), doubtful)
        for number, x in enumerate(communities)
    )
    return Structure(lists, tree, tuple(levels), mismatched=doubtful)


def _doubtful(lists: dict[Modality, NeighbourLists], config: Config) -> NDArray[np.float32] | None:
    """How likely pairs are mismatched, where that is asked for and some may be."""
    if not config.loss.bank_loss or not config.loss.mismatch:
        return None
    image, text = lists["image"].index, lists["text"].index
    found = config.loss.mismatch * mismatched(image, text, config.graph.k, config.tree.tree_seed)
    return found if found.any() else None


def pairs_alone(n: int) -> Level:
    """The level of the leaves: every pair is a community of its own."""
    return Level({"image": np.arange(n, dtype=np.int64), "text": np.arange(n, dtype=np.int64)}, 0.0)


def walk_steps(options: LossConfig, number: int, n_communities: int) -> int:
    """Steps of the walks whose ends a level is contrasted with, half as many at each level below the first; 0 for none."""
    if not options.bank_loss or not options.walk or n_communities > options.bank_candidates:
        return 0
    return max(1, options.walk >> number)


def _level(
    communities: NDArray[np.int64],
    near: dict[Modality, NDArray[np.int32]],
    graph: PairGraph,
    steps: int,
    doubtful: NDArray[np.float32] | None,
) -> Level:
    """The level whose nodes have these communities; `near` are the neighbours (N, k) that vote."""
    n = len(near["image"])
    rows: dict[Modality, slice] = {"image": slice(n), "text": slice(len(communities) - n, None)}
    labels = {m: communities[part] for m, part in rows.items()}
    agreement = kappa(*(votes(near[m], labels[m]) for m in labels))
    if not steps:
        return Level(labels, agreement)
    shares = walked(graph, communities, steps)
    of = dict.fromkeys(rows, shares) if graph.contracted else {m: shares[part] for m, part in rows.items()}
    if doubtful is not None:
        of = {m: apart(of[m], near[m], doubtful) for m in rows}
    return Level(labels, agreement, of)


def _level_numbers(tree: EncodingTree, config: Config) -> tuple[int | None, ...]:
    """Levels that communities are taken from: all from the root down to that of the proxies, or that one alone; None the finest.

    A tree may turn out lower than its limit. A level below its finest communities would be that of the leaves.
    """
    last = config.proxy.level
    if last is not None and last >= tree.height:
        _log.warning("the tree has height %d, so its finest communities stand for --level %d", tree.height, last)
        last = None
    if config.loss.bank_levels == "one" or not config.loss.bank_loss:
        return (last,)
    return (*range(1, tree.height - 1 if last is None else last), last)


def neighbours(structure: Structure, config: Config, seed: int) -> dict[Modality, TreeNeighbours]:
    """N+ and N- of every pair in both modalities under the chosen variant (paper section 5.2, ablation).

    v1: the pair and nothing else. v2: kNN of the same modality, and the pair. Others: the tree's communities.
    """
    if structure.tree is not None:
        image, text = structure.tree.neighbours(config.proxy, seed)
        return {"image": image, "text": text}
    return {modality: _without_tree(lists, config) for modality, lists in structure.lists.items()}


def _without_tree(lists: NeighbourLists, config: Config) -> TreeNeighbours:
    n = len(lists.index)
    own = Csr(np.arange(n + 1, dtype=np.int64), np.arange(n, dtype=np.int64))
    if config.loss.variant != "v2":
        return TreeNeighbours(own, own)
    near = lists.index[:, : config.graph.k]
    k = near.shape[1]
    return TreeNeighbours(Csr(np.arange(0, n * k + 1, k, dtype=np.int64), near.ravel().astype(np.int64)), own)
