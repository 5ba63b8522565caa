"""The folder that is handed on: whole or not there, with a card whose figures are those of the run."""

import json
import shutil

import numpy as np
import pytest
from small_npz import arrays

from hint_train import Config, load
from hint_train.cli.export import main
from hint_train.config.sections import NetworkConfig
from hint_train.errors import ConfigError
from hint_train.export import release
from hint_train.export.model_card import model_card
from hint_train.report.result import read_result
from hint_train.runs.training_run import run

pytest.importorskip("onnx")
yaml = pytest.importorskip("yaml")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("card")
    source = np.random.default_rng(0)
    image, text = (source.standard_normal((10, d)).astype(np.float32) for d in (3, 4))
    np.savez(folder / "p:airs.npz", **arrays(image=image, text=text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
        config = Config(dataset=str(folder / "p:airs.npz"), method="cvh", bits=(8, 12), seeds=2)
        run(
            Config(**{**{f: getattr(config, f) for f in config.__slots__}, "network": NetworkConfig(features="l2")}),
            folder / "run",
        )
    return folder / "run"


def header(text):
    first, second = text.split("---\n")[:2]
    assert first == ""
    return yaml.safe_load(second)


def test_the_header_is_yaml_with_the_figures_of_the_run(finished):
    result = read_result(finished / "result.json")
    table = header(model_card(load(finished), result))
    assert {"library_name", "pipeline_tag", "tags", "model-index"} == table.keys()
    metrics = table["model-index"][0]["results"][0]["metrics"]
    found = {one["name"]: one["value"] for one in metrics}
    assert found["map, image to text, 8 bits"] == result.bits["8"]["image_to_text"]["map"]["mean"]
    assert len(found) == 2 * 2 * len(result.bits["8"]["image_to_text"])


def test_hugging_face_reads_the_card(finished):
    hub = pytest.importorskip("huggingface_hub")
    card = hub.ModelCard(model_card(load(finished), read_result(finished / "result.json")))
    assert card.data.library_name == "hint-se"
    assert card.data.eval_results[0].metric_type == "map"


def test_intervals_options_and_digest_stand_in_the_text(finished):
    result, own = read_result(finished / "result.json"), load(finished)
    text = model_card(own, result, ["bits8-seed0-image.onnx"])
    mean, error = (
        result.bits["12"]["text_to_image"]["map"]["mean"],
        result.standard_errors["12"]["text_to_image"]["map"],
    )
    low, high = max(0, mean - 1.96 * error), min(1, mean + 1.96 * error)
    assert f"[{low:.4f}, {high:.4f}]" in text
    assert '* `network.features`: "l2"' in text
    assert own.digest in text
    assert 'InferenceSession("bits8-seed0-image.onnx")' in text
    assert str(finished.parent) not in text


def test_a_run_without_labels_or_result_has_a_card_without_figures(finished):
    text = model_card(load(finished), None)
    assert "## Figures" not in text
    assert "model-index" not in header(text)


def test_an_earlier_result_has_no_intervals_and_says_so(finished, tmp_path):
    table = json.loads((finished / "result.json").read_text())
    del table["standard_errors"]
    (tmp_path / "result.json").write_text(json.dumps(table))
    assert "No intervals: this run's result.json" in model_card(load(finished), read_result(tmp_path / "result.json"))


def test_the_command_writes_all_and_refuses_a_folder_that_is_taken(finished, tmp_path, capsys):
    words = [str(finished), "--onnx", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    cells = [f"bits{b}-seed{s}-{m}.onnx" for b in (12, 8) for s in (0, 1) for m in ("image", "text")]
    assert names == sorted(["MODEL_CARD.md", *cells])
    assert capsys.readouterr().out.count("\n") == len(names)
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 2
    assert "not empty" in capsys.readouterr().err


def test_a_model_file_alone_is_enough(finished, tmp_path):
    shutil.copy(finished / "model.safetensors", tmp_path)
    written = release.write_release(load(tmp_path / "model.safetensors"), tmp_path / "out")
    assert len(written) == 9
    rows = np.ones((2, 3))
    alone, whole = load(tmp_path / "model.safetensors"), load(finished)
    np.testing.assert_array_equal(
        alone.encode(rows, modality="image", bits=8), whole.encode(rows, modality="image", bits=8)
    )


def test_after_an_error_nothing_remains(finished, tmp_path, monkeypatch):
    def fails(*_):
        raise ConfigError("no card")

    monkeypatch.setattr(release, "model_card", fails)
    with pytest.raises(ConfigError, match="no card"):
        release.write_release(load(finished), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_same_run_gives_the_same_bytes(finished, tmp_path):
    first, second = (release.write_release(load(finished), tmp_path / name) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
