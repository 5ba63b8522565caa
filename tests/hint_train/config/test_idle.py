"""Options without effect: what is said about them, and whether training agrees."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from hint_train.config.sections import OptimiserConfig
from hint_train.methods.check import warn_if_idle
from hint_train.methods.config import LISTED, Config
from hint_train.methods.hint.method import Hint
from hint_train.methods.hint.structure import build_structure
from hint_train.methods.presets import preset
from hint_train.methods.ucch.options import UcchConfig
from hint_train.runs.training_run import run
from hint_train.training.method import TrainingSet

OTHER = {
    "similarity": "l1",
    "graph_features": "plain",
    "k": 2,
    "search": "approximate",
    "knn": "mutual",
    "edge_weight": "unit",
    "agreement_k": 3,
    "agreement_floor": 0.7,
    "pairs": "edge",
    "pair_edge": 9.0,
    "height": 3,
    "algorithm": "merge-compress",
    "tree_seed": 5,
    "rebuild_every": 1,
    "level": 1,
    "cap": 1,
    "include_self": True,
    "include_pair": False,
    "resample": "static",
    "encoder": "reencode",
    "average": "sign",
    "kernels": 1,
    "bandwidth": "mean",
    "mmd": "root",
    "estimator": "unbiased",
    "profile": "opposite",
    "share_lambda": True,
    "shared_mix": True,
    "lambda_momentum": 0.9,
    "mix_sign": "tanh",
    "mix_grad": True,
    "hash_tau": 0.5,
    "hash_reduction": "sum",
    "logit_scale": "cosine",
    "pair_tau": 0.5,
    "bank_tau": 0.7,
    "sharpen": 0.5,
    "walk": 2,
    "mismatch": 0.0,
    "bank_levels": "one",
    "bank_candidates": 2,
    "gamma": 0.7,
    "con_tau": 0.5,
    "con_norm": "shift",
    "kl": "mf",
    "exclude_own_pair": True,
}
"""Another value for every option of the sections that HINT's objective depends on."""
UNSEEN = {
    ("any", "tree_seed"),
    ("any", "search"),
    ("any", "mismatch"),
    ("v1", "average"),
    ("v1 hash", "average"),
    ("v1 hash", "encoder"),
}
"""Cases and options that are not named though nothing changes: by chance, or because a mean of one is what is averaged,
or because there are so few rows that all are compared, and all are near."""
CASES = {
    "default": {},
    "v1": {"variant": "v1"},
    "v1 hash": {"variant": "v1", "hash_loss": 1.0},
    "v2": {"variant": "v2"},
    "v2 hash": {"variant": "v2", "hash_loss": 1.0, "bank_loss": 0.0},
    "v3 hash": {
        "hash_loss": 1.0,
        "bank_loss": 0.0,
        "mix_sign": "tanh",
        "encoder": "reencode",
        "average": "preactivation",
    },
    "v4": {"variant": "v4", "mix_sign": "tanh"},
    "full": {"variant": "full", "pairs": "edge", "edge_weight": "similarity"},
    "consistency": {"variant": "full", "bank_loss": 0.0, "con_norm": "shift"},
    "pairs alone": {"variant": "v4", "bank_loss": 0.0},
    "full hash": {"variant": "full", "hash_loss": 1.0, "pair_loss": 0.0},
}


def changed(config, **options):
    """`config` with options given by name, whatever their section."""
    for section in ("graph", "search", "tree", "proxy", "mixup", "loss"):
        names = {field.name for field in fields(getattr(config, section))}
        own = {name: value for name, value in options.items() if name in names}
        config = replace(config, **{section: replace(getattr(config, section), **own)})
    return config


def named(config, caplog):
    caplog.clear()
    warn_if_idle(config)
    return " ".join(record.getMessage() for record in caplog.records)


@pytest.fixture(scope="module")
def features():
    rng = np.random.default_rng(0)
    centre, fine = rng.integers(4, size=48), rng.integers(3, size=48)
    return {
        m: (
            rng.standard_normal((4, d))[centre] * 3
            + rng.standard_normal((12, d))[centre * 3 + fine]
            + 0.4 * rng.standard_normal((48, d))
        ).astype(np.float32)
        + 1
        for m, d in (("image", 9), ("text", 7))
    }


def trained(config, features):
    """Weights after two epochs of two steps."""
    train = TrainingSet(*(torch.from_numpy(x) for x in features.values()))
    method = Hint(build_structure(features, config, train.device), train, config, 8, 0)
    parameters = [p for network in method.networks.values() for p in network.parameters()]
    optimiser = torch.optim.SGD(parameters, lr=0.1)
    for epoch in range(2):
        method.begin_epoch(epoch)
        for step in range(2):
            terms = method.loss(train.batch(torch.arange(step * 24, step * 24 + 24), epoch, step))
            optimiser.zero_grad()
            torch.stack(list(terms.values())).sum().backward()
            optimiser.step()
    return torch.cat([p.detach().ravel() for p in parameters])


@pytest.mark.parametrize("case", CASES)
def test_an_option_is_named_exactly_where_it_changes_nothing(features, caplog, case):
    # Fewer neighbours than the default's, for so few pairs.
    base = changed(Config(network=replace(Config().network, hidden=8)), k=5, agreement_k=12, cap=3, effort="fast")
    base = changed(base, **CASES[case])
    before = trained(base, features)
    wrong = []
    for name, value in OTHER.items():
        other = changed(base, **{name: value})
        if name in CASES[case] or other == base:
            continue
        idle = any(f"--{name.replace('_', '-')}" in part.split(" (need")[0].split(", ") for part in said(other, caplog))
        same = torch.equal(trained(other, features), before)
        if idle != same and not (same and {(case, name), ("any", name)} & UNSEEN):
            wrong.append((name, "named" if idle else "not named", "same" if same else "differs"))
    assert wrong == []


def said(config, caplog):
    """The parts of the warning, one for each reason."""
    return named(config, caplog).removeprefix("options without effect: ").split("; ")


def test_all_options_of_the_objective_are_tried():
    sections = (getattr(Config(), name) for name in ("graph", "search", "tree", "proxy", "mixup", "loss"))
    names = {field.name for section in sections for field in fields(section)}
    assert names - set(OTHER) == {"variant", "hash_loss", "pair_loss", "bank_loss", "effort"}


def test_ste_without_gradients_is_hard(features, caplog):
    base = changed(Config(), k=5, agreement_k=12, hash_loss=1.0)
    ste = changed(base, mix_sign="ste")
    assert torch.equal(trained(base, features), trained(ste, features))
    assert "--mix-sign (needs --mix-grad," in named(ste, caplog)
    acting = changed(ste, mix_grad=True, encoder="reencode")
    assert not torch.equal(trained(ste, features), trained(acting, features))
    assert "mix" not in named(acting, caplog)


@pytest.mark.parametrize("name", ["default", "paper", "demo"])
def test_presets_are_silent(caplog, name):
    assert named(preset(name), caplog) == ""
    assert all(named(preset(name, method), caplog) == "" for method in LISTED)
    # The options that the preset itself sets are not held against the user.
    assert named(changed(preset("paper"), variant="v1", hash_loss=0.0, pair_loss=1.0, tree_seed=3), caplog) == (
        "options without effect: --tree-seed (needs --variant v2, v3, v4 or full, and --bank-loss or --hash-loss above 0)"
    )


def test_options_of_other_methods_are_named_with_these(caplog):
    config = replace(preset("default", "cvh"), ucch=UcchConfig(ucch_tau=0.5), optimiser=OptimiserConfig(epochs=3))
    assert said(config, caplog) == [
        "--epochs (is read by --method hint, ucch, infonce, djsrh, dgcpn, vtm-uch)",
        "--ucch-tau (is read by --method ucch)",
    ]
    assert said(changed(preset("default", "infonce"), pair_tau=0.5, hash_tau=0.5, gamma=1.0), caplog) == [
        "--hash-tau, --gamma (are read by --method hint)"
    ]


def test_one_warning_names_all_with_what_they_need(caplog):
    config = changed(Config(), hash_tau=0.5, logit_scale="none", gamma=0.3, height=2)
    warn_if_idle(config)
    assert [record.getMessage() for record in caplog.records] == [
        "options without effect: --gamma (needs --variant full); --hash-tau, --logit-scale (need --hash-loss above 0)"
    ]


def test_a_run_says_so(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
    rng = np.random.default_rng(0)
    image, text = rng.standard_normal((60, 5)), rng.standard_normal((60, 4))
    np.savez(tmp_path / "d.npz", image=image, text=text, query=np.arange(9), retrieval=np.arange(9, 60))
    config = Config(dataset=str(tmp_path / "d.npz"), bits=(8,), optimiser=OptimiserConfig(batch=32, epochs=1))
    run(changed(config, mix_grad=True), tmp_path / "out")
    assert [r.getMessage().split(" (")[0] for r in caplog.records if r.name == "hint_train.methods.check"] == [
        "options without effect: --mix-grad"
    ]
