"""Runs of several processes: the figures of one process, the same every time, for every method that has steps to divide."""

import json

import numpy as np
import pytest
import several_runs
import torch
from benchmarks.training.kill_resume import fingerprint
from safetensors.numpy import load_file
from several import ended, several

from hint_train import ranks
from hint_train.errors import ConfigError
from hint_train.methods.entries import METHODS
from hint_train.methods.presets import preset
from hint_train.ranks import Ranks
from hint_train.runs import together
from hint_train.runs.training_run import run

NAMES = [*several_runs.METHODS_THAT_TRAIN, "hint-paper", "hint-rebuilt"]
SIZES = (2, 4)
LOSS, WEIGHT = 1e-4, 1e-5
"""What losses may differ by, relative, and weights, absolute: rounding, as sums of rows are added in another order."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Every run by two processes, by four, twice, and by this one, on as many threads."""
    folder, threads = tmp_path_factory.mktemp("several"), torch.get_num_threads()
    several_runs.write_pairs(folder / "pairs.npz")
    for size in SIZES:
        with several(size, several_runs.__file__, folder) as processes:
            for code, out, err in ended(processes):
                assert code == 0, err
                assert out == ""
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
        for name, config in several_runs.configs(folder).items():
            run(config, folder / "1" / name)
    torch.set_num_threads(threads)
    return folder


def losses(folder):
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k not in ("seconds", "recall@10")} for line in lines]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_the_figures_of_one_process(folder, name, size):
    one, found = losses(folder / "1" / name), losses(folder / f"{size}" / name)
    assert len(one) == len(found) == 3 * (4 if name == "hint-rebuilt" else 1)
    for before, now in zip(one, found, strict=True):
        assert before.keys() == now.keys()
        for key in before.keys() - {"imbalance", "correlation", "dead_bits", "distinct"}:
            assert now[key] == pytest.approx(before[key], rel=LOSS), key
    weights = [load_file(folder / which / name / "model.safetensors") for which in ("1", f"{size}")]
    for key, value in weights[0].items():
        np.testing.assert_allclose(weights[1][key], value, atol=WEIGHT, err_msg=key)
    codes = [np.load(folder / which / name / "codes.npz")["bits8-seed0-image"] for which in ("1", f"{size}")]
    assert np.unpackbits(codes[0] ^ codes[1]).mean() < 0.01


@pytest.mark.parametrize("name", NAMES)
def test_the_same_bits_every_time(folder, name):
    assert fingerprint(folder / "4" / name) == fingerprint(folder / "4" / f"{name}-again")


@pytest.mark.parametrize("size", SIZES)
def test_neighbours_are_those_of_one_process_bit_for_bit(folder, size):
    expected = several_runs.neighbours()
    for rank in range(size):
        with np.load(folder / f"{size}" / f"neighbours-{rank}.npz") as found:
            assert len(found) == 2 * len(expected)
            for name, pair in expected.items():
                for i, array in enumerate(pair):
                    assert np.array_equal(found[f"{name} {i}"], array), name


@pytest.mark.parametrize("size", SIZES)
def test_all_say_which_process_was_started_otherwise(folder, size):
    words = {(folder / f"{size}" / f"unlike-{rank}.txt").read_text() for rank in range(size)}
    (sentence,) = words
    others = ", ".join(map(str, range(1, size)))
    assert f" {others} of {size} began with other options or data than process 0" in sentence
    assert list((folder / f"{size}").glob("unlike/*")) == []


def test_a_result_says_how_many_processes_trained_it(folder):
    notes = {size: json.loads((folder / size / "hint" / "result.json").read_text())["notes"] for size in ("1", "4")}
    assert [note for note in notes["4"] if note not in notes["1"]] == [
        "trained by 4 processes, which divided each batch among them"
    ]


@pytest.fixture
def one_of_two(monkeypatch):
    monkeypatch.setattr(ranks, "_current", Ranks(1, 2, 1))


@pytest.mark.usefixtures("one_of_two")
@pytest.mark.parametrize("name", METHODS)
def test_methods_without_steps_are_refused(name, tmp_path):
    config = preset("default", name)
    if METHODS[name].trains:
        together.check_divisible(config)
        return
    with pytest.raises(ConfigError, match=f"--method {name} is solved in closed form by one process"):
        run(config, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("one_of_two")
def test_each_process_has_a_gpu_of_its_own(monkeypatch):
    assert together.device_of("cpu") == torch.device("cpu")
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    for name in ("auto", "cuda"):
        assert together.device_of(name) == torch.device("cuda", 1)
    with pytest.raises(ConfigError, match="--device cuda:1 is one GPU for 2 processes"):
        together.device_of("cuda:1")
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    with pytest.raises(ConfigError, match="process 1 is number 1 of its machine, which has 1 GPUs"):
        together.device_of("auto")
