"""`hint-index`: the folder for an engine, from a run alone."""

import json

import faiss
import numpy as np
import pytest

import hint_train
from hint_train.cli import index

BITS = 12


@pytest.fixture
def here(tmp_path, monkeypatch, capfd, no_pictures):
    """Run `hint-index` beside a finished run of two lengths; return code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    arrays = {"image": rng.standard_normal((60, 14)), "text": rng.standard_normal((60, 13))}
    np.savez("pairs.npz", **arrays, query=np.arange(12), retrieval=np.arange(12, 60), train=np.arange(12, 60))
    hint_train.run(hint_train.Config(dataset="pairs.npz", method="cvh", bits=(8, BITS)), "out")

    def go(*arguments):
        with pytest.raises(SystemExit) as end:
            index.main([str(a) for a in arguments])
        return end.value.code, *capfd.readouterr()

    return go


def test_the_database_of_a_run_is_written_with_its_names(here):
    code, out, _ = here("out", "--to", "faiss", "-o", "made", "--bits", BITS, "--modality", "text")
    assert code == 0
    assert out.splitlines()[0].startswith("48 items, ")
    assert out.splitlines()[1] == "  codes.faiss, and hint-codes.json"
    run = hint_train.load("out")
    with np.load("out/codes.npz") as codes:
        expected = codes["bits12-seed0-text"][12:]
    stored = faiss.read_index_binary("made/codes.faiss")
    np.testing.assert_array_equal(faiss.vector_to_array(stored.xb).reshape(48, 2), expected)
    with open("made/hint-codes.json") as file:
        side = json.load(file)
    assert side["ids"] == [str(row) for row in range(12, 60)]
    assert (side["model"], side["bits"], side["width"], side["modality"]) == (run.digest, 12, 16, "text")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["out", "--to", "faiss", "-o", "made"], 2, "the run has codes of 8, 12 bits; say which with --bits"),
        (["out", "--to", "faiss", "-o", "made", "--bits", 9], 2, "no codes of 9 bits"),
        (["out", "--to", "faiss", "-o", "out", "--bits", 8], 2, "--out: out exists already; choose a new name"),
        (["none", "--to", "faiss", "-o", "made"], 3, "none holds no finished run"),
        (["out", "--to", "lucene", "-o", "made"], 2, "lucene"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(here, tmp_path, arguments, code, message):
    found, _, error = here(*arguments)
    assert found == code
    assert message in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "pairs.npz"]
