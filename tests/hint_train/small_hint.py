"""A HINT of twelve bits, built and trained by hand."""

import torch

from hint_train.methods.entries import METHODS
from hint_train.training.method import TrainingSet

CPU = torch.device("cpu")


BITS = 12


def build(pairs, config, seed=0):
    entry = METHODS[config.method]
    train = TrainingSet(torch.from_numpy(pairs.image), torch.from_numpy(pairs.text))
    return entry.build(entry.prepare(pairs, config, CPU), train, config, BITS, seed), train


def steps(method, train, n=3, epoch=0):
    out = []
    method.begin_epoch(epoch)
    for step in range(n):
        index = torch.arange(step * 16, step * 16 + 16)
        terms = method.loss(train.batch(index, epoch, step))
        out.append({name: value.item() for name, value in terms.items()})
        torch.stack(list(terms.values())).sum().backward()
    return out
