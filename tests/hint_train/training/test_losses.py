"""Every loss against a NumPy loop, its limits, its gradients; facts of the MMD and of the mixture."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from hint_train.methods.hint.mixup import discrepancy, hard_sign, surrogate_sign
from hint_train.methods.hint.options import MixupConfig
from hint_train.training.losses import (
    bank_loss,
    base_bandwidth,
    consistency_loss,
    hash_loss,
    how_often,
    how_often_drawn,
    how_often_shared,
    mixture,
    pair_loss,
    profiles,
    sampled_bank_loss,
    scaled_products,
    squared_mmd,
)


def normal(rng, *shape, dtype=torch.float64):
    return torch.randn(*shape, generator=rng, dtype=dtype)


def cosine(a, b):
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def loop_contrast(rows):
    """Mean of -log softmax of the first entry of each row."""
    return float(np.mean([math.log(sum(math.exp(x) for x in row)) - row[0] for row in rows]))


def whole_bank(outputs, targets, sizes, own):
    return bank_loss(outputs, normalize(targets), how_often(sizes, own), own, 0.7)


def sampled_bank(outputs, own, targets, same, weight):
    return sampled_bank_loss(outputs, normalize(own), normalize(targets), how_often_drawn(same, weight), 0.7)


@pytest.mark.parametrize("scale", ["by_L", "cosine", "none"])
def test_hash_loss_is_equation_7(rng, scale):
    f, b = normal(rng, 5, 8), normal(rng, 5, 8)
    product = {"by_L": lambda x, y: x @ y / 8, "cosine": cosine, "none": lambda x, y: x @ y}[scale]
    x, y = f.numpy(), b.numpy()
    rows = [[product(x[i], y[i]) / 0.3] + [product(x[i], y[j]) / 0.3 for j in range(5) if j != i] for i in range(5)]
    assert float(hash_loss(f, b, 0.3, scale)) == pytest.approx(loop_contrast(rows), abs=1e-12)


def test_hash_loss_of_orthogonal_codes():
    """log(1 + (B - 1) exp(-1 / tau)) at B = 6, tau = 0.3."""
    hadamard = torch.tensor([[1.0]], dtype=torch.float64)
    for _ in range(3):
        hadamard = torch.cat([torch.cat([hadamard, hadamard], 1), torch.cat([hadamard, -hadamard], 1)])
    codes = hadamard[:6]
    assert float(hash_loss(codes, codes, 0.3)) == pytest.approx(0.164132099365, abs=1e-11)


def test_hash_loss_limits(rng):
    f, b = normal(rng, 6, 8), hard_sign(normal(rng, 6, 8)).double()
    assert float(hash_loss(f, b, 1e9)) == pytest.approx(math.log(6))
    assert float(hash_loss(f, b[:1].expand(6, 8), 0.3)) == pytest.approx(math.log(6))
    assert float(hash_loss(f[:1], b[:1], 0.3)) == 0
    # Corrected Lemma 4.1: tau times the loss tends to the hinge, and to half the triplet of squared distances.
    gaps = [max(float(f[i] @ (b[j] - b[i])) for j in range(6)) for i in range(6)]
    squared = torch.cdist(f, b).square()
    triplet = (squared.diagonal() - squared.min(dim=1).values) / 2
    assert 0.001 * float(hash_loss(f, b, 0.001, "none")) == pytest.approx(np.mean(gaps), abs=1e-12)
    assert np.mean(gaps) == pytest.approx(float(triplet.mean()), abs=1e-12)


def all_of(shares):
    return torch.arange(shares.shape[1]).expand(len(shares), -1)


def test_bank_loss_of_shares_is_the_cross_entropy_of_both(rng):
    """Each community counts against a row by its size, less what of it the row's share takes away."""
    f, b, sizes = normal(rng, 4, 8), normal(rng, 5, 8), torch.tensor([3.0, 1, 4, 2, 7], dtype=torch.float64)
    shares = torch.rand(4, 5, generator=rng, dtype=torch.float64)
    shares /= shares.sum(1, keepdim=True)
    expected = 0.0
    for i in range(4):
        count = [float(shares[i, j] + (1 - shares[i, j]) * sizes[j]) for j in range(5)]
        each = [count[j] * math.exp(cosine(f[i].numpy(), b[j].numpy()) / 0.7) for j in range(5)]
        expected -= sum(float(shares[i, j]) * math.log(each[j] / sum(each)) for j in range(5)) / 4
    found = bank_loss(f, normalize(b), how_often_shared(sizes, shares, all_of(shares)), shares, 0.7)
    assert float(found) == pytest.approx(expected, abs=1e-12)


def test_communities_may_be_named_twice_or_without_a_share():
    """Short rows of walks are filled up with community 0, which they may have a share in as well."""
    sizes, shares = torch.tensor([3.0, 1, 4]), torch.tensor([[0.5, 0.5, 0], [0, 0, 1]])
    found = how_often_shared(sizes, shares, torch.tensor([[1, 0, 0], [2, 0, 0]]))
    assert torch.equal(found, how_often_shared(sizes, shares, all_of(shares)))
    assert found.exp().flatten().tolist() == pytest.approx([2, 1, 4, 3, 1, 1])


def test_a_community_without_rows_is_no_candidate_at_any_temperature():
    f, b = torch.tensor([[1.0, 0.0]]), torch.eye(2)
    shares = torch.tensor([[0.0, 1.0]])
    often = how_often_shared(torch.tensor([0.0, 50.0]), shares, torch.tensor([[1, 0]]))
    assert torch.isfinite(often).all()
    assert float(bank_loss(f, b, often, shares, 0.01)) == 0


def test_a_whole_share_is_the_own_community(rng):
    f, b, sizes, own = normal(rng, 4, 8), normal(rng, 5, 8), torch.tensor([3.0, 1, 4, 2, 7]), torch.tensor([0, 4, 2, 0])
    shares = torch.eye(5, dtype=torch.float64)[own]
    found = bank_loss(f, normalize(b), how_often_shared(sizes.double(), shares, own[:, None]), shares, 0.7)
    assert float(found) == pytest.approx(float(whole_bank(f, b, sizes.double(), own)), abs=1e-12)


def test_pair_loss_is_both_directions(rng):
    image, text = normal(rng, 5, 8), normal(rng, 5, 8)
    there = float(hash_loss(image, text, 0.9, "cosine"))
    back = float(hash_loss(text, image, 0.9, "cosine"))
    assert float(pair_loss(image, text, 0.9)) == pytest.approx(there + back, abs=1e-12)


def test_a_weight_says_how_often_a_pair_counts(rng):
    """Weights 2, 1 and 0: the first pair counts twice, the last not at all, but stays a candidate for the others."""
    f, g = normal(rng, 3, 5), normal(rng, 3, 5)
    products = [[math.exp(cosine(a, b) / 0.9) for b in g.numpy()] for a in f.numpy()]
    terms = [-math.log(products[i][i] ** 2 / sum(products[i]) / sum(row[i] for row in products)) for i in range(3)]
    weight = torch.tensor([2.0, 1.0, 0.0], dtype=torch.float64)
    assert pair_loss(f, g, 0.9, weight).item() == pytest.approx((2 * terms[0] + terms[1]) / 3)
    assert pair_loss(f, g, 0.9, torch.ones(3, dtype=torch.float64)).item() == pytest.approx(pair_loss(f, g, 0.9).item())


def test_bank_loss_is_a_loop_over_the_rows_of_other_communities(rng):
    """A community of n rows counts n times against a row outside it and once for a row inside; an empty one never counts."""
    f, b = normal(rng, 4, 8), normal(rng, 5, 8)
    sizes, own = [3, 1, 0, 2, 4], [0, 3, 0, 1]
    rows = []
    for i in range(4):
        others = [j for j, n in enumerate(sizes) for _ in range(n) if j != own[i]]
        rows.append([cosine(f[i].numpy(), b[j].numpy()) / 0.7 for j in (own[i], *others)])
    found = whole_bank(f, b, torch.tensor(sizes).double(), torch.tensor(own))
    assert float(found) == pytest.approx(loop_contrast(rows), abs=1e-12)
    alone = whole_bank(f, b[:1], torch.tensor([9.0]).double(), torch.zeros(4, dtype=torch.long))
    assert float(alone) == 0


def test_sampled_bank_loss_with_every_row_drawn_once_is_the_whole(rng):
    f, b, of_row = normal(rng, 4, 8), normal(rng, 5, 8), torch.tensor([0, 1, 4, 0, 3, 4, 3, 4, 4, 0])
    own = torch.tensor([0, 3, 0, 1])
    whole = whole_bank(f, b, torch.bincount(of_row, minlength=5).double(), own)
    same = own[:, None] == of_row
    assert float(sampled_bank(f, b[own], b[of_row], same, 1.0)) == pytest.approx(float(whole), abs=1e-12)
    twice = of_row.repeat(2)
    found = sampled_bank(f, b[own], b[twice], own[:, None] == twice, 0.5)
    assert float(found) == pytest.approx(float(whole), abs=1e-7)  # the logarithm of 0.5 is float32


@pytest.mark.parametrize("exclude", [False, True])
@pytest.mark.parametrize("norm", ["softmax", "shift"])
@pytest.mark.parametrize("kl", ["fm", "mf", "js"])
def test_consistency_loss_is_equation_10(rng, kl, norm, exclude):
    f, m, o = (normal(rng, 4, 8) for _ in range(3))

    def profile(rows, i):
        c = np.array([cosine(rows[i].numpy(), o[j].numpy()) for j in range(4) if not (exclude and j == i)])
        p = np.exp(c / 0.3) if norm == "softmax" else c + 1
        return p / p.sum()

    def divergence(p, q):
        return float((p * np.log(p / q)).sum())

    values = []
    for i in range(4):
        p, q = profile(f, i), profile(m, i)
        middle = (p + q) / 2
        values.append(
            {"fm": divergence(p, q), "mf": divergence(q, p), "js": (divergence(p, middle) + divergence(q, middle)) / 2}[
                kl
            ]
        )
    found = consistency_loss(f, m, o, 0.3, norm=norm, kl=kl, exclude_own_pair=exclude)
    assert float(found) == pytest.approx(np.mean(values), abs=1e-10)
    assert found >= 0
    assert float(consistency_loss(f, f, o, 0.3, norm=norm, kl=kl)) == pytest.approx(0, abs=1e-12)


def test_consistency_of_two_one_hot_cosines():
    """p = softmax(1, 0), q = softmax(0, 1)."""
    e = torch.eye(2, dtype=torch.float64)
    assert float(consistency_loss(e[:1], e[1:], e, 1.0)) == pytest.approx(0.462117157260, abs=1e-11)


@pytest.mark.parametrize(
    "loss",
    [
        lambda f, b: hash_loss(f, b, 0.3),
        lambda f, b: hash_loss(f, b, 0.3, "cosine"),
        lambda f, b: pair_loss(f, b, 0.9),
        lambda f, b: whole_bank(f, b, torch.tensor([2.0, 1, 3, 0]), torch.tensor([0, 0, 2, 1])),
        lambda f, b: sampled_bank(f, b, b.flip(0), torch.eye(4, dtype=torch.bool), 2.0),
        lambda f, b: consistency_loss(f, b, b.flip(0), 0.3),
        lambda f, b: consistency_loss(f, b, b.flip(0), 0.3, norm="shift", kl="js"),
    ],
)
def test_gradients_match_finite_differences(rng, loss):
    f, b = normal(rng, 4, 6).requires_grad_(), normal(rng, 4, 6)
    assert torch.autograd.gradcheck(lambda x: loss(x, b), (f,))


def test_mmd_facts(rng):
    x, y = normal(rng, 6, 4), normal(rng, 6, 4)
    assert float(squared_mmd(x, x.clone(), (0.5, 1.0, 2.0))) == 0
    far = torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 1.0]])
    assert float(squared_mmd(*far)) == pytest.approx(1.264241117657, abs=1e-6)
    one, other = torch.zeros(5, 3), torch.full((5, 3), 100.0)
    assert float(squared_mmd(one, other)) == pytest.approx(2)
    spread = torch.arange(4.0)[:, None] * 100
    assert float(squared_mmd(spread, spread + 1e4)) == pytest.approx(1 / 4 + 1 / 4)
    assert float(squared_mmd(x, y)) == pytest.approx(float(squared_mmd(y, x)), abs=1e-12)
    assert float(squared_mmd(x, y)) == pytest.approx(float(squared_mmd(x[[3, 1, 5, 0, 2, 4]], y)), abs=1e-12)
    assert float(squared_mmd(x, y)) == pytest.approx(float(squared_mmd(x + 3, y + 3)), abs=1e-12)
    assert float(squared_mmd(x, x.clone(), unbiased=True)) < 0


@pytest.mark.parametrize("unbiased", [False, True])
def test_mmd_is_a_loop(rng, unbiased):
    x, y = normal(rng, 5, 3).numpy(), normal(rng, 5, 3).numpy() + 0.5

    def mean(a, b, sigma, skip):
        values = [
            math.exp(-((p - q) ** 2).sum() / (2 * sigma**2))
            for i, p in enumerate(a)
            for j, q in enumerate(b)
            if not (skip and i == j)
        ]
        return sum(values) / len(values)

    total = sum(mean(x, x, s, unbiased) + mean(y, y, s, unbiased) - 2 * mean(x, y, s, False) for s in (0.7, 1.3))
    found = squared_mmd(torch.from_numpy(x), torch.from_numpy(y), (0.7, 1.3), unbiased=unbiased)
    assert float(found) == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("rule", ["median", "mean"])
def test_bandwidth(rng, rule):
    x, y = normal(rng, 4, 3), normal(rng, 3, 3)
    pooled = torch.cat([x, y]).numpy()
    squared = sorted(((pooled[i] - pooled[j]) ** 2).sum() for i in range(7) for j in range(i))
    value = squared[10] if rule == "median" else np.mean(squared)
    assert float(base_bandwidth(x, y, rule)) == pytest.approx(math.sqrt(value))
    assert float(base_bandwidth(x * 0, y * 0, rule)) == 1


@pytest.mark.parametrize(
    "options",
    [{}, {"kernels": 1}, {"mmd": "root"}, {"estimator": "unbiased"}, {"bandwidth": "mean"}, {"profile": "both"}],
)
def test_lambda_is_finite_detached_and_zero_for_equal_proxies(rng, options):
    config = MixupConfig(**options)
    same, cross, own, opposite = (normal(rng, 8, 6).requires_grad_() for _ in range(4))
    value = discrepancy(same, cross, own, opposite, config)
    assert not value.requires_grad
    assert 0 <= float(value) <= 2 * config.kernels
    assert float(discrepancy(same, same, own, opposite, config)) == pytest.approx(0, abs=1e-7)


def test_mixture_ends_and_middle(rng):
    same, cross = normal(rng, 3, 4), normal(rng, 3, 4)
    assert torch.equal(mixture(same, cross, 0.0), cross)
    assert torch.equal(mixture(same, cross, torch.tensor(math.inf)), same)
    assert torch.allclose(mixture(same, cross, 1.0), (same + cross) / 2)


def test_surrogates_of_the_sign(rng):
    x = normal(rng, 3, 4).requires_grad_()
    assert not surrogate_sign(x, MixupConfig(mix_sign="tanh")).requires_grad
    ste = surrogate_sign(x, MixupConfig(mix_sign="ste", mix_grad=True))
    assert torch.equal(ste.detach(), hard_sign(x))
    ste.sum().backward()
    assert torch.equal(x.grad, torch.ones_like(x))
    assert hard_sign(torch.zeros(2)).tolist() == [1, 1]


def test_detached_targets_send_no_gradient_to_neighbours(rng):
    f, proxy = normal(rng, 4, 6).requires_grad_(), normal(rng, 4, 6).requires_grad_()
    hash_loss(f, surrogate_sign(proxy, MixupConfig()), 0.3).backward()
    assert f.grad is not None
    assert proxy.grad is None


def test_profiles_are_cosines(rng):
    a, b = normal(rng, 3, 4), normal(rng, 3, 4)
    assert float(profiles(a, b)[1, 2]) == pytest.approx(cosine(a[1].numpy(), b[2].numpy()))
    assert torch.equal(profiles(a, b), scaled_products(a, b, "cosine"))
