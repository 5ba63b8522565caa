"""Methods that learn from labels see those of the labelled part alone, and runs say so."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from blobs import CPU, blobs

from hint_train.cli.train import main
from hint_train.data.pairs import PairedData
from hint_train.errors import ConfigError, DataError
from hint_train.methods.check import check
from hint_train.methods.config import Config
from hint_train.methods.supervised import srlch
from hint_train.methods.supervised.closed_form import kernels_of
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

pytestmark = pytest.mark.usefixtures("no_pictures")


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
    assert plain.notes[1:] == ("saw the labels of 36 of 90 training pairs",)
    assert "carry their labels" in flattered.notes[2]
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
