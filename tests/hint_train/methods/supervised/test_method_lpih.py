"""LPIH: limits that have a known answer, an objective that never rises, inherited runs, memory that does not grow with K."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from hint_train.config.sections import OptimiserConfig
from hint_train.data.pairs import PairedData, TrainingPairs
from hint_train.errors import ConfigError, DataError
from hint_train.methods.config import Config
from hint_train.methods.presets import preset
from hint_train.methods.supervised import lpih, srlch
from hint_train.methods.supervised.closed_form import Learned, kernels_of, random_signs
from hint_train.methods.supervised.lpih import Material, Regression
from hint_train.methods.supervised.options import AnchorConfig, LpihConfig, SrlchConfig
from hint_train.methods.supervised.pseudolabels import confidence, definite, from_codes, predicted, refined
from hint_train.packing import pack
from hint_train.retrieval.evaluate import evaluate
from hint_train.runs.training_run import run
from hint_train.structure.pair_graph import PairGraph
from hint_train.training.method import TrainingSet

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)


def blobs(n=80, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    of = rng.integers(classes, size=n)
    image, text = ((rng.standard_normal((classes, d)) * 2)[of] + rng.standard_normal((n, d)) for d in (6, 5))
    return image.astype(np.float32), text.astype(np.float32), np.eye(classes)[of]


ANCHORS = AnchorConfig(image_anchors=11, text_anchors=13)


def problem(bits=6, **options):
    """Kernels and dense copies of them, labels with a few rows of two, weights, a start, options."""
    image, text, labels = blobs()
    labels[:9, 2] = 1
    config = Config(anchors=ANCHORS, lpih=LpihConfig(**options))
    kernels = kernels_of(TrainingPairs(image, text), config, CPU)
    dense = {m: torch.cat([block for _, block in kernel.blocks()]).numpy() for m, kernel in kernels.items()}
    rng = np.random.default_rng(1)
    maps = {m: torch.from_numpy(rng.standard_normal((k.width, bits))) for m, k in kernels.items()}
    start = Learned(random_signs(80, bits, 0, CPU), maps)
    weights = torch.from_numpy(rng.uniform(0, 1, 80))
    return kernels, dense, torch.from_numpy(labels), weights, start, config.lpih


@pytest.mark.parametrize("target", ["labels", "soft"])
def test_no_update_raises_the_objective_which_is_that_of_the_formula(target):
    kernels, dense, labels, weights, start, options = problem(
        lpih_fit=0.4, lpih_stay=0.3, lpih_ridge=0.2, lpih_regression_ridge=0.7
    )
    if target == "soft":
        labels = (labels + torch.rand(labels.shape, generator=torch.Generator().manual_seed(0))) / 2

    def formula(state):
        b, y, w, r = state.codes.numpy(), labels.numpy(), weights.numpy()[:, None], state.regression.numpy()
        value = (w * np.square(b - y @ r)).sum() + 0.7 * np.square(r).sum()
        for m, k in dense.items():
            maps, before = state.maps[m].numpy(), start.maps[m].numpy()
            value += 0.4 * np.square(b - k @ maps).sum()
            value += 0.3 * np.square(maps - before).sum() + 0.2 * np.square(maps).sum()
        return value

    state = Regression(kernels, labels, weights, start, options)
    values = [formula(state)]
    for _ in range(6):
        for update in (state.update_regression, state.update_maps, state.update_codes):
            update()
            values.append(formula(state))
            assert state.objective() == pytest.approx(values[-1])
    assert all(b <= a * (1 + 1e-12) for a, b in zip(values, values[1:], strict=False))
    assert values[-1] < 0.9 * values[0]
    assert set(state.codes.unique().tolist()) == {-1.0, 1.0}


def test_each_update_is_an_exact_minimiser():
    kernels, _, labels, weights, start, options = problem(lpih_fit=0.4, lpih_stay=0.3, lpih_ridge=0.2)
    state = Regression(kernels, labels, weights, start, options)
    rng = np.random.default_rng(0)
    for update, name in ((state.update_regression, "regression"), (state.update_maps, "maps")):
        update()
        best, kept = state.objective(), getattr(state, name)
        for _ in range(10):
            if name == "maps":
                state.maps = {m: w + 1e-3 * torch.from_numpy(rng.standard_normal(w.shape)) for m, w in kept.items()}
            else:
                state.regression = kept + 1e-3 * torch.from_numpy(rng.standard_normal(kept.shape))
            assert state.objective() > best
        setattr(state, name, kept)
    state.update_codes()
    best, codes = state.objective(), state.codes
    for row, bit in zip(rng.integers(80, size=30), rng.integers(6, size=30), strict=True):
        flipped = codes.clone()
        flipped[row, bit] *= -1
        rival = Regression(kernels, labels, weights, replace(start, codes=flipped), options)
        rival.maps, rival.regression = state.maps, state.regression
        assert rival.objective() >= best - 1e-9


def test_staying_near_at_any_price_returns_the_inherited_functions_and_at_none_the_plain_ridge():
    kernels, dense, labels, weights, start, options = problem(lpih_stay=1e12)
    near = Regression(kernels, labels, weights, start, options).learned()
    for m, w in start.maps.items():
        assert near.maps[m].numpy() == pytest.approx(w.numpy(), abs=1e-8)
    options = replace(options, lpih_stay=0.0, lpih_fit=0.4, lpih_ridge=0.2)
    free = Regression(kernels, labels, weights, start, options).learned()
    for m, k in dense.items():
        stacked = np.vstack([np.sqrt(0.4) * k, np.sqrt(0.2) * np.eye(k.shape[1])])
        wanted = np.vstack([np.sqrt(0.4) * free.codes.numpy(), np.zeros((k.shape[1], 6))])
        assert free.maps[m].numpy() == pytest.approx(np.linalg.lstsq(stacked, wanted, rcond=None)[0], abs=1e-8)


class Orthonormal:
    """Stands in for a kernel whose features are orthonormal columns."""

    def __init__(self, n, width, seed):
        self.k = torch.from_numpy(np.linalg.qr(np.random.default_rng(seed).standard_normal((n, width)))[0])

    def gram(self):
        return self.k.T @ self.k

    def times(self, maps):
        return self.k @ maps

    def transposed(self, values):
        return self.k.T @ values


def test_orthonormal_features_give_the_maps_in_one_product():
    _, _, labels, weights, start, options = problem(lpih_fit=1.0, lpih_stay=0.0, lpih_ridge=0.5)
    kernels = {"image": Orthonormal(80, 11, 0), "text": Orthonormal(80, 13, 1)}
    state = Regression(kernels, labels, weights, start, options)
    state.update_maps()
    for m, kernel in kernels.items():
        assert state.maps[m].numpy() == pytest.approx((kernel.k.T @ start.codes / 1.5).numpy())


def test_true_labels_as_pseudo_labels_equal_the_fully_supervised_run():
    """With eta = 0 and delta = alpha mu, and all weights 1, the updates are those of SRLCH over all rows."""
    kernels, _, labels, _, start, options = problem(
        lpih_fit=0.3, lpih_stay=0.0, lpih_ridge=0.06, lpih_regression_ridge=0.1, lpih_sweeps=4
    )
    found = Regression(kernels, labels, torch.ones(80, dtype=torch.float64), start, options).learned()
    supervised = SrlchConfig(
        srlch_iterations=4, srlch_image=0.3, srlch_text=0.3, srlch_image_ridge=0.2, srlch_text_ridge=0.2
    )
    expected = srlch.learn(kernels, labels, Config(srlch=supervised), 6, 0)
    assert torch.equal(found.codes, expected.codes)
    for m in kernels:
        assert found.maps[m].numpy() == pytest.approx(expected.maps[m].numpy(), abs=1e-8)


def material(share, *, base="srlch", n=80, device="cpu", **options):
    image, text, labels = blobs(n)
    data = PairedData("blobs", image, text, labels > 0, np.arange(0), np.arange(n), np.arange(n))
    config = Config(anchors=ANCHORS, method="lpih", lpih=LpihConfig(base=base, **options))
    part = data.labelled_part(share, 0)
    train = TrainingSet(torch.from_numpy(image).to(device), torch.from_numpy(text).to(device))
    return Material.prepare(data.training_pairs(), part, config, torch.device(device)), train, config, part


@pytest.mark.parametrize("base", ["srlch", "batch", "dch"])
def test_without_unlabelled_pairs_the_base_comes_back(base):
    made, train, config, _ = material(1.0, base=base)
    found = lpih.ENTRY.build(made, train, config, 8, 0)
    plain = lpih.BASES[base](made.kernels, made.labelled.labels, config, 8, 0)
    assert np.array_equal(found.learned.signs, plain.codes.numpy())
    for m, network in found.networks.items():
        own = made.kernels[m].network(plain.maps[m])
        assert all(
            torch.equal(a, b) for a, b in zip(network.state_dict().values(), own.state_dict().values(), strict=True)
        )


def test_scores_are_the_mean_of_both_predictions_and_one_of_them_in_the_limits():
    rng = np.random.default_rng(0)
    first, second = (torch.from_numpy(rng.standard_normal((9, 3))) for _ in range(2))
    assert torch.equal(refined(first, second, 0.0, 0.0, None), first)
    assert refined(first, second, 1e12, 0.0, None).numpy() == pytest.approx(second.numpy(), abs=1e-9)
    assert refined(first, second, 0.5, 0.0, None).numpy() == pytest.approx(((first + 0.5 * second) / 1.5).numpy())


def test_smoothing_without_bound_makes_scores_constant_in_each_component():
    rng = np.random.default_rng(0)
    first, second = (torch.from_numpy(rng.standard_normal((7, 2))) for _ in range(2))
    edges = np.array([[0, 1], [1, 2], [0, 1], [4, 3], [5, 4]])
    graph = PairGraph(edges, np.array([1.0, 2, 1, 0.5, 3]), 7, True)
    plain = ((first + 0.5 * second) / 1.5).numpy()
    found = refined(first, second, 0.5, 1e9, graph).numpy()
    for component in ([0, 1, 2], [3, 4, 5], [6]):
        assert found[component] == pytest.approx(np.tile(plain[component].mean(0), (len(component), 1)), abs=1e-6)
    adjacency = np.zeros((7, 7))
    for (a, b), w in zip(edges, graph.weights, strict=True):
        adjacency[a, b] += w
        adjacency[b, a] += w
    laplacian = np.diag(adjacency.sum(0)) - adjacency
    expected = np.linalg.solve(1.5 * np.eye(7) + 0.8 * laplacian, (first + 0.5 * second).numpy())
    assert refined(first, second, 0.5, 0.8, graph).numpy() == pytest.approx(expected, abs=1e-7)


def test_label_functions_are_the_joint_ridge_of_both_modalities():
    image, text, labels = blobs()
    kernels = kernels_of(TrainingPairs(image, text), Config(anchors=ANCHORS), CPU)
    rows = torch.arange(0, 80, 3)
    y = torch.from_numpy(labels)[rows]
    found = predicted(kernels, {m: kernel.part(rows) for m, kernel in kernels.items()}, y, 0.7).numpy()
    k = torch.cat([torch.cat([b for _, b in kernel.blocks()]) for kernel in kernels.values()], dim=1).numpy()
    stacked = np.vstack([k[rows], np.sqrt(0.7) * np.eye(24)])
    maps = np.linalg.lstsq(stacked, np.vstack([y.numpy() - y.numpy().mean(0), np.zeros((24, 4))]), rcond=None)[0]
    assert found == pytest.approx(k @ maps + y.numpy().mean(0), abs=1e-4)


def test_labels_from_codes_against_loops():
    rng = np.random.default_rng(0)
    codes, seen = (np.where(rng.standard_normal((n, 6)) > 0, 1.0, -1.0) for n in (5, 8))
    labels = (rng.uniform(size=(8, 3)) < 0.5).astype(float)
    found = from_codes(*map(torch.from_numpy, (codes, seen, labels)), "propagate", 1.0).numpy()
    for i in range(5):
        expected = np.zeros(3)
        for j in range(8):
            expected += (codes[i] == seen[j]).mean() * labels[j]
        assert found[i] == pytest.approx(expected / expected.sum() * labels.sum() / 8)
    found = from_codes(*map(torch.from_numpy, (codes, seen, labels)), "regress", 0.3).numpy()
    assert found == pytest.approx(codes @ np.linalg.inv(seen.T @ seen + 0.3 * np.eye(6)) @ seen.T @ labels)


def test_definite_labels():
    scores = torch.tensor([[0.9, 0.8, 0.1], [0.2, 0.3, 0.1], [0.7, 0.0, 0.75]], dtype=torch.float64)
    labels = torch.tensor([[1.0, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=torch.float64)  # 4/3 per row
    assert definite(scores, labels, "cardinality").tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 1]]
    assert definite(scores, labels, "topk").tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert definite(scores, 2 * labels[1:2].repeat(2, 1) / 2, "topk").tolist() == [[1, 1, 0], [1, 1, 0], [1, 0, 1]]
    soft = torch.tensor([[1.5, -0.25, 0.5]], dtype=torch.float64)
    assert definite(soft, labels, "soft").tolist() == [[1.0, 0.0, 0.5]]
    assert definite(scores, torch.zeros_like(labels), "cardinality").tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert definite(torch.zeros(2, 3), labels, "topk").tolist() == [[1, 0, 0], [1, 0, 0]]


def test_confidence_is_the_margin_where_both_agree():
    first = torch.tensor([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9]])
    second = torch.tensor([[0.8, 0.2], [0.1, 0.7], [0.0, 3.0]])
    scores = torch.tensor([[0.85, 0.15], [0.6, 0.3], [0.0, 1.8]])
    assert confidence(first, second, scores).tolist() == pytest.approx([0.7, 0.6 * (1 - 0.3), 1.0])
    assert confidence(first[:, :1], second[:, :1], scores[:, :1]).tolist() == pytest.approx([0.85, 0.6, 0.0])


@pytest.mark.parametrize(
    "options", [{}, {"lpih_smooth": 0.5}, {"lpih_target": "similarity"}, {"lpih_confidence": False}]
)
def test_labelled_pairs_keep_their_labels_and_weights(options):
    made, train, config, part = material(0.2, **options)
    start = lpih.inherited(made, train, config, 8, 0)
    assert np.array_equal(
        start.codes[part.rows].numpy(),
        lpih.BASES["srlch"](made.labelled.kernels, made.labelled.labels, config, 8, 0).codes.numpy(),
    )
    targets, weights = lpih.pseudo_labels(made, start.codes, config.lpih)
    assert np.array_equal(targets[part.rows].numpy(), part.labels)
    assert (weights[part.rows] == 1).all()
    assert ((weights >= 0) & (weights <= 1)).all()
    assert (made.graph is not None) == ("lpih_smooth" in options)
    found = lpih.ENTRY.build(made, train, config, 8, 0)
    assert found.learned.rows.tolist() == list(range(80))


@pytest.mark.parametrize("base", ["srlch", "batch", "dch"])
@pytest.mark.parametrize("target", ["labels", "similarity"])
def test_unlabelled_pairs_lift_a_base_that_few_labels_taught(base, target):
    n = 400
    image, text, labels = blobs(n, classes=8, seed=3)
    data = PairedData("blobs", image, text, labels > 0, np.arange(100), np.arange(100, n), np.arange(100, n))
    config = Config(lpih=LpihConfig(base=base, lpih_target=target))
    part, pairs = data.labelled_part(0.1, 0), data.training_pairs()
    made = Material.prepare(pairs, part, config, CPU)
    train = TrainingSet(torch.from_numpy(pairs.image), torch.from_numpy(pairs.text))
    plain = lpih.BASES[base](made.labelled.kernels, made.labelled.labels, config, 16, 0).maps
    networks = {
        "base": {m: made.kernels[m].network(w) for m, w in plain.items()},
        "lpih": lpih.ENTRY.build(made, train, config, 16, 0).networks,
    }
    scores = {}
    for name, pair in networks.items():
        query = pack(pair["image"](torch.from_numpy(image[:100])).numpy())
        database = pack(pair["text"](torch.from_numpy(text[100:])).numpy())
        scores[name] = evaluate(query, database, data.labels[:100], data.labels[100:], bits=16).scores["map"]
    assert scores["lpih"] > scores["base"] + 0.05


def file_of(path, n=120):
    image, text, labels = blobs(n)
    np.savez(path, image=image, text=text, labels=labels, query=np.arange(30), retrieval=np.arange(30, n))
    return str(path)


def test_codes_of_any_finished_run_can_be_inherited(tmp_path):
    file = file_of(tmp_path / "blobs.npz")
    trained = replace(preset("default", "infonce"), dataset=file, bits=(8,), optimiser=OptimiserConfig(epochs=2))
    run(trained, tmp_path / "infonce")
    config = Config(method="lpih", dataset=file, bits=(8,), lpih=LpihConfig(base=str(tmp_path / "infonce")))
    result = run(config, tmp_path / "out")
    assert result.notes == (
        "saw the labels of 9 of 90 training pairs",
        "codes inherited from a run of infonce that saw 0 labelled pairs",
    )
    run(replace(config, lpih=LpihConfig(base="dch")), tmp_path / "dch")
    second = run(replace(config, lpih=LpihConfig(base=str(tmp_path / "dch")), seed=3), tmp_path / "second")
    assert second.notes[1] == "codes inherited from a run of lpih that saw 9 labelled pairs"


def test_a_run_that_cannot_be_inherited_is_refused_in_words(tmp_path):
    file = file_of(tmp_path / "blobs.npz")
    run(Config(method="srlch", dataset=file, bits=(8,)), tmp_path / "base")
    config = Config(method="lpih", dataset=file, bits=(8, 16), lpih=LpihConfig(base=str(tmp_path / "base")))
    with pytest.raises(ConfigError, match="has codes of 8 bits, and none of 16"):
        run(config, tmp_path / "a")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no finished run"):
        run(replace(config, lpih=LpihConfig(base=str(tmp_path / "empty"))), tmp_path / "b")
    rng = np.random.default_rng(0)
    wide = {
        "image": rng.standard_normal((60, 9)),
        "text": rng.standard_normal((60, 5)),
        "labels": np.eye(3)[np.arange(60) % 3],
    }
    np.savez(tmp_path / "wide.npz", **wide, query=np.arange(9), retrieval=np.arange(9, 60))
    with pytest.raises(DataError, match="encodes 6 image features; the data has 9"):
        run(replace(config, dataset=str(tmp_path / "wide.npz"), bits=(8,)), tmp_path / "c")
    (tmp_path / "base" / "result.json").write_text(json.dumps({"sizes": []}))
    with pytest.raises(DataError, match=r"result.json: not the result of a run"):
        run(replace(config, bits=(8,)), tmp_path / "d")


def test_smoothing_that_does_not_converge_is_reported(monkeypatch):
    scores = torch.ones(4, 2, dtype=torch.float64)
    graph = PairGraph(np.array([[0, 1]]), np.ones(1), 4, True)
    monkeypatch.setattr("hint_train.methods.supervised.pseudolabels.cg", lambda *_, **__: (np.ones(4), 7))
    with pytest.raises(DataError, match="weight of 2 did not converge; a smaller --lpih-smooth does"):
        refined(scores, scores, 0.5, 2.0, graph)


@pytest.mark.gpu
def test_the_gpu_learns_the_same_codes():
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device")
    found = []
    for device in ("cpu", "cuda"):
        made, train, config, _ = material(0.2, base="batch", lpih_smooth=0.5, device=device)
        found.append(lpih.ENTRY.build(made, train, config, 8, 0))
    assert (found[0].learned.signs == found[1].learned.signs).mean() > 0.95  # signs of sums that round differently
    assert found[1].networks["image"].anchors.device.type == "cuda"


MEMORY = """
import resource
import numpy as np, torch
from hint_train.methods.supervised import anchors
from hint_train.methods.config import Config
from hint_train.data.pairs import LabelledPart, TrainingPairs
from hint_train.training.method import TrainingSet
from hint_train.methods.entries import METHODS
from hint_train.methods.supervised.options import AnchorConfig
anchors._KEEP_BYTES = 0
rng = np.random.default_rng(0)
for n in (4_000, 40_000):  # the first warms up what libraries allocate once
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    image, text = (rng.standard_normal((n, 4), dtype=np.float32) for _ in range(2))
    part = LabelledPart(np.arange(n // 10), np.eye(5, dtype=bool)[rng.integers(5, size=n // 10)])
    config = Config(anchors=AnchorConfig(image_anchors=300, text_anchors=300))
    made = METHODS["lpih"].prepare(TrainingPairs(image, text), part, config, torch.device("cpu"))
    METHODS["lpih"].build(made, TrainingSet(torch.from_numpy(image), torch.from_numpy(text)), config, 8, 0)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux alone")
def test_kernel_features_of_all_pairs_are_never_held():
    """In float64 they would take 188 MB here; benchmarks/training/lpih.py --memory measures 200,000 pairs with 1,000 anchors."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 80_000
