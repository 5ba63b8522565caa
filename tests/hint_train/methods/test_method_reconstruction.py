"""Methods that reconstruct similarities (djsrh, dgcpn) or features (cmfh), against their equations in loops and NumPy."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from hint_train.data.pairs import TrainingPairs
from hint_train.methods.cmfh.method import factorise
from hint_train.methods.cmfh.options import CmfhConfig
from hint_train.methods.dgcpn.method import Coherence, joint_features, preserving_loss, target_of
from hint_train.methods.dgcpn.options import DgcpnConfig
from hint_train.methods.djsrh.method import joint_similarity, reconstruction_loss
from hint_train.methods.djsrh.options import DjsrhConfig
from hint_train.methods.entries import METHODS
from hint_train.methods.presets import preset
from hint_train.training.method import TrainingSet

CPU = torch.device("cpu")


def cosine(a, b):
    a, b = a.tolist(), b.tolist()
    return float(np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b))


def test_djsrh_similarity_is_the_equation(rng):
    image, text = torch.rand(5, 4, generator=rng).double(), torch.rand(5, 3, generator=rng).double()
    found = joint_similarity(image, text, 0.7, 0.4)
    first = [
        [0.7 * (2 * cosine(image[i], image[j]) - 1) + 0.3 * (2 * cosine(text[i], text[j]) - 1) for j in range(5)]
        for i in range(5)
    ]
    for i in range(5):
        for j in range(5):
            second = sum(first[i][k] * first[j][k] for k in range(5)) / 5
            assert float(found[i, j]) == pytest.approx(0.6 * first[i][j] + 0.4 * second)


def test_djsrh_loss_is_the_equation_and_hardens_with_the_epochs(rng):
    v, t = (torch.randn(4, 3, generator=rng).double() for _ in range(2))
    target = torch.randn(4, 4, generator=rng).double()
    found = reconstruction_loss(v, t, target)
    for name, (a, b) in {"across": (v, t), "image": (v, v), "text": (t, t)}.items():
        each = [(cosine(a[i], b[j]) - float(target[i, j])) ** 2 for i in range(4) for j in range(4)]
        assert float(found[name]) == pytest.approx(sum(each) / 16)

    image, text = (torch.rand(6, d, generator=rng) for d in (5, 4))
    train = TrainingSet(image, text)
    config = replace(preset("default", "djsrh"), djsrh=DjsrhConfig(djsrh_image=0.5, djsrh_text=0.0))
    method = METHODS["djsrh"].build(None, train, config, 8, 0)
    for epoch in (0, 8):
        outputs = [
            torch.tanh((epoch + 1) ** 0.5 * method.networks[m](x)) for m, x in (("image", image), ("text", text))
        ]
        terms = reconstruction_loss(*outputs, 1.5 * joint_similarity(image, text, 0.6, 0.4))
        found = method.loss(train.batch(torch.arange(6), epoch, 0))
        assert found["across"].item() == pytest.approx(terms["across"].item())
        assert found["image"].item() == pytest.approx(0.5 * terms["image"].item())
        assert found["text"].item() == 0


def test_dgcpn_target_is_the_equation(rng):
    image, text = torch.rand(9, 4, generator=rng), torch.rand(9, 3, generator=rng)
    options = DgcpnConfig(dgcpn_text=0.25, dgcpn_neighbours=0.34, dgcpn_scale=2.0)
    joint = joint_features(image, text, 0.25)
    coherence = Coherence.of(joint, options)
    rows = torch.tensor([7, 2, 4])
    found = target_of(joint[rows], coherence.block(rows), 0.3)
    s = [[0.75 * cosine(image[i], image[j]) + 0.25 * cosine(text[i], text[j]) for j in range(9)] for i in range(9)]
    p = np.zeros((9, 9))
    for i in range(9):
        best = sorted((j for j in range(9) if j != i), key=lambda j: -s[i][j])[:3]
        for j in best:
            p[i, j] = s[i][j] / sum(s[i][k] for k in best)
    for a, i in enumerate(rows.tolist()):
        for b, j in enumerate(rows.tolist()):
            expected = 2 * (0.7 * s[i][j] + 0.3 * (2.0 * 3) * float(p[i] @ p[j])) - 1
            assert float(found[a, b]) == pytest.approx(expected, abs=1e-5)


def test_dgcpn_neighbours_are_bounded_and_bear_opposite_features():
    opposite = torch.cat([torch.ones(1, 2), -torch.ones(1, 2)])
    coherence = Coherence.of(joint_features(opposite, opposite, 0.5), DgcpnConfig())
    assert coherence.summary() == {"neighbours": 1}
    assert torch.equal(coherence.block(torch.arange(2)), torch.zeros(2, 2))
    many = torch.rand(2600, 3, generator=torch.Generator().manual_seed(0))
    assert Coherence.of(joint_features(many, many, 0.5), DgcpnConfig()).summary() == {"neighbours": 1000}


def test_dgcpn_loss_is_the_equation_in_its_three_halves(rng):
    def loop(v, t, target):
        n = range(len(v))
        c = {
            x + y: [[cosine(a[i], b[j]) for j in n] for i in n]
            for x, a in (("v", v), ("t", t))
            for y, b in (("v", v), ("t", t))
        }

        def mse(a, b, skip=False):
            return sum((a[i][j] - b[i][j]) ** 2 for i in n for j in n if not (skip and i == j)) / len(v) ** 2

        pair = sum((c["vt"][i][i] - 1.5) ** 2 for i in n) / len(v)
        graph = sum(mse(c[x], target.tolist(), skip=True) for x in ("vv", "tt", "vt"))
        turned = [list(column) for column in zip(*c["vt"], strict=True)]
        agree = mse(c["vt"], c["vv"]) + mse(c["vt"], c["tt"]) + mse(c["vv"], c["tt"]) + mse(c["vt"], turned)
        return {"pair": pair, "graph": graph, "consistency": agree}

    v, t = (torch.randn(4, 3, generator=rng).double() for _ in range(2))
    target = torch.randn(4, 4, generator=rng).double()
    found = preserving_loss(v, t, target, 1.5)
    assert {k: float(x) for k, x in found.items()} == pytest.approx(loop(v, t, target))

    image, text = torch.rand(8, 5, generator=rng), torch.rand(8, 4, generator=rng)
    train = TrainingSet(image, text)
    config = replace(preset("default", "dgcpn"), dgcpn=DgcpnConfig(dgcpn_graph=2.0, dgcpn_consistency=0.5))
    prepared = METHODS["dgcpn"].prepare(TrainingPairs(image.numpy(), text.numpy()), config, CPU)
    method = METHODS["dgcpn"].build(prepared, train, config, 6, 0)
    index = torch.tensor([1, 5, 6])
    terms = method.loss(train.batch(index, 0, 0))
    f = {m: torch.tanh(method.networks[m](x[index])).detach().double() for m, x in (("image", image), ("text", text))}
    joint = joint_features(image, text, 0.01)[index]
    wanted = target_of(joint, prepared.block(index), 0.3).double()
    real, text_binary, image_binary = (
        loop(*halves, wanted)
        for halves in ((f["image"], f["text"]), (f["image"], f["text"].sign()), (f["image"].sign(), f["text"]))
    )
    for name, weight in (("pair", 1.0), ("graph", 2.0), ("consistency", 0.5)):
        expected = weight * (real[name] + text_binary[name] + image_binary[name])
        assert terms[name].item() == pytest.approx(expected, rel=1e-4)


def columns(n):
    """Two sets of columns that share three directions."""
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((n, 3))
    return tuple(shared @ rng.standard_normal((3, d)) + 0.3 * rng.standard_normal((n, d)) + 2 for d in (7, 5))


def objective(x, found, options):
    joint = np.hstack([x["image"], x["text"]])
    v = joint @ found.factors.numpy()
    total = options.cmfh_gamma * np.square(v).sum()
    for m, weight in (("image", options.cmfh_image), ("text", 1 - options.cmfh_image)):
        u, p = found.loadings[m].numpy(), found.projections[m].numpy()
        total += weight * np.square(x[m] - v @ u.T).sum() + options.cmfh_mu * np.square(v - x[m] @ p).sum()
        total += options.cmfh_gamma * (np.square(u).sum() + np.square(p).sum())
    return total


def test_cmfh_updates_are_those_of_the_paper_and_its_objective_never_rises():
    """Against the paper's updates on the factors themselves, which the package never forms."""
    image, text = columns(60)
    x = {"image": image - image.mean(0), "text": text - text.mean(0)}
    joint = np.hstack([x["image"], x["text"]])
    options = CmfhConfig(cmfh_image=0.3, cmfh_mu=2.0, cmfh_gamma=0.1)
    start = np.random.default_rng(0).standard_normal((12, 4))
    gram, widths = torch.from_numpy(joint.T @ joint), {"image": 7, "text": 5}
    v, values = joint @ start, []
    for rounds in range(1, 6):
        left, right = (2 * 2.0 + 0.1) * np.eye(4), np.zeros((4, 60))
        for m, weight in (("image", 0.3), ("text", 0.7)):
            rows = x[m].T
            u = rows @ v @ np.linalg.inv(v.T @ v + 0.1 / weight * np.eye(4))
            p = v.T @ rows.T @ np.linalg.inv(rows @ rows.T + 0.1 / 2.0 * np.eye(len(rows)))
            left, right = left + weight * u.T @ u, right + (weight * u.T + 2.0 * p) @ rows
        v = (np.linalg.inv(left) @ right).T
        found = factorise(gram, widths, torch.from_numpy(start), options, rounds)
        assert joint @ found.factors.numpy() == pytest.approx(v, abs=1e-8)
        assert found.projections["text"].numpy() == pytest.approx(p.T, abs=1e-8)
        values.append(objective(x, found, options))
    assert all(b <= a * (1 + 1e-12) for a, b in pairwise(values))


def test_cmfh_networks_are_the_projections_of_centred_rows():
    image, text = (x.astype(np.float32) for x in columns(80))
    train = TrainingSet(torch.from_numpy(image), torch.from_numpy(text))
    config = preset("default", "cmfh")
    config = replace(config, network=replace(config.network, features="raw"))
    method = METHODS["cmfh"].build(None, train, config, 6, 3)
    for m, x in (("image", train.image), ("text", train.text)):
        out = method.networks[m](x)
        assert out.mean(0).tolist() == pytest.approx([0.0] * 6, abs=1e-4)
        weight = method.networks[m].layers[0].weight
        assert out.numpy() == pytest.approx(((x - x.mean(0)) @ weight.T).numpy(), abs=1e-3)
