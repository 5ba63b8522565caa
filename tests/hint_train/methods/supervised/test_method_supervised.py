"""The base hashers and what they share: kernel features in blocks, exact updates, labels of the labelled part alone."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from hint_train.cli.train import main
from hint_train.config.sections import NetworkConfig
from hint_train.data import load_dataset
from hint_train.data.pairs import PairedData, TrainingPairs
from hint_train.errors import ConfigError, DataError
from hint_train.methods.check import check
from hint_train.methods.config import Config
from hint_train.methods.supervised import anchors, batch, dch, srlch
from hint_train.methods.supervised.anchors import Kernel
from hint_train.methods.supervised.closed_form import kernels_of, random_signs, signs
from hint_train.methods.supervised.options import (
    AnchorConfig,
    BatchConfig,
    DchConfig,
    LabelConfig,
    LpihConfig,
    SrlchConfig,
)
from hint_train.packing import pack
from hint_train.retrieval.evaluate import evaluate
from hint_train.runs.training_run import run
from hint_train.training.method import generator
from hint_train.training.ridge import Ridge

CPU = torch.device("cpu")
LEARN = {"srlch": srlch.learn, "batch": batch.learn, "dch": dch.learn}


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)


def blobs(n=60, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    of = rng.integers(classes, size=n)
    image, text = ((rng.standard_normal((classes, d)) * 2)[of] + rng.standard_normal((n, d)) for d in (5, 4))
    return image.astype(np.float32), text.astype(np.float32), np.eye(classes)[of]


def problem(n=60, seed=0, image_anchors=12, text_anchors=15):
    """Kernels of all rows, dense copies of them, labels."""
    image, text, labels = blobs(n, seed=seed)
    config = Config(seed=seed, anchors=AnchorConfig(image_anchors=image_anchors, text_anchors=text_anchors))
    kernels = kernels_of(TrainingPairs(image, text), config, CPU)
    dense = {m: torch.cat([block for _, block in kernel.blocks()]).numpy() for m, kernel in kernels.items()}
    return kernels, dense, torch.from_numpy(labels), config


@pytest.mark.parametrize("scaling", ["raw", "centred", "l2", "standard"])
def test_kernel_features_are_the_similarities_of_the_formula(scaling):
    rows = blobs(40)[0]
    kernel = Kernel.of(torch.from_numpy(rows), NetworkConfig(features=scaling), 7, 1.0, generator(3))
    x = rows.astype(np.float64)
    if scaling == "l2":
        x = x / np.linalg.norm(x, axis=1, keepdims=True)
    elif scaling == "standard":
        x = (x - x.mean(0)) / x.std(0)
    found = torch.cat([block for _, block in kernel.blocks()]).numpy()
    chosen = np.sort(torch.randperm(40, generator=generator(3))[:7].numpy())
    squared = np.square(x[:, None, :] - x[chosen]).sum(2)
    phi = np.exp(-squared / (2 * squared.mean()))
    assert found == pytest.approx(phi - phi.mean(0), abs=2e-6)
    narrow = Kernel.of(torch.from_numpy(rows), NetworkConfig(features=scaling), 7, 0.25, generator(3))
    phi = np.exp(-2 * squared / squared.mean())
    assert next(narrow.blocks())[1].numpy() == pytest.approx(phi - phi.mean(0), abs=4e-6)


@pytest.mark.parametrize("keep", [0, 2**28])
def test_sums_over_blocks_are_products_of_the_whole_features(monkeypatch, keep):
    kernels, dense, _, _ = problem()
    monkeypatch.setattr(anchors, "_BLOCK", 7)
    monkeypatch.setattr(anchors, "_KEEP_BYTES", keep)
    rows = torch.tensor([3, 4, 11, 12, 13, 30, 41, 58, 59])
    rng = np.random.default_rng(0)
    for chosen in (torch.arange(60), rows):
        image, text = (kernels[m].part(chosen) for m in ("image", "text"))
        k, other = (dense[m][chosen] for m in ("image", "text"))
        maps, values = (
            torch.from_numpy(rng.standard_normal((12, 3))),
            torch.from_numpy(rng.standard_normal((len(k), 2))),
        )
        for _ in range(2):  # the second time from what was kept; a float32 product may round otherwise at another size
            assert len(image) == len(chosen)
            assert image.gram().numpy() == pytest.approx(k.T @ k, abs=1e-5)
            assert image.cross(text).numpy() == pytest.approx(k.T @ other, abs=1e-5)
            assert image.times(maps).numpy() == pytest.approx(k @ maps.numpy(), abs=1e-5)
            assert image.transposed(values).numpy() == pytest.approx(k.T @ values.numpy(), abs=1e-5)


def test_the_network_of_a_kernel_computes_k_w_of_any_row():
    kernels, dense, _, _ = problem()
    maps = torch.randn(12, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    network = kernels["image"].network(maps)
    assert network(torch.from_numpy(blobs()[0])).numpy() == pytest.approx(dense["image"] @ maps.numpy(), abs=1e-5)
    assert not any(p.requires_grad for p in network.parameters())


def test_constant_features_and_more_anchors_than_rows_are_borne():
    image, text = np.ones((9, 3), np.float32), blobs(9)[1]
    kernels = kernels_of(TrainingPairs(image, text), Config(), CPU)
    assert kernels["image"].width == kernels["text"].width == 9
    assert torch.equal(kernels["image"].gram(), torch.zeros(9, 9, dtype=torch.float64))
    for learn in LEARN.values():
        learned = learn(kernels, torch.from_numpy(blobs(9)[2]), Config(), 4, 0)
        assert all(torch.isfinite(w).all() for w in learned.maps.values())


def test_ridge_and_signs():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((9, 4)), rng.standard_normal((9, 2))
    found = Ridge(torch.from_numpy(x.T @ x), 0.7).solve(torch.from_numpy(x.T @ y)).numpy()
    stacked = np.linalg.lstsq(np.vstack([x, np.sqrt(0.7) * np.eye(4)]), np.vstack([y, np.zeros((4, 2))]), rcond=None)[0]
    assert found == pytest.approx(stacked)
    assert signs(torch.tensor([-0.5, 0.0, -0.0, 2.0])).tolist() == [-1, 1, 1, 1]


def never_rises(values):
    return all(b <= a + 1e-9 * abs(a) for a, b in zip(values, values[1:], strict=False))


def test_srlch_lowers_its_objective_and_ends_at_exact_minimisers():
    kernels, dense, labels, config = problem()
    y, values = labels.numpy(), []
    weight, ridge = {"image": 0.3, "text": 0.2}, {"image": 0.5, "text": 0.4}
    for rounds in range(1, 8):
        options = SrlchConfig(
            srlch_iterations=rounds, srlch_image=0.3, srlch_text=0.2, srlch_image_ridge=0.5, srlch_text_ridge=0.4
        )
        learned = srlch.learn(kernels, labels, replace(config, srlch=options), 6, 0)
        b = learned.codes.numpy()
        r = np.linalg.solve(y.T @ y + 0.1 * np.eye(4), y.T @ b)
        value = np.square(b - y @ r).sum() + 0.1 * np.square(r).sum()
        for m, k in dense.items():
            w = learned.maps[m].numpy()
            assert w == pytest.approx(np.linalg.solve(k.T @ k + ridge[m] * np.eye(k.shape[1]), k.T @ b), abs=1e-8)
            value += weight[m] * (np.square(b - k @ w).sum() + ridge[m] * np.square(w).sum())
        values.append(value)
    assert never_rises(values)
    assert values[-1] < values[0]
    pull = y @ r + sum(weight[m] * k @ learned.maps[m].numpy() for m, k in dense.items())
    assert np.array_equal(b, np.where(pull >= 0, 1, -1))  # a fixed point


@pytest.mark.parametrize(("n", "bits", "rank"), [(40, 6, 6), (40, 6, 3), (5, 8, 5), (7, 7, 2)])
def test_twins_of_batch_are_balanced_uncorrelated_and_the_best_of_their_kind(n, bits, rank):
    rng = np.random.default_rng(n)
    wanted = rng.standard_normal((n, rank)) @ rng.standard_normal((rank, bits)) + 3
    found = batch.balanced(torch.from_numpy(wanted), 0).numpy()
    assert found.sum(0) == pytest.approx(np.zeros(bits), abs=1e-9)
    if n > bits:
        assert found.T @ found / n == pytest.approx(np.eye(bits), abs=1e-12)
    assert np.linalg.eigvalsh(found.T @ found / n)[-min(bits, n - 1) :] == pytest.approx(np.ones(min(bits, n - 1)))
    for seed in range(20):
        rival = np.random.default_rng(seed).standard_normal((n, min(bits, n - 1)))
        rival = (
            np.linalg.qr(rival - rival.mean(0))[0]
            @ np.linalg.qr(rng.standard_normal((bits, bits)))[0][: min(bits, n - 1)]
        )
        assert (np.sqrt(n) * rival * wanted).sum() <= (found * wanted).sum() + 1e-9


def test_batch_lowers_its_objective_though_the_similarity_is_never_formed():
    kernels, dense, labels, _ = problem()
    labels[:20, 3] = 1  # several labels for some rows
    y, options = labels.numpy(), BatchConfig(batch_omega=3.0, batch_image=4.0, batch_text=2.0, batch_labels=5.0)
    g = y / np.linalg.norm(y, axis=1, keepdims=True)
    seen = []

    def observed(wanted, seed):
        seen.append(torch.from_numpy(found := original(wanted, seed).numpy()))
        return torch.from_numpy(found)

    original, values = batch.balanced, []
    start = random_signs(60, 6, 0, CPU)
    twins = batch.balanced(torch.randn(60, 6, generator=generator(1), dtype=torch.float64), 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "balanced", observed)
        for rounds in range(1, 8):
            b = batch.discrete_codes(
                kernels, labels, replace(options, batch_iterations=rounds), start, twins, 0
            ).numpy()
            v = seen[-1].numpy()
            value = np.square(6 * g @ g.T - b @ v.T).sum() + 3 * np.square(b - v).sum()
            for weight, k in ((4, dense["image"]), (2, dense["text"]), (5, y)):
                u = np.linalg.solve(v.T @ v + 1e-3 * np.eye(6), v.T @ k)
                value += weight * (np.square(k - v @ u).sum() + 1e-3 * np.square(u).sum())
            values.append(value)
    assert never_rises(values)
    assert values[-1] < values[0]


def test_dch_lowers_its_objective_and_no_single_bit_could_lower_it_further():
    kernels, dense, labels, config = problem()
    y, values = labels.numpy(), []
    for rounds in range(1, 7):
        options = DchConfig(dch_iterations=rounds, dch_image=0.05, dch_text=0.03, dch_ridge=0.2)
        learned = dch.learn(kernels, labels, replace(config, dch=options), 6, 0)
        b = learned.codes.numpy()
        c = np.linalg.solve(b.T @ b + np.eye(6), b.T @ y)
        value = np.square(y - b @ c).sum() + np.square(c).sum()
        for m, k in dense.items():
            w = learned.maps[m].numpy()
            value += {"image": 0.05, "text": 0.03}[m] * (np.square(b - k @ w).sum() + 0.2 * np.square(w).sum())
        values.append(value)
    assert never_rises(values)
    wanted = np.random.default_rng(0).standard_normal((60, 6)) + y @ c.T
    settled = dch.bit_by_bit(learned.codes, torch.from_numpy(wanted), torch.from_numpy(c)).numpy()

    def energy(codes):
        return np.square(codes @ c).sum(1) - 2 * (codes * wanted).sum(1)

    for k in range(6):
        flipped = settled.copy()
        flipped[:, k] *= -1
        assert (energy(flipped) >= energy(settled) - 1e-9).all()


@pytest.mark.parametrize("name", LEARN)
def test_a_base_hasher_finds_classes_it_was_shown(name):
    kernels, dense, labels, config = problem(200, image_anchors=60, text_anchors=60)
    rows = torch.arange(0, 200, 2)
    part = {m: kernel.part(rows) for m, kernel in kernels.items()}
    learned = LEARN[name](part, labels[rows], config, 16, 0)
    again = LEARN[name](part, labels[rows], config, 16, 0)
    assert torch.equal(learned.codes, again.codes)
    codes = {m: pack(np.where(dense[m][1::2] @ learned.maps[m].numpy() >= 0, 1.0, -1.0)) for m in dense}
    shown = labels[1::2].numpy() > 0
    found = evaluate(codes["image"], codes["text"], shown, shown, bits=16, cutoffs=(5,))
    assert found.scores["map"] > 0.7 > 0.5 > found.chance


def paired(n=120, labels=True):
    image, text, classes = blobs(n)
    query, rest = np.arange(n // 4), np.arange(n // 4, n)
    return PairedData("blobs", image, text, classes > 0 if labels else None, query, rest, rest)


def saved(path, data):
    np.savez(path, image=data.image, text=data.text, labels=data.labels, query=data.query, retrieval=data.retrieval)
    return str(path)


def test_the_labelled_part_is_a_seeded_share_that_no_label_influences():
    data = paired()
    part = data.labelled_part(0.3, 5)
    assert len(part.rows) == round(0.3 * 90)
    assert (np.diff(part.rows) > 0).all()
    assert np.array_equal(part.labels, data.labels[data.train[part.rows]])
    other = replace(data, labels=~data.labels)
    assert np.array_equal(other.labelled_part(0.3, 5).rows, part.rows)
    assert not np.array_equal(data.labelled_part(0.3, 6).rows, part.rows)
    assert np.array_equal(data.labelled_part(1.0, 0).rows, np.arange(90))
    with pytest.raises(DataError, match="a labelled share of 0.001 is less than one of 90 training pairs"):
        data.labelled_part(0.001, 0)
    with pytest.raises(DataError, match="blobs has no labels, and the method learns from labels"):
        paired(labels=False).labelled_part(0.5, 0)


def test_labels_without_a_single_one_are_refused(tmp_path):
    data = paired()
    bare = replace(data, labels=np.where(np.isin(np.arange(120), data.query)[:, None], data.labels, False))
    config = Config(dataset=saved(tmp_path / "bare.npz", bare), method="srlch", bits=(8,))
    with pytest.raises(DataError, match="none of the 9 labelled training pairs has a label"):
        run(config, tmp_path / "out")


def test_learned_database_codes_are_an_option_that_says_what_it_does(tmp_path):
    data = paired()
    config = Config(
        dataset=saved(tmp_path / "blobs.npz", data), method="srlch", bits=(8,), labels=LabelConfig(labelled=(0.4,))
    )
    plain = run(config, tmp_path / "plain")
    asked = replace(config, labels=replace(config.labels, database_codes="learned-with-labels"))
    flattered = run(asked, tmp_path / "flattered")
    codes = {name: np.load(tmp_path / name / "codes.npz") for name in ("plain", "flattered")}
    assert all(np.array_equal(codes["plain"][key], codes["flattered"][key]) for key in codes["plain"])
    assert plain.notes == ("saw the labels of 36 of 90 training pairs",)
    assert "carry their labels" in flattered.notes[1]
    pairs = data.training_pairs()
    rows = data.labelled_part(0.4, 0).rows
    kernels = kernels_of(pairs, config, CPU)
    part = {m: kernel.part(torch.from_numpy(rows)) for m, kernel in kernels.items()}
    learned = srlch.learn(part, torch.from_numpy(data.labels[data.train[rows]]).double(), config, 8, 0)
    database = codes["plain"]["bits8-seed0-text"].copy()
    database[data.train[rows]] = pack(learned.codes.numpy())
    query, labels = codes["plain"]["bits8-seed0-image"][data.query], data.labels
    expected = evaluate(query, database[data.retrieval], labels[data.query], labels[data.retrieval], bits=8)
    assert flattered.bits["8"]["image_to_text"]["map"] == pytest.approx(expected.scores["map"])
    assert flattered.bits["8"]["image_to_text"]["map"] != plain.bits["8"]["image_to_text"]["map"]


def test_several_shares_are_a_grid_of_runs(tmp_path, capsys):
    file, out = saved(tmp_path / "blobs.npz", paired()), str(tmp_path / "out")
    config = Config(dataset=file, method="batch", bits=(8,), labels=LabelConfig(labelled=(0.1, 0.5)))
    with pytest.raises(ConfigError, match="several shares, each a run of its own"):
        run(config, tmp_path / "one")
    words = ["--dataset", file, "--method", "batch", "--bits", "8", "--out", out, "--quiet", "--json"]
    with pytest.raises(SystemExit) as caught:
        main([*words, "--labelled", "0.1", "0.5"])
    assert not caught.value.code
    cells = json.loads(capsys.readouterr().out)["cells"]
    assert [cell["folder"] for cell in cells] == ["labelled=0.1", "labelled=0.5"]
    alone = run(replace(config, labels=LabelConfig(labelled=(0.5,))), tmp_path / "alone")
    assert cells[1]["bits"] == alone.bits
    assert json.loads((tmp_path / "out" / "labelled=0.1" / "result.json").read_text())["sizes"]["labelled"] == 9
    with pytest.raises(SystemExit):
        main(["--method", "batch", "--labelled", "0.1", "1.5", "--out", str(tmp_path / "none")])
    assert "--labelled must lie in (0, 1], got 1.5" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_each_seed_draws_its_own_labelled_part(tmp_path):
    config = Config(dataset=saved(tmp_path / "blobs.npz", paired()), method="srlch", bits=(8,))
    both = run(replace(config, seeds=2), tmp_path / "both")
    alone = run(replace(config, seed=1), tmp_path / "alone")
    found = both.bits["8"]["text_to_image"]["map"]
    assert found["values"][1] == alone.bits["8"]["text_to_image"]["map"]
    assert found["values"][0] != found["values"][1]


def test_every_fault_of_the_options_is_named():
    config = Config(
        labels=LabelConfig(labelled=(0.0, 0.5, 0.5, 2.0)),
        anchors=AnchorConfig(image_anchors=0, anchor_width=0),
        srlch=SrlchConfig(srlch_iterations=0, srlch_image_ridge=0),
        batch=BatchConfig(batch_ridge=float("nan")),
        dch=DchConfig(dch_label_ridge=-1),
        lpih=LpihConfig(base="nowhere", lpih_stay=-1, lpih_fit=0, lpih_inherit=float("inf")),
    )
    with pytest.raises(ConfigError) as caught:
        check(config)
    for words in (
        "--labelled must lie in (0, 1], got 0",
        "--labelled must lie in (0, 1], got 2",
        "--labelled must not repeat a share",
        "--image-anchors must be at least 1, got 0",
        "--anchor-width must be greater than 0",
        "--srlch-iterations must be at least 1",
        "--srlch-image-ridge must be greater than 0",
        "--batch-ridge must be greater than 0 and finite, got nan",
        "--dch-label-ridge must",
        "--base must be srlch, batch, dch or the output folder of a finished run, got 'nowhere'",
        "--lpih-stay must be at least 0",
        "--lpih-fit must be greater than 0",
        "--lpih-inherit must be at least 0 and finite, got inf",
    ):
        assert words in str(caught.value), words
    with pytest.raises(ConfigError, match="--labelled needs at least one share"):
        check(Config(labels=LabelConfig(labelled=())))


def test_every_base_learns_on_real_pairs(shared):
    """Labels of a tenth of wikipedia-t100 lift every base well above chance, and all of them above a tenth."""
    data = load_dataset(str(shared("wikipedia-t100.npz")), None)
    config = Config(bits=(16,))
    kernels = kernels_of(data.training_pairs(), config, CPU)
    labels = torch.from_numpy(data.labels[data.train]).double()
    for learn in LEARN.values():
        learned = learn(kernels, labels, config, 16, 0)
        codes = {
            m: pack(kernels[m].network(learned.maps[m])(torch.from_numpy(x[data.query])).numpy())
            for m, x in (("image", data.image), ("text", data.text))
        }
        database = pack(kernels["text"].times(learned.maps["text"]).numpy())
        found = evaluate(codes["image"], database, data.labels[data.query], data.labels[data.train], bits=16)
        assert found.scores["map"] > 0.3 > found.chance
