"""The loop: stop and resume bit for bit, non-finite losses, schedules, checkpoints, health of codes."""

import json
import tomllib
from dataclasses import replace

import numpy as np
import pytest
import tomli_w
import torch

from hint_train.config.sections import OptimiserConfig
from hint_train.errors import ConfigError, DataError, InterruptedRunError, NonFiniteLossError
from hint_train.methods.config import Config
from hint_train.methods.hint.method import Hint
from hint_train.methods.hint.options import LossConfig
from hint_train.runs.training_run import Watch, run
from hint_train.training.checkpoint import Checkpoint, CheckpointFolder
from hint_train.training.health import _figures
from hint_train.training.trainer import learning_rate


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Drawing takes longer than these runs, and the commands' tests look at the pictures."""
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)


@pytest.fixture
def dataset(tmp_path):
    """A small data set of six blobs."""

    def make(scale=1.0):
        rng = np.random.default_rng(0)
        centre = rng.integers(6, size=160)
        image, text = (rng.standard_normal((6, d))[centre] * 2 + rng.standard_normal((160, d)) for d in (9, 7))
        path = tmp_path / "blobs.npz"
        labels = np.eye(6, dtype=np.uint8)[centre]
        np.savez(path, image=image * scale, text=text, labels=labels, query=np.arange(40), retrieval=np.arange(40, 160))
        return str(path)

    return make


def config_for(dataset, **changes):
    optimiser = OptimiserConfig(batch=32, epochs=4, **changes)
    return Config(dataset=dataset, bits=(8, 16), optimiser=optimiser)


def outcome(folder):
    result = json.loads((folder / "result.json").read_text())
    codes = np.load(folder / "codes.npz")
    metrics = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    for record in metrics:
        record.pop("seconds")
    return result["bits"], {key: codes[key].tobytes() for key in codes}, metrics


def stopping_after(n):
    left = [n]

    def stop():
        left[0] -= 1
        return left[0] < 0

    return Watch(stop=stop)


@pytest.mark.parametrize(("optimiser", "variant"), [("adam", "v3"), ("sgd", "v3"), ("adam", "v2"), ("adam", "full")])
def test_stopped_anywhere_ends_the_same(dataset, tmp_path, optimiser, variant):
    config = config_for(dataset(), optimiser=optimiser, schedule="cosine")
    config = replace(config, loss=LossConfig(variant=variant))
    run(config, tmp_path / "whole")
    expected = outcome(tmp_path / "whole")
    assert len(expected[2]) == 8
    for n in (0, 5, 12, 23):  # 3 steps per epoch, 12 per code length
        folder = tmp_path / f"stopped{n}"
        with pytest.raises(InterruptedRunError):
            run(config, folder, watch=stopping_after(n))
        with pytest.raises(InterruptedRunError):
            run(config, folder, resume=True, watch=stopping_after(0 if n == 23 else 1))
        run(config, folder, resume=True)
        assert outcome(folder) == expected


def test_resuming_a_finished_run_repeats_its_result(dataset, tmp_path):
    config = config_for(dataset())
    run(config, tmp_path / "a")
    before = outcome(tmp_path / "a")
    run(config, tmp_path / "a", resume=True)
    assert outcome(tmp_path / "a") == before
    longer = replace(config, bits=(8, 16, 24))
    assert set(run(longer, tmp_path / "a", resume=True).bits) == {"8", "16", "24"}


def test_code_lengths_and_seeds_do_not_influence_each_other(dataset, tmp_path):
    config = config_for(dataset())
    both = run(replace(config, seeds=2), tmp_path / "both")
    alone = run(replace(config, bits=(16,), seed=1), tmp_path / "alone")
    for direction, scores in alone.bits["16"].items():
        for name, value in scores.items():
            entry = both.bits["16"][direction][name]
            assert entry["values"][1] == value
            assert entry["mean"] == pytest.approx(np.mean(entry["values"]))
            assert entry["std"] == pytest.approx(np.std(entry["values"], ddof=1))


@pytest.mark.filterwarnings("ignore:overflow")
def test_the_unit_of_the_entropy_is_a_unit(dataset, tmp_path):
    config = config_for(dataset())
    bits, nats = (run(replace(config, entropy_unit=unit), tmp_path / unit) for unit in ("bits", "nats"))
    assert nats.structure["entropy"] == pytest.approx(bits.structure["entropy"] * np.log(2))
    assert {**nats.structure, "entropy": 0} == {**bits.structure, "entropy": 0}
    assert nats.bits == bits.bits


def test_a_loss_that_is_not_finite_stops_before_any_checkpoint(dataset, tmp_path):
    config = config_for(dataset(), learning_rate=1e30, clip=0)
    with pytest.raises(NonFiniteLossError, match="not finite in epoch 1: .*there is no checkpoint yet"):
        run(config, tmp_path / "out")
    assert not (tmp_path / "out" / "result.json").exists()
    # Asked to stop in between, it must not write what is not finite either.
    with pytest.raises(NonFiniteLossError):
        run(config, tmp_path / "stopped", watch=stopping_after(2))
    assert not (tmp_path / "stopped" / "checkpoints").exists()


def test_a_loss_that_is_not_finite_keeps_the_last_checkpoint(dataset, tmp_path, monkeypatch):
    config = replace(config_for(dataset()), checkpoint_seconds=0.0)
    run(config, tmp_path / "whole")
    real = Hint.loss

    def broken(self, batch):
        terms = real(self, batch)
        return {k: v * float("nan") if batch.epoch == 2 else v for k, v in terms.items()}

    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(Hint, "loss", broken)
        with pytest.raises(NonFiniteLossError, match=r"not finite in epoch 3: .*kept: .*bits8-seed0.last\.safetensors"):
            run(config, out)
    folder = out / "checkpoints" / "bits8-seed0"
    assert sorted(path.name for path in folder.iterdir()) == ["last.safetensors", "previous.safetensors"]
    assert CheckpointFolder(folder).read().note["epoch"] == 2
    (folder / "last.safetensors").unlink()
    assert CheckpointFolder(folder).read().note["epoch"] == 1
    run(config, out, resume=True)
    assert outcome(out) == outcome(tmp_path / "whole")


def test_folders(dataset, tmp_path):
    config = config_for(dataset(), min_epochs=3)
    out = tmp_path / "out"
    with pytest.raises(ConfigError, match="holds no run to resume"):
        run(config, out, resume=True)
    run(config, out)
    with pytest.raises(ConfigError, match="--resume to continue it, --overwrite to start again"):
        run(config, out)
    with pytest.raises(ConfigError, match="differ: optimiser"):
        run(replace(config, optimiser=OptimiserConfig(epochs=9)), out, resume=True)
    run(config, out, overwrite=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigError, match="is not the folder of an earlier run"):
        run(config, tmp_path / "mine", overwrite=True)
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_unlabelled_data_gets_codes_and_no_figures(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "plain.npz"
    np.savez(
        path,
        image=rng.standard_normal((60, 5)),
        text=rng.standard_normal((60, 4)),
        query=np.arange(9),
        retrieval=np.arange(9, 60),
    )
    result = run(config_for(str(path)), tmp_path / "out")
    assert result.chance is None
    assert result.bits == {"8": {}, "16": {}}
    assert np.load(tmp_path / "out" / "codes.npz")["bits16-seed0-text"].shape == (60, 2)


def test_unknown_method_and_device(dataset, tmp_path):
    with pytest.raises(ConfigError, match="unknown method 'hnt'; expected one of hint"):
        run(Config(method="hnt"), tmp_path / "a")
    with pytest.raises(ConfigError, match="--device must be auto"):
        run(Config(device="gpu9"), tmp_path / "a")


def test_learning_rate_is_a_function_of_the_step():
    def rates(schedule):
        options = OptimiserConfig(schedule=schedule, learning_rate=1.0, warmup=0)
        return [learning_rate(step, 4, options) for step in range(4)]

    assert rates("constant") == [1, 1, 1, 1]
    assert rates("cosine") == pytest.approx([1, 0.5 + 0.5**0.5 / 2, 0.5, 0.5 - 0.5**0.5 / 2])
    assert rates("step") == [1, 1, 0.1, 0.01]
    assert rates("linear-tail") == [1, 1, 1, 0.5]
    slow = OptimiserConfig(learning_rate=1.0, warmup=4)
    assert [learning_rate(step, 100, slow) for step in (0, 1, 4, 99)] == pytest.approx([0.25, 0.5, 1, 0.02])


def test_a_torn_checkpoint_falls_back_to_the_previous(tmp_path):
    folder = CheckpointFolder(tmp_path)
    assert folder.read() is None
    for epoch in (1, 2):
        folder.write(Checkpoint({"x": torch.tensor([float(epoch)])}, {"epoch": epoch}))
    assert folder.read().note == {"epoch": 2}
    last = tmp_path / "last.safetensors"
    last.write_bytes(last.read_bytes()[:20])
    assert folder.read().note == {"epoch": 1}
    (tmp_path / "previous.safetensors").write_bytes(b"")
    with pytest.raises(DataError, match="no readable checkpoint"):
        folder.read()


def test_health_of_codes():
    perfect = torch.tensor([[a, b] for a in (True, False) for b in (True, False)])
    assert _figures(perfect) == {"imbalance": 0, "dead_bits": 0, "correlation": 0, "distinct": 1}
    same = _figures(torch.ones(8, 4, dtype=torch.bool))
    assert same["imbalance"] == 1
    assert same["dead_bits"] == 4
    assert same["distinct"] == 1 / 8
    twins = _figures(torch.tensor([[True, True], [False, False]]))
    assert twins["correlation"] == pytest.approx(1)


def test_a_run_of_a_version_that_did_not_know_an_option_is_not_gone_on_with(dataset, tmp_path):
    """An option that is missing would come back as today's default, and the objective would change in the middle of the run."""
    config = replace(
        Config(), dataset=dataset(), bits=(8,), optimiser=OptimiserConfig(epochs=1, batch=32), device="cpu"
    )
    run(config, tmp_path / "run")
    path = tmp_path / "run" / "config.toml"
    table = tomllib.loads(path.read_text())
    del table["loss"]["walk"]
    table["learned_from"].pop("options_sha256")  # that of the other version fits its file
    path.write_text(tomli_w.dumps(table))
    with pytest.raises(
        ConfigError, match=r"config.toml says nothing of walk, so an earlier version began the run; finish it"
    ):
        run(config, tmp_path / "run", resume=True)
    del table["vtm"]  # what the method does not read may be missing
    table["loss"]["walk"] = config.loss.walk
    path.write_text(tomli_w.dumps(table))
    assert run(config, tmp_path / "run", resume=True).bits.keys() == {"8"}
