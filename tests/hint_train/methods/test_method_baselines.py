"""Baselines against their equations: loops for the losses, numpy for the correlations, invariants for the rotation."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from hint_train.data.pairs import TrainingPairs
from hint_train.errors import ConfigError
from hint_train.methods.check import check
from hint_train.methods.cmfh.options import CmfhConfig
from hint_train.methods.config import Config
from hint_train.methods.cvh.method import canonical, iterative_quantisation, seeded_rotation
from hint_train.methods.cvh.options import CvhConfig
from hint_train.methods.dgcpn.options import DgcpnConfig
from hint_train.methods.djsrh.options import DjsrhConfig
from hint_train.methods.entries import METHODS
from hint_train.methods.presets import preset
from hint_train.methods.ucch.method import batch_contrast, code_contrast, ranking_loss
from hint_train.methods.ucch.options import UcchConfig
from hint_train.training.method import TrainingSet

CPU = torch.device("cpu")


def unit(rng, n, bits):
    return normalize(torch.randn(n, bits, generator=rng, dtype=torch.float64))


def test_code_contrast_is_the_equation(rng):
    f, codes, negatives = unit(rng, 5, 6), unit(rng, 5, 6).sign(), unit(rng, 9, 6).sign()
    tau = 0.9
    expected = 0.0
    for i in range(5):
        own = math.exp(float(f[i] @ normalize(codes[i], dim=0)) / tau)
        others = sum(math.exp(float(f[i] @ normalize(c, dim=0)) / tau) for c in negatives)
        expected -= math.log(own / (own + others)) / 5
    assert float(code_contrast(f, codes, negatives, tau)) == pytest.approx(expected)


def test_batch_contrast_takes_the_other_rows_as_negatives(rng):
    f, codes = unit(rng, 4, 6), unit(rng, 4, 6).sign()
    each = [
        code_contrast(f[i : i + 1], codes[i : i + 1], codes[[j for j in range(4) if j != i]], 0.9) for i in range(4)
    ]
    assert float(batch_contrast(f, codes, 0.9)) == pytest.approx(float(sum(each)) / 4)


def test_ranking_loss_is_the_equation(rng):
    v, t = unit(rng, 6, 4), unit(rng, 6, 4)
    s = (v @ t.T).numpy()
    margin, shift = 0.2, 0.1
    expected = 0.0
    for i in range(6):
        for line in (s[i], s[:, i]):
            lowered = [x if x >= s[i, i] - margin else x - shift for x in line]
            expected += (margin - s[i, i] + math.log(sum(map(math.exp, lowered)))) / 6
    assert float(ranking_loss(v, t, margin, shift)) == pytest.approx(expected)


def ucch(n=40, **changes):
    rng = np.random.default_rng(1)
    pairs = TrainingPairs(*(rng.standard_normal((n, d)).astype(np.float32) for d in (5, 4)))
    train = TrainingSet(torch.from_numpy(pairs.image), torch.from_numpy(pairs.text))
    config = replace(preset("default", "ucch"), ucch=UcchConfig(**changes))
    return METHODS["ucch"].build(METHODS["ucch"].prepare(pairs, config, CPU), train, config, 8, 0), train


def test_ucch_has_three_image_layers_and_two_text_layers():
    method, _ = ucch()
    widths = {m: [layer.out_features for layer in net.layers] for m, net in method.networks.items()}
    assert widths == {"image": [1024, 1024, 8], "text": [1024, 8]}
    assert preset("paper", "ucch").network.hidden == 8192


def test_ucch_memory_is_replaced_in_the_warm_up_and_averaged_after_it():
    method, train = ucch()
    index = torch.arange(16)
    f = [
        normalize(torch.tanh(net(x[index])))
        for net, x in zip(method.networks.values(), (train.image, train.text), strict=True)
    ]
    centre = normalize((f[0] + f[1]).detach())
    untouched = method.state()["memory"][16:].clone()
    assert torch.allclose(untouched.abs(), torch.full_like(untouched, 1 / math.sqrt(8)))
    method.loss(train.batch(index, 0, 0))
    assert torch.allclose(method.state()["memory"][:16], centre)
    # A later batch in another order: old entries keep the share 0.4.
    old = method.state()["memory"][index.flip(0)].clone()
    method.loss(train.batch(index.flip(0), 1, 0))
    expected = normalize(0.4 * old + 0.6 * centre.flip(0))
    assert torch.allclose(method.state()["memory"][index.flip(0)], expected)
    assert torch.equal(method.state()["memory"][16:], untouched)


def test_ucch_weights_its_two_terms():
    def terms(share):
        method, train = ucch(ucch_nce=share)
        return {k: x.item() for k, x in method.loss(train.batch(torch.arange(16), 1, 0)).items()}

    low, high = terms(0.2), terms(0.6)
    assert high["nce"] == pytest.approx(3 * low["nce"])
    assert low["ranking"] == pytest.approx(2 * high["ranking"])


def correlated(n=400, seed=0):
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal((n, 3))
    image = np.hstack([shared + 0.1 * rng.standard_normal((n, 3)), rng.standard_normal((n, 4))]) @ rng.standard_normal(
        (7, 7)
    )
    text = np.hstack([shared + 0.5 * rng.standard_normal((n, 3)), rng.standard_normal((n, 2))]) @ rng.standard_normal(
        (5, 5)
    )
    return image + 3, text - 1


def test_canonical_components_are_uncorrelated_of_unit_variance_and_correlate_as_said():
    image, text = correlated()
    found = canonical(image, text, 1e-9)
    z = {m: (x - found.views[m].mean) @ found.views[m].maps for m, x in (("image", image), ("text", text))}
    assert z["image"].shape == z["text"].shape == (400, 5)
    for x in z.values():
        assert x.mean(0) == pytest.approx(np.zeros(5), abs=1e-9)
        assert x.T @ x / 400 == pytest.approx(np.eye(5), abs=1e-5)
    assert z["image"].T @ z["text"] / 400 == pytest.approx(np.diag(found.correlations), abs=1e-5)
    assert (np.diff(found.correlations) <= 0).all()
    assert found.correlations[2] > 0.8 > 0.3 > found.correlations[3]


def test_canonical_bears_collinear_and_constant_columns():
    image, text = correlated(20)
    image = np.hstack([image, image[:, :2], np.ones((20, 1))])
    assert np.isfinite(canonical(image, text, 1e-2).correlations).all()
    flat = canonical(np.ones((20, 3)), text, 1e-2)
    assert np.isfinite(flat.views["image"].maps).all()


@pytest.mark.parametrize(("bits", "components"), [(8, 3), (5, 5), (3, 8)])
def test_seeded_rotation(bits, components):
    q = seeded_rotation(bits, components, 0)
    assert q.shape == (bits, components)
    product = q.T @ q if bits >= components else q @ q.T
    assert product == pytest.approx(np.eye(min(bits, components)))
    assert not np.allclose(q, seeded_rotation(bits, components, 1))


def test_itq_lowers_the_error_of_quantisation():
    image, text = correlated()
    found = canonical(image, text, 1e-3)
    points = (image - found.views["image"].mean) @ found.views["image"].maps
    start = seeded_rotation(8, 5, 0)
    errors = []
    for rounds in range(6):
        q = iterative_quantisation(points, start, rounds)
        assert q.T @ q == pytest.approx(np.eye(5))
        z = points @ q.T
        errors.append(float(np.square(np.where(z >= 0, 1, -1) - z).sum()))
    assert all(b <= a + 1e-9 for a, b in pairwise(errors))
    assert errors[-1] < errors[0]


@pytest.mark.parametrize("rotation", ["none", "random", "itq"])
def test_cvh_networks_are_the_linear_maps(rotation):
    image, text = (x.astype(np.float32) for x in correlated())
    train = TrainingSet(torch.from_numpy(image), torch.from_numpy(text))
    config = replace(preset("default", "cvh"), cvh=CvhConfig(cvh_rotation=rotation, cvh_components=4))
    solution = METHODS["cvh"].prepare(TrainingPairs(image, text), config, CPU)
    method = METHODS["cvh"].build(solution, train, config, 4, 0)
    z = (text - solution.views["text"].mean) @ solution.views["text"].maps[:, :4]
    found = method.networks["text"](train.text).numpy()
    if rotation == "none":
        assert found == pytest.approx(z, abs=1e-4)
    assert found @ found.T == pytest.approx(z @ z.T, abs=1e-3)  # a rotation keeps all products
    with pytest.raises(NotImplementedError, match="closed form"):
        method.loss(train.batch(torch.arange(4), 0, 0))


def test_every_fault_of_the_options_is_named():
    config = Config(
        ucch=UcchConfig(ucch_nce=2, ucch_tau=0, ucch_negatives=0, ucch_momentum=-1, ucch_warmup=0, ucch_margin=-1),
        cvh=CvhConfig(cvh_components=0, cvh_iterations=0, cvh_ridge=float("nan")),
        cmfh=CmfhConfig(cmfh_image=1.0, cmfh_mu=0, cmfh_gamma=float("inf"), cmfh_iterations=0),
        djsrh=DjsrhConfig(djsrh_beta=2, djsrh_eta=float("nan"), djsrh_mu=-1, djsrh_image=-1, djsrh_text=float("inf")),
        dgcpn=DgcpnConfig(dgcpn_neighbours=0, dgcpn_text=-1, dgcpn_coherence=2, dgcpn_scale=-1, dgcpn_graph=-1),
    )
    with pytest.raises(ConfigError) as caught:
        check(config)
    for word in ("nce", "tau", "negatives", "momentum", "warmup", "margin"):
        assert f"--ucch-{word} must" in str(caught.value)
    for method, words in {
        "cvh": ("components", "iterations", "ridge"),
        "cmfh": ("image", "mu", "gamma", "iterations"),
        "djsrh": ("beta", "eta", "mu", "image", "text"),
        "dgcpn": ("text", "coherence", "scale", "graph", "neighbours"),
    }.items():
        for word in words:
            assert f"--{method}-{word} must" in str(caught.value)


def test_each_method_starts_from_its_own_settings():
    assert preset("default", "hint") == Config()
    for name in METHODS:
        config = preset("default", name)
        assert config.method == name
        check(config)
    assert preset("default", "ucch").optimiser.learning_rate == 1e-4
    assert preset("default", "infonce").loss.pair_tau == 0.9
