"""What the page of a run says is what its files say."""

import html
import re
from dataclasses import replace

import numpy as np
import pytest

from hint_train.config.config_file import to_table
from hint_train.config.sections import OptimiserConfig
from hint_train.errors import ConfigError
from hint_train.methods.config import Config
from hint_train.report.page import changed
from hint_train.runs.training_run import run


def rows_of(content, label):
    """Cells of the rows of the table with a label."""
    (table,) = re.findall(rf'aria-label="{label}".*?<tbody>(.*?)</tbody>', content, re.DOTALL)
    return [
        [html.unescape(re.sub(r"<.*?>", "", cell)).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
    ]


def test_figures_are_those_of_the_result(hostile_run, figures_of):
    result, content = figures_of(hostile_run), (hostile_run / "report.html").read_text()
    found = rows_of(content, "Mean average precision by code length")
    assert len(found) == 4
    for bits, direction, *scores in found:
        both = result["bits"][bits]["image_to_text" if direction.startswith("image") else "text_to_image"]
        assert scores == [f"{both[name]:.4f}" for name in result["chance_scores"]]
    recalls = rows_of(content, "Recall@10 by code length")
    assert recalls == [[bits, f"{value:.4f}"] for bits, value in result["recall"].items()]
    assert "pairs of the database that were not trained on" in content
    assert f"{result['sizes']['query']} queries" in content


def test_figures_of_the_tree_have_words(hostile_run, figures_of):
    result, content = figures_of(hostile_run), (hostile_run / "report.html").read_text()
    found = dict(rows_of(content, "Figures of graph and tree"))
    assert found["communities"] == str(result["structure"]["communities"])
    assert found["agreement 1"] == f"{result['structure']['agreement_1']:.4g}"
    for name in ("entropy", "communities", "alone", "agreement"):
        assert f"<dt>{name}</dt>" in content


def test_seconds_and_versions_are_those_of_the_result(hostile_run, figures_of):
    result, content = figures_of(hostile_run), (hostile_run / "report.html").read_text()
    found = rows_of(content, "Seconds by stage")
    assert [row[0] for row in found] == ["load", "prepare", "train", "evaluate", "report", "total"]
    for name, _, seconds, _ in found:
        assert float(seconds) == pytest.approx(result["seconds"][name], abs=1.0)
    for name, version in result["versions"].items():
        assert f"{name} {version}" in content


def test_options_that_differ_are_listed():
    base = Config()
    ours = replace(base, bits=(8,), optimiser=OptimiserConfig(epochs=3))
    assert changed(to_table(ours), to_table(base)) == [
        ("bits", [8], [16, 32, 64, 128]),
        ("optimiser.epochs", 3, "none"),
    ]
    assert changed(to_table(base), to_table(base)) == []


def test_without_labels_nothing_claims_to_be_measured_by_them(own_run):
    content = (own_run / "report.html").read_text()
    assert "The data set has no labels" in content
    assert "Mean average precision by code length" not in content
    assert "curves.json" not in content
    assert "training pairs, as the database has no others" in content


def test_a_resumed_run_is_told_of_as_a_whole(features, tmp_path):
    config = Config(dataset=str(features), bits=(8,), optimiser=OptimiserConfig(epochs=2, batch=32))
    run(config, tmp_path / "run")
    (tmp_path / "run" / "retrieval.png").write_bytes(b"of an earlier call that had pictures")
    run(replace(config, bits=(8, 12)), tmp_path / "run", resume=True)
    content = (tmp_path / "run" / "report.html").read_text()
    assert [row[0] for row in rows_of(content, "Mean average precision by code length")] == ["8", "8", "12", "12"]
    assert [row[0] for row in rows_of(content, "Health of the codes")] == ["8", "12"]
    assert not (tmp_path / "run" / "retrieval.png").exists()
    assert "retrieval.png" not in content


def test_a_method_in_closed_form_has_no_training(features, tmp_path):
    run(Config(dataset=str(features), bits=(4,), method="cvh"), tmp_path / "run")
    content = (tmp_path / "run" / "report.html").read_text()
    assert 'id="training"' not in content
    assert rows_of(content, "Health of the codes")
    assert not (tmp_path / "run" / "training.png").exists()


def test_several_seeds_have_their_deviation(features, tmp_path):
    config = Config(dataset=str(features), bits=(8,), seeds=2, optimiser=OptimiserConfig(epochs=2, batch=32))
    result = run(config, tmp_path / "run")
    content = (tmp_path / "run" / "report.html").read_text()
    mean = result.bits["8"]["image_to_text"]["map"]
    assert rows_of(content, "Mean average precision by code length")[0][2] == f"{mean['mean']:.4f} ± {mean['std']:.4f}"
    assert np.isfinite(mean["std"])


def test_pictures_that_are_not_there_are_refused_at_once_and_warned_of_later(features, tmp_path, caplog):
    config = Config(dataset=str(features), bits=(8,), optimiser=OptimiserConfig(epochs=1, batch=32))
    missing = replace(config, images=str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match="nowhere: no such folder"):
        run(missing, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    run(config, tmp_path / "run")
    run(missing, tmp_path / "run", resume=True)
    assert "no such folder, so the report is without pictures" in caplog.text
