"""Options: names without clashes, TOML there and back, all faults reported together, presets."""

import inspect
import re
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest

import hint_train
from hint_train.config.config_file import read_config, to_toml
from hint_train.config.sections import GraphConfig, OptimiserConfig, ProxyConfig, TreeConfig
from hint_train.data import DATASETS
from hint_train.errors import ConfigError
from hint_train.methods.check import check
from hint_train.methods.config import Config
from hint_train.methods.hint.options import LossConfig
from hint_train.methods.presets import preset


def options(value):
    for field in fields(value):
        item = getattr(value, field.name)
        if is_dataclass(item):
            yield from options(item)
        else:
            yield field.name


def test_names_are_unique_so_that_options_need_no_prefix():
    names = list(options(Config()))
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["default", "paper"])
def test_presets_are_runnable_and_survive_a_file(tmp_path, name):
    config = preset(name)
    check(config)
    path = tmp_path / "config.toml"
    path.write_text(to_toml(config))
    assert read_config(path, config) == config


def test_a_file_changes_what_it_names(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text('bits = [8, 24]\n[loss]\ngamma = 1\nvariant = "v3"\n[optimiser]\nepochs = 3\n')
    config = read_config(path, Config())
    assert config.bits == (8, 24)
    assert config.loss == LossConfig(gamma=1.0, variant="v3")
    assert isinstance(config.loss.gamma, float)
    assert config.n_epochs(10) == 3


def test_every_fault_of_a_file_is_named(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text('colour = 1\nbits = "many"\nseed = true\n[graph]\nk = 2.5\nsimilarity = "dot"\n[loss]\ngama = 1\n')
    with pytest.raises(ConfigError) as caught:
        read_config(path, Config())
    for part in (
        "unknown option colour",
        "bits must be",
        "seed must be int",
        "graph.k must be int, got 2.5",
        "graph.similarity",
        "unknown option loss.gama",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize("content", ["= broken", "[graph", b"\xff\xfe"])
def test_unreadable_file(tmp_path, content):
    path = tmp_path / "run.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError, match="cannot be read as TOML"):
        read_config(path, Config())


def test_every_fault_of_a_configuration_is_named():
    config = Config(
        bits=(0, 64, 64),
        seeds=0,
        noise=2.0,
        graph=GraphConfig(k=0, agreement_floor=float("nan")),
        loss=LossConfig(hash_tau=0, pair_loss=0, bank_loss=0),
        optimiser=OptimiserConfig(batch=1, epochs=0, warmup=-1),
    )
    with pytest.raises(ConfigError) as caught:
        check(config)
    for part in (
        "--bits must lie between",
        "--bits must not repeat",
        "--seeds",
        "--noise",
        "--k must",
        "--agreement-floor",
        "--hash-tau",
        "at least one of --hash-loss",
        "--batch",
        "--warmup",
        "--epochs",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize("height", [1, 2, 4])
def test_a_level_without_communities_is_refused(height):
    config = Config(tree=TreeConfig(height=height))
    for level in (height, height + 1):
        with pytest.raises(
            ConfigError, match=f"--level must be less than --height, got {level} and {height}"
        ) as caught:
            check(replace(config, proxy=ProxyConfig(level=level)))
    assert ("levels 1 to 3 make communities" in str(caught.value)) == (height == 4)
    for level in range(1, height):
        check(replace(config, proxy=ProxyConfig(level=level)))
    check(replace(config, tree=TreeConfig(height=None), proxy=ProxyConfig(level=height)))
    check(replace(config, method="vtm-uch", proxy=ProxyConfig(level=height)))  # which takes no level


def test_a_missing_file_is_called_missing(tmp_path):
    with pytest.raises(ConfigError, match="nofile.toml: no such file; expected a TOML file of options"):
        read_config(tmp_path / "nofile.toml", Config())


def test_help_names_the_data_sets():
    text = inspect.getsource(Config).partition("dataset: str")[2].partition("method: str")[0]
    assert set(DATASETS) <= set(re.findall(r"[\w-]+", text))


def test_epochs_follow_the_size_unless_given():
    config = Config()
    steps = {n: config.n_epochs(n) * max(1, n // 256) for n in (2, 200, 1500, 2173, 9984, 200_000)}
    assert steps == {2: 400, 200: 400, 1500: 400, 2173: 400, 9984: 507, 200_000: 10_153}
    assert replace(config, optimiser=OptimiserConfig(epochs=2)).n_epochs(9999) == 2


def test_no_module_takes_the_place_of_a_public_name():
    modules = {path.stem for path in Path(hint_train.__file__).parent.iterdir()} - {"__init__"}
    assert not modules & set(hint_train.__all__)
