"""What each of several processes computes for tests/hint_train/runs/test_several.py, one after the other: python several_runs.py FOLDER."""

import sys
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch

from hint_train.methods.entries import METHODS
from hint_train.methods.presets import preset

N_PAIRS, BATCH = 150, 33
METHODS_THAT_TRAIN = [name for name, entry in METHODS.items() if entry.trains]
SIMILARITIES = ("cosine", "l2", "l1")


def write_pairs(path, n=N_PAIRS):
    """Six kinds of pairs, a sixth of them queries."""
    rng = np.random.default_rng(0)
    centre = rng.integers(6, size=n)
    image, text = (rng.standard_normal((6, d))[centre] * 2 + rng.standard_normal((n, d)) for d in (16, 12))
    labels = np.eye(6, dtype=np.uint8)[centre]
    np.savez(path, image=image, text=text, labels=labels, query=np.arange(n // 6), retrieval=np.arange(n // 6, n))


def configs(folder):
    """Runs by name: every method that trains, and HINT with networks that are asked within the loss, and a tree that is rebuilt.

    The step is plain, so that a rounding error stays one: Adam would make a step of any gradient that is not 0.
    """
    found = {}
    for name in METHODS_THAT_TRAIN:
        base = preset("default", name)
        small = replace(base.optimiser, epochs=3, batch=BATCH, optimiser="sgd", learning_rate=1e-2)
        network = replace(base.network, hidden=24)
        found[name] = replace(base, dataset=str(folder / "pairs.npz"), bits=(8,), network=network, optimiser=small)
    hint = found["hint"]
    literal = preset("paper", "hint")
    found["hint-paper"] = replace(
        literal,
        dataset=hint.dataset,
        bits=(8,),
        network=replace(literal.network, hidden=24),
        optimiser=hint.optimiser,
        proxy=replace(literal.proxy, encoder="reencode"),
        mixup=replace(literal.mixup, mix_sign="tanh", mix_grad=True),
    )
    found["hint-rebuilt"] = replace(hint, tree=replace(hint.tree, rebuild_every=1), bits=(8, 16), seeds=2)
    return found


def repeating_rows(n=401):
    """Rows of which many are equal, so that neighbours tie across all tiles."""
    rng = np.random.default_rng(1)
    return torch.from_numpy(rng.standard_normal((n // 4, 6), dtype=np.float32)[rng.integers(n // 4, size=n)])


def neighbours():
    """Neighbours in many small tiles, and approximately in many small blocks."""
    from hint_train.structure import approximate, knn, tiles

    rows = repeating_rows()
    with patch.object(tiles, "_TILE_ROWS", 37), patch.object(approximate, "_BLOCK_ROWS", 37):
        found = {name: [x.numpy() for x in knn.nearest(rows, 9, name)] for name in SIMILARITIES}
        found["cosine~"] = approximate.nearest_approximately(rows, 9, 0)
        found["cosine~, more than cells hold"] = approximate.nearest_approximately(rows[:230], 190, 0)
        found["cosine~, more processes than blocks"] = approximate.nearest_approximately(rows[:60], 9, 0)
        return found


def exchanges(ranks):
    """Every exchange by its name, for rows that do not divide evenly and for fewer rows than processes."""
    out = {}
    for n in (1, 2, 10, 11):
        every = torch.arange(n * 3.0).view(n, 3)
        own = every[ranks.rows(n)].clone().requires_grad_()
        whole = ranks.all_rows(own, n)
        assert torch.equal(whole, every)
        (whole * every).sum().backward()  # the gradient of sum x_ij e_ij is e, in own rows
        assert torch.equal(own.grad, every[ranks.rows(n)])
        out[f"rows {n}"] = len(own)
        stepped = ranks.all_rows(every[ranks.rows(n, 4)], n, 4)
        assert torch.equal(stepped, every)
    sums = [torch.full((2, 2), float(ranks.rank)), torch.tensor([1.0])]
    ranks.add_up(sums)
    assert sums[0].tolist() == [[sum(range(ranks.size))] * 2] * 2
    assert sums[1].tolist() == [ranks.size]
    table = torch.arange(ranks.size * 2).view(ranks.size, 2) + 100 * ranks.rank
    expected = [[100 * other + 2 * ranks.rank, 100 * other + 2 * ranks.rank + 1] for other in range(ranks.size)]
    assert ranks.exchanged(table).tolist() == expected
    assert ranks.rows(10, 4, rank=0) == slice(0, 8 if ranks.size == 2 else 4)
    assert ranks.from_first(b"said" if ranks.first else b"") == b"said"
    assert ranks.from_first(b"") == b""
    assert ranks.any(ranks.rank == ranks.size - 1)
    assert not ranks.any(False)
    assert ranks.unlike_the_first(b"same") == []
    assert ranks.unlike_the_first(b"%d" % (ranks.rank // 2)) == list(range(2, ranks.size))
    return out


def main(folder):
    from hint_train.errors import ConfigError
    from hint_train.ranks import joined
    from hint_train.runs import training_run
    from hint_train.runs.helping import help_run

    training_run.write_report = lambda *_: None
    with joined() as ranks:
        exchanges(ranks)
        found = neighbours()
        own = folder / f"{ranks.size}"
        own.mkdir(exist_ok=True)
        arrays = {f"{name} {i}": x for name, pair in found.items() for i, x in enumerate(pair)}
        np.savez(own / f"neighbours-{ranks.rank}.npz", **arrays)
        for again in ("", "-again") if ranks.size == 4 else ("",):
            for name, config in configs(folder).items():
                target = own / f"{name}{again}"
                training_run.run(config, target) if ranks.first else help_run(config, target)
        other = replace(config, seed=ranks.rank)
        try:
            training_run.run(other, own / "unlike") if ranks.first else help_run(other, own / "unlike")
        except ConfigError as error:
            (own / f"unlike-{ranks.rank}.txt").write_text(str(error))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
