"""config.toml comes back as it was written, whatever preset the reader starts from."""

from dataclasses import replace

import pytest

from hint_train.config.config_file import read_config, to_toml
from hint_train.errors import ConfigError
from hint_train.methods.config import Config
from hint_train.methods.presets import preset


@pytest.mark.parametrize("name", ["default", "paper", "demo"])
def test_a_written_configuration_reads_back_over_any_preset(tmp_path, name):
    path = tmp_path / "config.toml"
    path.write_text(to_toml(preset(name)), encoding="utf-8")
    for base in ("default", "paper"):
        assert read_config(path, preset(base)) == preset(name)


def test_demo_is_the_paper_with_another_optimiser():
    paper, demo = preset("paper"), preset("demo")
    assert (demo.optimiser.optimiser, demo.optimiser.learning_rate, demo.optimiser.batch) == ("sgd", 1e-3, 128)
    assert replace(demo, optimiser=paper.optimiser) == paper
    assert preset("demo", "ucch") == preset("paper", "ucch")


def test_unknown_presets_are_refused():
    with pytest.raises(ConfigError, match="unknown preset 'papper'; expected one of default, paper, demo"):
        preset("papper")


def test_none_is_only_taken_where_an_option_may_be_none(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text('[tree]\nheight = "none"\n', encoding="utf-8")
    assert read_config(path, Config()).tree.height is None
    path.write_text('[graph]\nk = "none"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"graph.k must be int, got 'none'"):
        read_config(path, Config())
