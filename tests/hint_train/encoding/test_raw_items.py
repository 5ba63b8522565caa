"""A run encodes texts and pictures by what made its features, and says what it cannot encode."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy_networks import made
from PIL import Image
from safetensors.torch import save_file

from hint_train.config.sections import NetworkConfig, OptimiserConfig
from hint_train.data import DATASETS
from hint_train.data.featurizers import Featurizers
from hint_train.data.featurizers.networks import load_backbone
from hint_train.data.pairs import MODALITIES
from hint_train.encoding.featurizers import FEATURIZERS
from hint_train.encoding.modelfile import write_model
from hint_train.encoding.saved import load
from hint_train.errors import ConfigError, DataError
from hint_train.methods.config import Config
from hint_train.runs.training_run import run


@pytest.fixture(scope="module")
def shapes():
    return DATASETS["shapes"](None)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A short run of the built-in data set."""
    folder = tmp_path_factory.mktemp("runs") / "shapes"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
        config = Config(method="cvh", bits=(16, 24), network=NetworkConfig(features="standard"))
        run(replace(config, optimiser=OptimiserConfig(epochs=1)), folder)
    return folder


@pytest.fixture
def saved(finished):
    return load(finished)


def codes_of(saved, modality, rows):
    return saved.codes(modality=modality, bits=16)[rows]


def test_texts_get_the_codes_of_their_pairs(saved, shapes):
    for form in (list, tuple, np.array):
        found = saved.encode(form(shapes.captions[:200]), modality="text", bits=16)
        assert np.array_equal(found, codes_of(saved, "text", slice(200)))


def test_pictures_get_the_codes_of_their_pairs_in_every_form(saved, shapes, tmp_path):
    pictures = shapes.gallery.pictures[:60]
    paths = [tmp_path / f"{i}.png" for i in range(60)]
    for path, picture in zip(paths, pictures, strict=True):
        Image.fromarray(picture).save(path)
    expected = codes_of(saved, "image", slice(60))
    mixed = [paths[0], str(paths[1]), Image.fromarray(pictures[2]), pictures[3]]
    for form in (paths, [str(path) for path in paths], [*pictures], pictures, [Image.fromarray(p) for p in pictures]):
        assert np.array_equal(saved.encode(form, modality="image", bits=16), expected)
    assert np.array_equal(saved.encode(mixed, modality="image", bits=16), expected[:4])


def test_columns_of_a_data_frame_are_lists(saved, shapes):
    pandas = pytest.importorskip("pandas")
    column = pandas.Series(shapes.captions[:30], index=range(100, 130))
    assert np.array_equal(saved.encode(column, modality="text", bits=16), codes_of(saved, "text", slice(30)))


def test_more_than_a_block_of_texts(saved, shapes):
    texts = list(shapes.captions) * 2
    found = saved.encode(texts, modality="text", bits=24)
    assert np.array_equal(found, np.tile(saved.codes(modality="text", bits=24), (2, 1)))


def test_outputs_have_the_signs_of_the_codes(saved):
    texts = ["a red wedge", "two rings", "crimson triangle"]
    outputs = saved.outputs(texts, modality="text", bits=24)
    assert outputs.shape == (3, 24)
    assert outputs.dtype == np.float32
    codes = saved.encode(texts, modality="text", bits=24)
    assert np.array_equal(np.packbits(outputs >= 0, axis=1, bitorder="little"), codes)


def test_a_text_without_a_known_word_is_named(saved, caplog):
    saved.encode(["a red wedge", "zebra"], modality="text", bits=16)
    assert "1 of rows 0 to 1 have no feature at all" in caplog.text
    assert "the first is row 1, 'zebra'" in caplog.text


@pytest.mark.parametrize(
    ("items", "modality", "words"),
    [
        ("a red wedge", "text", "got the single item 'a red wedge'; put it into a list"),
        (np.zeros((4, 4, 3), np.uint8), "image", "got the single item ndarray; put it into a list"),
        (Image.new("RGB", (4, 4)), "image", "got the single item Image; put it into a list"),
        (["a", 3], "text", "item 1: expected a text, got int"),
        (["none.png"], "image", "none.png"),
        ([np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8)], "image", "item 1: expected an array"),
        ([Image.new("RGB", (4, 4)), 7], "image", "item 1: expected a path, a PIL image or an array, got int"),
        ([], "text", r"text rows must have shape \(rows, features\), both at least 1"),
        ([["a"] * 3], "text", "text rows must hold numbers"),
    ],
)
def test_items_that_are_none_are_refused_by_name(saved, items, modality, words):
    with pytest.raises(DataError, match=words):
        saved.encode(items, modality=modality, bits=16)


def test_an_unknown_modality(saved):
    with pytest.raises(ConfigError, match="unknown modality 'sound'; expected one of image, text"):
        saved.encode(["a"], modality="sound", bits=16)


def test_a_run_that_does_not_know_says_what_it_takes(finished, tmp_path, saved, shapes):
    (tmp_path / "model.safetensors").write_bytes((finished / "model.safetensors").read_bytes())
    bare = load(tmp_path)
    assert bare.featurizers is None
    assert bare.items is None
    expected = "does not know how features of texts are made.*give features instead, 83 numbers for each"
    with pytest.raises(DataError, match=expected):
        bare.encode(["a red wedge"], modality="text", bits=16)
    found = bare.encode(shapes.text[:5], modality="text", bits=16)
    assert np.array_equal(found, codes_of(saved, "text", slice(5)))
    with pytest.raises(DataError, match=r"has no items\.npz"):
        bare.index(bits=16)
    with pytest.raises(DataError, match=r"codes\.npz: no such file"):
        bare.codes(modality="text", bits=16)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda described: described["text"]["vocabulary"].pop(), "featurizers.json"),
        (lambda described: described["text"].update(kind="magic"), "expected the kind of text to be one of"),
        (lambda described: described["text"].update(vocabulary=["one"], width=1), "makes 1 features of texts; the run has 83"),
    ],
)  # fmt: skip
def test_featurizers_that_do_not_fit(finished, tmp_path, change, words):
    for name in ("model.safetensors", FEATURIZERS):
        (tmp_path / name).write_bytes((finished / name).read_bytes())
    described = json.loads((tmp_path / FEATURIZERS).read_text())
    change(described)
    (tmp_path / FEATURIZERS).write_text(json.dumps(described))
    with pytest.raises(DataError, match=words):
        load(tmp_path).encode(["a red wedge"], modality="text", bits=16)


def test_a_hit_is_named_without_the_data_set(saved, shapes):
    index = saved.index(bits=24)
    assert (len(index), index.bits, index.model) == (len(shapes.retrieval), 24, saved.digest)
    queries = saved.encode(["crimson triangle"], modality="text", bits=24)
    (ids,) = index.search(queries, 5).ids
    rows = [saved.items.ids.index(name) for name in ids]
    assert set(rows) <= set(shapes.retrieval.tolist())
    codes = np.unpackbits(saved.codes(modality="image", bits=24)[shapes.retrieval], axis=1)
    distances = (codes != np.unpackbits(queries, axis=1)).sum(axis=1)
    assert rows == shapes.retrieval[np.argsort(distances, kind="stable")[:5]].tolist()


def test_an_index_of_items_of_ones_own(saved, shapes):
    index = saved.index(list(shapes.captions[:9]), modality="text", ids=[f"note {i}" for i in range(9)], bits=24)
    query = saved.codes(modality="text", bits=24)[4:5]
    assert index.search(query, 1).distances.tolist() == [[0]]
    assert len(saved.index(shapes.image[:7], bits=24)) == 7


def test_the_run_and_its_files_agree(saved, shapes, finished, tmp_path):
    items = saved.items
    assert (items.ids, items.captions) == (shapes.ids, shapes.captions)
    for part in ("query", "retrieval", "train"):
        assert np.array_equal(getattr(items, part), getattr(shapes, part))
    assert saved.featurizers == shapes.featurizers
    listed = json.loads((finished / "hint-run.json").read_text())["files"]
    assert {"items.npz", "featurizers.json"} <= set(listed)
    for name in ("items.npz", "codes.npz", "model.safetensors"):
        (tmp_path / name).write_bytes((finished / name).read_bytes())
    other = np.load(tmp_path / "codes.npz")
    np.savez(tmp_path / "codes.npz", **{key: other[key][:-1] if other[key].ndim == 2 else other[key] for key in other})
    with pytest.raises(DataError, match="has codes of 2999 pairs and names of 3000"):
        load(tmp_path).index(bits=16)


NO_TORCH = """
import sys, hint_train
run = hint_train.load(sys.argv[1])
run.encode([[0.0] * 272], modality="image", bits=16)
run.index(bits=16).search(run.encode(["a red wedge"], modality="text", bits=16), 3)
print(sorted({"torch", "scipy", "matplotlib", "h5py"} & set(sys.modules)))
"""


def test_torch_is_not_imported_to_encode_nor_to_search(finished):
    done = subprocess.run([sys.executable, "-c", NO_TORCH, finished], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.usefixtures("libraries")
def test_a_network_makes_the_features_with_the_weights_that_are_given(tmp_path, tiny_network, shapes):
    torch.manual_seed(5)
    save_file(tiny_network().state_dict(), tmp_path / "weights.safetensors")
    backbone = load_backbone("timm:tiny", tmp_path / "weights.safetensors")
    pictures = list(shapes.gallery.pictures[:40])
    folder = tmp_path / "run"
    folder.mkdir()
    write_model(folder, "none", {(9, 0): {m: made("one layer", "shifted", backbone.width) for m in MODALITIES}})
    (folder / FEATURIZERS).write_text(Featurizers(backbone.description(), None).to_json())
    saved = load(folder)
    found = saved.encode(pictures, modality="image", weights=tmp_path / "weights.safetensors")
    assert np.array_equal(found, saved.encode(backbone.features(pictures), modality="image"))
    with pytest.raises(DataError, match="does not know how features of texts are made"):
        saved.encode(["a red wedge"], modality="text")
    torch.manual_seed(6)
    save_file(tiny_network().state_dict(), tmp_path / "others.safetensors")
    with pytest.raises(DataError, match="others"):
        saved.encode(pictures, modality="image", weights=tmp_path / "others.safetensors")
