"""How the processes of a run divide the work of a step: each runs the networks on its share of the rows, and all have all outputs."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor, nn

    from hint_train.ranks import Ranks


@contextlib.contextmanager
def divided(networks: Iterable[nn.Module], ranks: Ranks) -> Iterator[None]:
    """Let each process compute its share of the rows that a network is given, and give out the outputs of all.

    A method sees the whole batch and computes the loss of the whole batch, so that contrasts, bank and means are the same in
    every process, whatever the method is. Gradients reach the weights through own rows alone: they have to be added up.
    """
    if ranks.size == 1:
        yield
        return
    asked: list[int] = []

    def own_rows(_: nn.Module, arguments: tuple[Tensor]) -> Tensor:
        (features,) = arguments
        asked.append(len(features))
        return features[ranks.rows(len(features))]

    def all_rows(_: nn.Module, _arguments: tuple[Tensor], outputs: Tensor) -> Tensor:
        return ranks.all_rows(outputs, asked.pop())

    hooks = []
    for network in networks:
        hooks += [network.register_forward_pre_hook(own_rows), network.register_forward_hook(all_rows)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
