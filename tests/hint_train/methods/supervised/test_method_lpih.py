"""LPIH as a method: its base where all is labelled, inherited runs, memory that does not grow with K."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from blobs import CPU, blobs

from hint_train.config.sections import OptimiserConfig
from hint_train.data.pairs import PairedData
from hint_train.errors import ConfigError, DataError
from hint_train.methods.config import Config
from hint_train.methods.presets import preset
from hint_train.methods.supervised import lpih
from hint_train.methods.supervised.lpih import Material
from hint_train.methods.supervised.options import AnchorConfig, LpihConfig
from hint_train.packing import pack
from hint_train.retrieval.evaluate import evaluate
from hint_train.runs.training_run import run
from hint_train.training.method import TrainingSet

pytestmark = pytest.mark.usefixtures("no_pictures")


ANCHORS = AnchorConfig(image_anchors=11, text_anchors=13)


def material(share, *, base="srlch", n=80, device="cpu", **options):
    image, text, labels = blobs(n, widths=(6, 5))
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
    image, text, labels = blobs(n, classes=8, seed=3, widths=(6, 5))
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
    image, text, labels = blobs(n, widths=(6, 5))
    np.savez(path, image=image, text=text, labels=labels, query=np.arange(30), retrieval=np.arange(30, n))
    return str(path)


def test_codes_of_any_finished_run_can_be_inherited(tmp_path):
    file = file_of(tmp_path / "blobs.npz")
    trained = replace(preset("default", "infonce"), dataset=file, bits=(8,), optimiser=OptimiserConfig(epochs=2))
    run(trained, tmp_path / "infonce")
    config = Config(method="lpih", dataset=file, bits=(8,), lpih=LpihConfig(base=str(tmp_path / "infonce")))
    result = run(config, tmp_path / "out")
    assert result.notes == (
        f"read npz: blobs.npz in {tmp_path}",
        "saw the labels of 9 of 90 training pairs",
        "codes inherited from a run of infonce that saw 0 labelled pairs",
    )
    run(replace(config, lpih=LpihConfig(base="dch")), tmp_path / "dch")
    second = run(replace(config, lpih=LpihConfig(base=str(tmp_path / "dch")), seed=3), tmp_path / "second")
    assert second.notes[2] == "codes inherited from a run of lpih that saw 9 labelled pairs"


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
