"""What somebody types first at the commands: words without quotes, options that belong elsewhere, files of their own."""

import importlib
import json

import numpy as np
import pytest

import hint_train
from hint_train.methods.config import Config
from hint_train.runs.training_run import run


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a run `seen`, files of options, and sets of one's own."""
    folder = tmp_path_factory.mktemp("tries")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
        run(Config(dataset="shapes", method="cvh", bits=(16,), device="cpu"), folder / "seen")
    for name, options in {
        "top": "epochs = 3",
        "misspelt": "[optimiser]\nlerning_rate = 1e-3",
        "table": "[optimizer]\nepochs = 3",
        "dash": "[optimiser]\nlearning-rate = 1e-3",
    }.items():
        (folder / f"{name}.toml").write_text(options)
    rng = np.random.default_rng(0)
    arrays = {"image": rng.standard_normal((40, 5)), "text": rng.standard_normal((40, 4))}
    split = {"query": np.arange(9), "retrieval": np.arange(9, 40)}
    np.savez(folder / "own.npz", **arrays, **split, labels=np.eye(4, dtype=np.uint8)[np.arange(40) % 4])
    np.savez(folder / "bare.npz", **arrays, **split)
    np.savez(folder / "torn.npz", **(arrays | {"text": arrays["text"][:30]}), **split)
    (folder / "pictures").mkdir()
    return folder


@pytest.fixture
def typed(place, monkeypatch, capsys):
    """Exit code, stdout and stderr of a line as it is typed in that folder."""
    monkeypatch.chdir(place)

    def of(line):
        command, *words = line.split(" ")
        with pytest.raises(SystemExit) as ended:
            importlib.import_module(f"hint_train.cli.{command.removeprefix('hint-')}").main(words)
        return ended.value.code, *capsys.readouterr()

    return of


#: What is typed, the exit code, and what is said.
TRIES = [
    ("hint-train --resume --out nowhere", 2, "nowhere: no run was begun here that could be continued; leave out --resume"),
    ("hint-train --config top.toml", 2, "top.toml: epochs belongs in [optimiser]"),
    ("hint-train --config misspelt.toml", 2, "unknown option optimiser.lerning_rate; the nearest is learning_rate, in"),
    ("hint-train --config dash.toml", 2, "the nearest is learning_rate, in [optimiser]"),
    ("hint-train --config table.toml", 2, "unknown table [optimizer]; the nearest is [optimiser]"),
    ("hint-train --method hnit --help", 2, "unknown method 'hnit'; expected one of hint"),
    ("hint-train --epoch 3", 2, "--epochs"),
    ("hint-search seen a red wedge", 0, "distance"),
    ("hint-search seen red zebra quux", 0, "left aside, as the run knows no such words: zebra, quux"),
    ("hint-search seen red --modality text", 2, "--modality says what --row and --features ask with; words are texts"),
    ("hint-search seen --image a.png --modality image", 2, "--modality says what --row and --features ask with"),
    ("hint-search seen --row 0 --weights w", 2, "--weights are of the network that makes features of words or pictures"),
    ("hint-data verify own.npz", 0, "label density"),
    ("hint-data verify bare.npz", 0, "it has no labels: codes are learned, and cannot be measured"),
    ("hint-data verify torn.npz", 3, "torn.npz: image has 40 rows and text 30"),
    ("hint-data verify none.npz", 3, "none.npz"),
    ("hint-data verify own.npz --data-dir .", 2, "--data-dir belongs to a named set"),
    ("hint-data verify nuswide", 2, "nuswide needs --data-dir, the folder that holds its files"),
    ("hint-data verify imagenet --data-dir .", 2, "unknown data set 'imagenet'; expected one of mirflickr"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "code", "said"), TRIES)
def test_a_first_try_has_an_answer(typed, line, code, said):
    found, out, err = typed(line)
    assert found == code
    assert said in " ".join((out + err).split())


@pytest.mark.parametrize("command", ["train", "encode", "index", "export", "search", "serve", "data verify"])
def test_help_speaks_of_values(typed, command):
    code, out, _ = typed(f"hint-{command} --help")
    assert code == 0
    assert "{None}" not in out


def test_words_with_and_without_quotes_ask_alike(typed, place):
    found = json.loads(typed("hint-search seen a red wedge --json")[1])
    saved = hint_train.load(place / "seen")
    hits = saved.index(modality="image").search(saved.encode(["a red wedge"], modality="text"), k=10)
    assert [hit["id"] for hit in found["hits"]] == list(hits.ids[0])
    assert found["unknown_words"] == []


def test_words_that_the_run_does_not_know_are_named_in_json(typed):
    code, out, err = typed("hint-search seen the red zebra quux zebra --json")
    assert code == 0
    assert json.loads(out)["unknown_words"] == ["zebra", "quux"]
    assert err == "left aside, as the run knows no such words: zebra, quux\n"


def test_what_is_in_a_file_of_ones_own(typed):
    found = json.loads(typed("hint-data verify own.npz --json")[1])
    assert (found["image"], found["text"], found["labels"]) == ([40, 5], [40, 4], [40, 4])
    assert found["split"] == {"query": 9, "retrieval": 31, "train": 31}
    # Rows 0 to 8 against rows 9 to 39, classes by remainder: 8 of class 1, 2 and 3, and 7 of class 0, which has three queries.
    assert found["density"] == pytest.approx((3 * 7 + 6 * 8) / (9 * 31))
    assert json.loads(typed("hint-data verify bare.npz --json")[1])["density"] is None


def test_short_names():
    index = hint_train.Index(np.zeros((1200, 2), np.uint8), bits=16)
    assert repr(index) == "Index(1,200 codes of 16 bits, flat)"
