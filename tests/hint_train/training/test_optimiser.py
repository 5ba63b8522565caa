"""Steps of the optimiser against torch's classes, bit for bit."""

import pytest
import torch

from hint_train.config.sections import OptimiserConfig
from hint_train.training.optimiser import Optimiser

RATES = (0.01, 0.02, 0.005, 0.01)


def parameters(rng):
    return [torch.nn.Parameter(torch.randn(shape, generator=rng)) for shape in ((7, 33), (7,), (2, 7))]


def copies(given):
    return [torch.nn.Parameter(p.detach().clone()) for p in given]


@pytest.fixture(params=["adam", "sgd"])
def options(request):
    return OptimiserConfig(optimiser=request.param, weight_decay=0.01)


def oracle(given, options):
    if options.optimiser == "sgd":
        return torch.optim.SGD(given, lr=1.0, momentum=0.9, weight_decay=options.weight_decay)
    return torch.optim.Adam(given, lr=1.0, weight_decay=options.weight_decay, foreach=False)


def test_steps_are_those_of_torch(rng, options):
    ours = parameters(rng)
    theirs = copies(ours)
    one, other = Optimiser(ours, options), oracle(theirs, options)
    for step, rate in enumerate(RATES):
        one.clear()
        for i, (p, q) in enumerate(zip(ours, theirs, strict=True)):
            assert p.grad is None
            q.grad = None
            if step or i < 2:  # the last has no gradient at first
                p.grad = torch.randn(p.shape, generator=rng)
                q.grad = p.grad.clone()
        other.param_groups[0]["lr"] = rate
        one.step(rate)
        other.step()
        assert all(torch.equal(p, q) for p, q in zip(ours, theirs, strict=True))
    found = {f"{i}.{name}": x for i, slot in other.state_dict()["state"].items() for name, x in slot.items()}
    state = one.state()
    assert state.keys() == found.keys()
    assert all(torch.equal(state[name], found[name]) for name in found)


def test_what_was_kept_continues_bit_for_bit(rng, options):
    ours, gradients = parameters(rng), [[torch.randn(s, generator=rng) for s in ((7, 33), (7,), (2, 7))] for _ in RATES]

    def steps(one, given, which):
        for i in which:
            for p, gradient in zip(given, gradients[i], strict=True):
                p.grad = gradient.clone()
            one.step(RATES[i])

    first = Optimiser(ours, options)
    assert first.state() == {}
    steps(first, ours, (0, 1))
    again = copies(ours)
    second = Optimiser(again, options)
    second.load_state({name: tensor.clone() for name, tensor in first.state().items()})
    steps(first, ours, (2, 3))
    steps(second, again, (2, 3))
    assert all(torch.equal(p, q) for p, q in zip(ours, again, strict=True))
