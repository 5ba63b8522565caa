"""Files that were copied from another run are not taken for the run's own."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from hint_train.config.sections import NetworkConfig
from hint_train.data import load_dataset
from hint_train.encoding.items import Items
from hint_train.encoding.saved import load
from hint_train.errors import DataError
from hint_train.methods.config import Config
from hint_train.runs.training_run import run


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs that differ in their networks alone."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
        for name, features in (("a", "standard"), ("b", "l2")):
            config = Config(dataset="shapes", method="cvh", bits=(16,), device="cpu")
            run(replace(config, network=NetworkConfig(features=features)), folder / name)
    return folder


@pytest.fixture
def mixed(runs, tmp_path):
    """The first run with one file of the second."""

    def make(name):
        shutil.copytree(runs / "a", tmp_path / "mixed")
        shutil.copy(runs / "b" / name, tmp_path / "mixed" / name)
        return load(tmp_path / "mixed")

    return make


@pytest.mark.parametrize("name", ["codes.npz", "model.safetensors"])
def test_codes_of_another_model_are_refused(mixed, name):
    saved = mixed(name)
    with pytest.raises(DataError, match=r"codes\.npz: holds the codes of another model than the one beside it"):
        saved.index()
    with pytest.raises(DataError, match="another model"):
        saved.codes(modality="text")
    assert len(saved.encode(np.ones((2, 83), np.float32), modality="text")) == 2


def test_names_of_other_items_are_refused(runs, tmp_path):
    """The same number of pairs, in another split."""
    shutil.copytree(runs / "a", tmp_path / "mixed")
    items = Items.of(load_dataset("shapes"))
    replace(items, retrieval=items.retrieval[::-1].copy()).write(tmp_path / "mixed")
    with pytest.raises(DataError, match=r"items\.npz: names the items of another run than codes\.npz beside it"):
        load(tmp_path / "mixed").index()


def test_featurizers_of_another_run_are_refused(runs, tmp_path):
    """The same widths, and words that stand for other columns."""
    shutil.copytree(runs / "a", tmp_path / "mixed")
    file = tmp_path / "mixed" / "featurizers.json"
    described = json.loads(file.read_text())
    described["text"]["vocabulary"].reverse()
    file.write_text(json.dumps(described))
    with pytest.raises(
        DataError, match=r"featurizers\.json: describes the features of another run than codes\.npz beside"
    ):
        load(tmp_path / "mixed").encode(["a red wedge"], modality="text")
    file.unlink()
    with pytest.raises(DataError, match="the run does not know how features of texts are made"):
        load(tmp_path / "mixed").encode(["a red wedge"], modality="text")


def test_featurizers_of_an_earlier_version_are_taken_as_they_are(runs, tmp_path):
    shutil.copytree(runs / "a", tmp_path / "old")
    with np.load(runs / "a" / "codes.npz") as found:
        np.savez(tmp_path / "old" / "codes.npz", **{key: found[key] for key in found if key != "featurizers"})
    assert load(tmp_path / "old").featurizers == load(runs / "a").featurizers is not None


def test_codes_of_an_earlier_version_are_taken_as_they_are(runs, tmp_path):
    shutil.copytree(runs / "a", tmp_path / "old")
    with np.load(runs / "a" / "codes.npz") as found:
        np.savez(tmp_path / "old" / "codes.npz", **{key: found[key] for key in found if found[key].ndim == 2})
    assert len(load(tmp_path / "old").index()) == len(load(runs / "a").index())


def test_a_run_that_goes_on_says_anew_what_made_its_codes(runs, tmp_path):
    shutil.copytree(runs / "a", tmp_path / "more")
    before = load(runs / "a").codes(modality="image")
    network = NetworkConfig(features="standard")
    run(
        Config(dataset="shapes", method="cvh", bits=(16, 24), device="cpu", network=network),
        tmp_path / "more",
        resume=True,
    )
    saved = load(tmp_path / "more")
    assert (saved.codes(modality="image", bits=16) == before).all()
    assert len(saved.index(bits=24)) == len(saved.index(bits=16))
