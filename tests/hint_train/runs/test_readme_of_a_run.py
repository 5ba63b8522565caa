"""`README.txt` describes every file of a folder and nothing else, and what it says of the order of rows is so."""

import json

import numpy as np
import pytest

import hint_train
from hint_train.config.sections import OptimiserConfig
from hint_train.methods.config import Config
from hint_train.runs.contents import RUN
from hint_train.runs.owned import MANIFEST, matches
from hint_train.runs.sweep import plan, sweep
from hint_train.runs.training_run import run


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Features in which a pair is known by its row, with a split in no order."""
    path = tmp_path_factory.mktemp("data") / "pairs.npz"
    rng = np.random.default_rng(1)
    rows = rng.permutation(90)
    image, text = rng.standard_normal((2, 90, 5))
    np.savez(path, image=image, text=text, query=rows[:10], retrieval=rows[10:], train=rows[20:])
    return path


def config(pairs, **changes):
    return Config(dataset=str(pairs), bits=(8, 16), optimiser=OptimiserConfig(epochs=1, batch=16), **changes)


@pytest.fixture(scope="module")
def folder(pairs, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    run(config(pairs), out)
    return out


def described(folder):
    """What the README describes: the lines that are not indented, behind the heading."""
    lines = (folder / "README.txt").read_text().splitlines()[2:]
    return [line for line in lines if line and not line.startswith(" ")]


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_every_file_is_described_and_nothing_else(folder):
    entries = described(folder)
    assert len(entries) == len(set(entries))
    for name in files(folder):
        assert sum(matches(name, entry) for entry in entries) == 1, name
    for entry in entries:
        assert any(matches(name, entry) for name in files(folder)), entry


@pytest.mark.parametrize("method", ["cvh", "hint"])
def test_also_of_other_methods_and_after_resumption(pairs, tmp_path, method):
    run(config(pairs, method=method), tmp_path / "run")
    (tmp_path / "run" / "README.txt").unlink()
    (tmp_path / "run" / "report.html").unlink()
    run(config(pairs, method=method), tmp_path / "run", resume=True)
    entries = described(tmp_path / "run")
    assert ("tree.npz" in entries) == (method == "hint")
    assert ("checkpoints/bits*-seed*/last.safetensors" in entries) == (method == "hint")
    for name in files(tmp_path / "run"):
        assert sum(matches(name, entry) for entry in entries) == 1, name


def test_of_a_grid_every_cell_has_an_entry(pairs, tmp_path):
    sweep(plan({"k": [2, 3]}, lambda _: config(pairs)), tmp_path / "grid")
    entries = described(tmp_path / "grid")
    assert {"k=2/", "k=3/", "report.html", "README.txt", MANIFEST} <= set(entries)
    for name in files(tmp_path / "grid"):
        assert sum(name.startswith(e) if e.endswith("/") else matches(name, e) for e in entries) == 1, name


def test_the_manifest_lists_what_is_described(folder):
    listed = json.loads((folder / MANIFEST).read_text())["files"]
    assert listed == [*RUN]
    assert set(described(folder)) <= {*listed, MANIFEST}


def test_row_i_of_codes_items_and_data_is_pair_i(folder, pairs):
    data, saved, items = np.load(pairs), hint_train.load(folder), np.load(folder / "items.npz")
    codes = np.load(folder / "codes.npz")
    for name in ("query", "retrieval", "train"):
        assert np.array_equal(items[name], data[name])
    for modality in ("image", "text"):
        packed = codes[f"bits16-seed0-{modality}"]
        assert packed.shape == (90, 2)
        assert np.array_equal(packed, saved.encode(data[modality], modality=modality, bits=16))
    nearest = saved.index(modality="image", bits=16)
    assert list(nearest.ids) == [str(row) for row in data["retrieval"]]


def test_leaf_j_of_the_tree_is_the_training_pair_in_row_train_j(tmp_path):
    """Two blocks of pairs that are far apart, in turn: the tree must tell even leaves from odd ones."""
    import hint_se

    rng = np.random.default_rng(2)
    train = rng.permutation(60)
    block = (np.arange(64) % 2)[:, None]
    image, text = (
        np.eye(2)[block[:, 0]] @ rng.standard_normal((2, 6)) * 5 + 0.1 * rng.standard_normal((64, 6)) for _ in "ab"
    )
    np.savez(tmp_path / "p.npz", image=image, text=text, query=np.arange(60, 64), retrieval=train, train=train)
    run(
        Config(dataset=str(tmp_path / "p.npz"), bits=(8,), optimiser=OptimiserConfig(epochs=1, batch=16)),
        tmp_path / "r",
    )
    tree = hint_se.Tree.load(tmp_path / "r" / "tree.npz")
    labels = np.asarray(tree.labels(1))
    assert len(labels) in (60, 120)
    for half in np.split(labels, len(labels) // 60):
        for community in np.unique(half):
            assert len({int(block[row, 0]) for row in train[half == community]}) == 1
