"""config.toml comes back as it was written, whatever preset the reader starts from."""

from dataclasses import replace

import pytest

from hint_train.config.config_file import read_config, read_grid, to_toml
from hint_train.config.sections import SearchConfig
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


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("epochs = 3", "epochs belongs in [optimiser]"),
        ("batch = 64", "batch belongs in [optimiser]"),
        ("[graph]\nepochs = 3", "graph.epochs belongs in [optimiser]"),
        ("[graph]\nbits = [16]", "graph.bits belongs at the top, before the first table"),
        ("[optimiser]\nlearning-rate = 1", "unknown option optimiser.learning-rate; the nearest is learning_rate, in [optimiser]"),
        ("ucch_tua = 1", "unknown option ucch_tua; the nearest is ucch_tau, in [ucch]"),
        ("colour = 1", "unknown option colour"),
        (
            "[search]\nprobe = 0.1",
            "search.probe is an option of earlier versions: take the line out; where search was cells, let it be approximate",
        ),
        ("[search]\nsearch = 'cells'", "search.search must be one of auto, exact, approximate, got 'cells'"),
        ("bits = 16", "bits must be a list of int, got 16"),
        ("[graph]\nknn = 'both'", "graph.knn must be one of union, mutual, got 'both'"),
        ("[optimizer]\nepochs = 3", "unknown table [optimizer]; the nearest is [optimiser]"),
        ("[hint]\nk = 3", "unknown table [hint]; known: graph, search, tree"),
    ],
)  # fmt: skip
def test_a_name_in_the_wrong_place_is_told_the_right_one(tmp_path, content, said):
    path = tmp_path / "config.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_config(path, Config())
    assert str(caught.value).startswith(f"{path}: {said}")


def test_a_run_of_an_earlier_version_goes_on_where_its_option_was_idle(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("[search]\nsearch = 'exact'\nprobe = 0.05", encoding="utf-8")
    assert read_config(path, Config()).search == SearchConfig(search="exact")


def test_a_misspelt_option_of_a_grid_is_told_the_nearest(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("[grid]\nbank_tua = [1, 2]", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"toml: unknown option grid.bank_tua; the nearest is bank_tau$"):
        read_grid(path, Config())


def test_none_is_only_taken_where_an_option_may_be_none(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text('[tree]\nheight = "none"\n', encoding="utf-8")
    assert read_config(path, Config()).tree.height is None
    path.write_text('[graph]\nk = "none"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"graph.k must be int, got 'none'"):
        read_config(path, Config())
