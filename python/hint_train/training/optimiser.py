"""Adam and SGD, as torch computes them, and their state by name.

Torch's functions are called without its classes of optimisers. To make one of those loads torch's compiler and sympy, which takes
as long as to load torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.optim.adam import adam
from torch.optim.sgd import sgd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from hint_train.config.sections import OptimiserConfig

_MOMENTUM = 0.9
_BETAS = (0.9, 0.999)
_EPSILON = 1e-8


class Optimiser:
    """Changes parameters by their gradients; one without a gradient stays as it is.

    Parameters
    ----------
    parameters
        What is trained.
    options
        Which optimiser, and its weight decay, an L2 penalty; the step size is told at each step.
    """

    def __init__(self, parameters: Sequence[torch.nn.Parameter], options: OptimiserConfig) -> None:
        self._parameters = list(parameters)
        self._sgd, self._decay = options.optimiser == "sgd", options.weight_decay
        self._state: list[dict[str, Tensor]] = [{} for _ in self._parameters]

    def clear(self) -> None:
        """Forget the gradients."""
        for parameter in self._parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Change the parameters once, by the step size `rate`."""
        own = [(p, p.grad, s) for p, s in zip(self._parameters, self._state, strict=True) if p.grad is not None]
        parameters: list[Tensor] = [p for p, _, _ in own]
        gradients, states = [g for _, g, _ in own], [s for _, _, s in own]
        # All parameters in one call: the same bits as one by one, in less time; `fused` would round otherwise.
        if self._sgd:
            momenta = [s.get("momentum_buffer") for s in states]
            sgd(
                parameters, gradients, momenta, foreach=True, weight_decay=self._decay, momentum=_MOMENTUM, lr=rate,
                dampening=0, nesterov=False, maximize=False,
            )  # fmt: skip
            for state, momentum in zip(states, momenta, strict=True):
                assert momentum is not None  # the first step makes it
                state["momentum_buffer"] = momentum
            return
        for parameter, state in zip(parameters, states, strict=True):
            if not state:
                mean, square = torch.zeros_like(parameter), torch.zeros_like(parameter)
                # The count stays on the CPU, where reading it waits for no device.
                state.update({"step": torch.tensor(0.0), "exp_avg": mean, "exp_avg_sq": square})
        means, squares, counts = ([s[name] for s in states] for name in ("exp_avg", "exp_avg_sq", "step"))
        adam(
            parameters, gradients, means, squares, [], counts, foreach=True, amsgrad=False, beta1=_BETAS[0],
            beta2=_BETAS[1], lr=rate, weight_decay=self._decay, eps=_EPSILON, maximize=False,
        )  # fmt: skip

    def state(self) -> dict[str, Tensor]:
        """Everything that is remembered between steps, under names such as `0.exp_avg`; nothing before the first."""
        return {f"{i}.{name}": value for i, state in enumerate(self._state) for name, value in state.items()}

    def load_state(self, tensors: dict[str, Tensor]) -> None:
        """Continue from what `state` returned."""
        for name, tensor in tensors.items():
            i, key = name.split(".", 1)
            on = "cpu" if key == "step" else self._parameters[int(i)].device
            self._state[int(i)][key] = tensor.to(on)
