"""Whether a data set is the one that a run was begun with: what counts, what does not, and what resuming makes of it."""

import time
from dataclasses import replace

import numpy as np
import pytest

from hint_train.config.config_file import read_config, read_toml
from hint_train.config.sections import OptimiserConfig
from hint_train.data.pairs import PairedData
from hint_train.data.parts import Parts, Ragged
from hint_train.errors import ConfigError, InterruptedRunError
from hint_train.methods.config import Config
from hint_train.runs.fingerprint import fingerprint
from hint_train.runs.training_run import Watch, run


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    image, text, rows = (rng.standard_normal((20, d)).astype(np.float32) for d in (5, 3, 2))
    parts = Parts(objects=Ragged(rows, np.arange(21)))
    labels = np.eye(4, dtype=bool)[np.arange(20) % 4]
    return PairedData("d", image, text, labels, np.arange(4), np.arange(4, 20), np.arange(8, 20), parts=parts)


def changed(array, at):
    out = array.copy()
    out[at] = ~out[at] if out.dtype == bool else np.nextafter(out[at], np.float32(9))
    return out


def test_every_bit_that_training_sees_counts_and_nothing_else(data):
    seen = fingerprint(data, labels=False)
    assert {k: v for k, v in seen.items() if not isinstance(v, str)} == {
        "image": [20, 5],
        "text": [20, 3],
        "query": 4,
        "retrieval": 16,
        "train": 12,
    }
    for other in (
        replace(data, image=changed(data.image, (19, 4))),
        replace(data, text=changed(data.text, (8, 0))),
        replace(data, train=data.train[::-1]),
        replace(data, query=data.query[::-1].copy()),
        replace(data, parts=Parts(objects=Ragged(changed(data.parts.objects.rows, (19, 1)), np.arange(21)))),
        replace(data, parts=Parts()),
    ):
        assert fingerprint(other, labels=False)["sha256"] != seen["sha256"]
    for same in (
        replace(data, name="e", image=changed(data.image, (7, 0))),  # no training row
        replace(data, labels=None),
        replace(data, image=np.asfortranarray(data.image)),
    ):
        assert fingerprint(same, labels=False)["sha256"] == seen["sha256"]
    assert fingerprint(replace(data, image=np.asfortranarray(data.image)), labels=False) == seen
    other = replace(data, labels=changed(data.labels, (8, 0)))
    assert fingerprint(other, labels=True) != fingerprint(data, labels=True)


@pytest.mark.parametrize(
    ("array", "at", "part"),
    [
        ("image", (3, 0), "query_image"),
        ("text", (0, 2), "query_text"),
        ("image", (7, 4), "retrieval_image"),
        ("text", (4, 0), "retrieval_text"),
        ("labels", (2, 1), "labels"),
    ],
)
def test_what_only_measures_has_digests_of_its_own(data, array, at, part):
    before = fingerprint(data, labels=False)
    after = fingerprint(replace(data, **{array: changed(getattr(data, array), at)}), labels=False)
    assert {name for name in before if before[name] != after[name]} == {part}


@pytest.mark.parametrize("rows", [slice(None), slice(None, None, -1)])
def test_large_arrays_are_digested_quickly(data, rows):
    image = np.zeros((10_000, 4096), dtype=np.float32)
    large = replace(data, image=image, text=image[:, :3], train=np.arange(10_000)[rows])
    begun = time.process_time()
    before = fingerprint(large, labels=False)
    assert time.process_time() - begun < 2
    image[5000, 17] = 1
    assert fingerprint(large, labels=False) != before


def test_arrays_beyond_the_limit_are_read_in_part(data, monkeypatch, tmp_path):
    monkeypatch.setattr("hint_train.runs.fingerprint._BLOCK_BYTES", 40)  # two rows of five numbers
    monkeypatch.setattr("hint_train.runs.fingerprint._MAX_BLOCKS", 3)
    seen = fingerprint(data, labels=False)
    for row, counts in {8: True, 9: True, 10: False, 18: True, 19: True}.items():
        assert (fingerprint(replace(data, image=changed(data.image, (row, 0))), labels=False) != seen) == counts, row
    np.save(tmp_path / "image.npy", data.image)
    mapped = replace(data, image=np.load(tmp_path / "image.npy", mmap_mode="c"))
    assert fingerprint(mapped, labels=False) == seen


def write(path, seed, width=9):
    rng = np.random.default_rng(seed)
    labels = np.eye(6, dtype=np.uint8)[rng.integers(6, size=160)]
    image, text = (rng.standard_normal((160, d)) for d in (width, 7))
    np.savez(path, image=image, text=text, labels=labels, query=np.arange(40), retrieval=np.arange(40, 160))


@pytest.fixture
def stopped(tmp_path, monkeypatch):
    """A run that was stopped after its first epochs, with its options."""
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
    config = Config(dataset=str(tmp_path / "pairs.npz"), bits=(8,), optimiser=OptimiserConfig(batch=32, epochs=4))
    write(tmp_path / "pairs.npz", 0)
    left = iter(range(8))
    with pytest.raises(InterruptedRunError):
        run(config, tmp_path / "out", watch=Watch(stop=lambda: next(left, None) is None))
    return config, tmp_path / "out"


@pytest.mark.parametrize(
    ("seed", "width", "differing"),
    [
        (1, 9, "what training learns from .*; image features of the queries"),
        (0, 11, r"image: expected \[160, 9\], got \[160, 11\]"),
    ],
)
def test_resuming_with_other_data_is_refused_and_leaves_the_run_alone(stopped, tmp_path, seed, width, differing):
    config, out = stopped
    write(tmp_path / "pairs.npz", seed, width)
    kept = (out / "config.toml").read_bytes()
    with pytest.raises(ConfigError, match=f"--resume needs the data that the run was begun with.*{differing}"):
        run(config, out, resume=True)
    assert (out / "config.toml").read_bytes() == kept
    write(tmp_path / "pairs.npz", 0)
    assert run(config, out, resume=True).bits


@pytest.mark.parametrize(
    ("array", "row", "words"),
    [
        ("image", 5, "they differ; image features of the queries$"),
        ("text", 39, "they differ; text features of the queries$"),
        ("text", 150, "they differ; what training learns from .*; text features of the database$"),
    ],
)
def test_features_that_only_measure_are_noticed_too(stopped, tmp_path, array, row, words):
    config, out = stopped
    run(config, out, resume=True)
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    arrays = dict(np.load(tmp_path / "pairs.npz"))
    arrays[array][row] += 1
    np.savez(tmp_path / "pairs.npz", **arrays)
    with pytest.raises(ConfigError, match=words):
        run(config, out, resume=True)
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before


def test_data_that_moved_are_the_same_data(stopped, tmp_path):
    config, out = stopped
    (tmp_path / "pairs.npz").rename(tmp_path / "moved.npz")
    assert run(replace(config, dataset=str(tmp_path / "moved.npz")), out, resume=True).bits
    written = out / "config.toml"
    written.write_text(written.read_text().split("[learned_from]")[0])  # nothing to know them by
    with pytest.raises(ConfigError, match="these differ: dataset"):
        run(config, out, resume=True)


def test_options_that_were_changed_by_hand_are_noticed(stopped):
    config, out = stopped
    written = out / "config.toml"
    text = written.read_text()
    written.write_text(text.replace('features = "centred"', 'features = "l2"'))
    edited = read_config(written, Config())
    assert edited.network.features == "l2"
    with pytest.raises(ConfigError, match=r"config\.toml was changed since the run was begun"):
        run(edited, out, resume=True)
    written.write_text(text.replace("bits = [\n    8,\n]", "bits = [\n    8,\n    16,\n]"))  # which may change
    assert set(run(config, out, resume=True).bits) == {"8", "16"}


def test_a_run_of_an_earlier_version_resumes_with_a_word(stopped, caplog):
    config, out = stopped
    written = out / "config.toml"
    written.write_text(written.read_text().split("[learned_from]")[0])
    assert run(config, out, resume=True).bits
    assert "whether the data are still the same cannot be checked" in caplog.text
    assert read_toml(written)["learned_from"]["train"] == 120
    assert read_config(written, Config()) == config  # the options of another run can be read from it


def test_a_broken_record_of_the_data_is_named(stopped):
    config, out = stopped
    written = out / "config.toml"
    written.write_text("learned_from = 3\n" + written.read_text().split("[learned_from]")[0])
    with pytest.raises(ConfigError, match="learned_from must be a table, got 3"):
        run(config, out, resume=True)


@pytest.mark.parametrize("method", ["cvh", "srlch"])
def test_labels_count_where_they_are_learned_from(tmp_path, monkeypatch, caplog, method):
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
    path = tmp_path / "pairs.npz"
    config = Config(dataset=str(path), method=method, bits=(8,))
    write(path, 0)
    run(config, tmp_path / "out")
    arrays = dict(np.load(path))
    arrays["labels"][150] = 1
    np.savez(path, **arrays)
    if method == "cvh":
        assert run(config, tmp_path / "out", resume=True).bits
        assert "the labels differ from those that the run was begun with" in caplog.text
    else:
        with pytest.raises(ConfigError, match="--resume needs the data"):
            run(config, tmp_path / "out", resume=True)
