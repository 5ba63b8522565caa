"""`hint-search` as a user runs it: what it prints, what it refuses, what it loads."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from search_oracle import padded, ranked

import hint_train
from hint_train.cli.search import example, main
from hint_train.data import load_dataset
from hint_train.packing import pack


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of the built-in set by a method without epochs, at two code lengths."""
    folder = tmp_path_factory.mktemp("search") / "run"
    hint_train.run(hint_train.Config(dataset="shapes", method="cvh", bits=(16, 20), device="cpu"), folder)
    return folder


def asked(capsys, *words):
    """Exit code, stdout and stderr of a command line."""
    with pytest.raises(SystemExit) as end:
        main([*map(str, words)])
    out, err = capsys.readouterr()
    return end.value.code, out, err


def answer(capsys, *words):
    code, out, err = asked(capsys, *words, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_words_find_images_by_name_and_caption(trained, capsys):
    run = hint_train.load(trained)
    found = answer(capsys, trained, "a red wedge", "--bits", 16, "-k", 7)
    codes = run.codes(modality="image", bits=16)[run.items.retrieval]
    query = run.encode(["a red wedge"], modality="text", bits=16)[0]
    distances, rows = padded(ranked(codes, query, 16), 7)
    ids = [run.items.ids[run.items.retrieval[row]] for row in rows]
    assert found["bits"] == 16
    assert found["items"] == len(codes)
    assert [hit["rank"] for hit in found["hits"]] == [*range(1, 8)]
    assert [hit["distance"] for hit in found["hits"]] == distances
    assert [hit["id"] for hit in found["hits"]] == ids
    assert [hit["caption"] for hit in found["hits"]] == [run.items.captions[int(name[6:])] for name in ids]


def test_the_table_has_the_same_hits(trained, capsys):
    hits = answer(capsys, trained, "a red wedge", "--bits", 16, "-k", 3, "--rescore", 20)["hits"]
    code, out, _ = asked(capsys, trained, "a red wedge", "--bits", 16, "-k", 3, "--rescore", 20)
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["rank", "distance", "score", "id", "caption"]
    for line, hit in zip(lines[1:], hits, strict=True):
        assert line.split(maxsplit=4) == [
            str(hit["rank"]), str(hit["distance"]), f"{hit['score']:.3f}", hit["id"], hit["caption"]
        ]  # fmt: skip


def test_a_picture_and_its_features_ask_alike(trained, capsys, tmp_path):
    data = load_dataset("shapes")
    Image.fromarray(data.gallery.pictures[5]).save(tmp_path / "five.png")
    np.save(tmp_path / "five.npy", data.image[5:6])
    np.savez(tmp_path / "five.npz", image=data.image[5:6])
    by_row = answer(capsys, trained, "--row", 5, "--modality", "image", "--bits", 20)
    assert answer(capsys, trained, "--image", tmp_path / "five.png", "--bits", 20) == by_row
    for name in ("five.npy", "five.npz"):
        words = (trained, "--features", tmp_path / name, "--modality", "image", "--bits", 20)
        assert answer(capsys, *words) == by_row
    among_images = answer(capsys, *words, "--to", "image")
    assert among_images != by_row


def test_an_index_of_the_run_is_searched(trained, capsys, tmp_path):
    run = hint_train.load(trained)
    run.index(modality="image", bits=20, kind="hnsw").save(tmp_path / "index")
    right = answer(capsys, trained, "a red wedge", "--bits", 20, "-k", 1)["hits"]
    assert answer(capsys, trained, "a red wedge", "--index", tmp_path / "index", "-k", 1)["hits"] == right
    wrong = asked(capsys, trained, "a red wedge", "--index", tmp_path / "index", "--bits", 16)
    assert (wrong[0], "has codes of 20 bits" in wrong[2]) == (2, True)
    hint_train.Index(run.codes(modality="image", bits=20), bits=20, model="another").save(tmp_path / "other")
    wrong = asked(capsys, trained, "a red wedge", "--index", tmp_path / "other")
    assert (wrong[0], "codes of another model (another" in wrong[2]) == (3, True)
    hint_train.Index(run.codes(modality="image", bits=20), bits=20).save(tmp_path / "unnamed")
    wrong = asked(capsys, trained, "a red wedge", "--index", tmp_path / "unnamed")
    assert (wrong[0], "does not say which model made its codes" in wrong[2]) == (3, True)


def test_every_kind_of_index_finds_the_same_among_16_bits(trained):
    run = hint_train.load(trained)
    queries = run.codes(modality="text", bits=16)[run.items.query]
    flat, ivf, hnsw = (
        run.index(modality="image", bits=16, kind=kind).search(queries, 50) for kind in ("flat", "ivf", "hnsw")
    )
    assert (flat.rows == ivf.rows).all()
    assert (flat.rows == hnsw.rows).all()


def test_letters_that_control_a_terminal_are_not_printed(trained, capsys, tmp_path):
    run = hint_train.load(trained)
    code = pack(np.ones((1, 16), np.float32))
    hint_train.Index(code, ["a\x1b[31m\nb"], bits=16, model=run.digest).save(tmp_path / "index")
    code, out, _ = asked(capsys, trained, "--row", 0, "--index", tmp_path / "index")
    assert (code, len(out.splitlines()), "\x1b" in out) == (0, 2, False)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "ask with one of words, --image, --row and --features, not with 0"),
        (["red", "--row", 1], 2, "not with 2"),
        (["red"], 2, "16, 20 bits; say which"),
        (["red", "--bits", 24], 2, "no codes of 24 bits"),
        (["red", "--bits", 16, "-k", 0], 2, "k must be a whole number of at least 1"),
        (["red", "--bits", 16, "--rescore", 3], 2, "rescore must be a whole number of at least 10"),
        (["--row", -1, "--bits", 16], 2, "--row -1: the run has"),
        (["--row", 10**9, "--bits", 16], 2, "--row 1000000000: the run has"),
        (["--row", 1, "--rescore", 30, "--bits", 16], 2, "only a code"),
        (["red", "--bits", 16, "--to", "image", "--index", "x"], 2, "--to chooses from the run's database"),
        (["red", "--index", "nowhere"], 3, "holds no index"),
        (["zebra  quux", "--bits", 16], 3, "the run knows no word of 'zebra  quux', and its code would mean nothing"),
        (["", "--bits", 16, "--json"], 3, "the run knows no word of '', and"),
        (["--image", "nowhere.png", "--bits", 16], 3, "nowhere.png"),
        (["--features", "nowhere.npy", "--bits", 16], 3, "nowhere.npy"),
    ],
)
def test_what_cannot_be_asked_ends_with_a_sentence(trained, capsys, words, code, said):
    found, out, err = asked(capsys, trained, *words)
    assert (found, out) == (code, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_more_items_than_there_are(trained, capsys, tmp_path):
    run = hint_train.load(trained)
    hint_train.Index(run.codes(modality="image", bits=16)[:4], bits=16, model=run.digest).save(tmp_path)
    assert len(answer(capsys, trained, "red", "--index", tmp_path, "-k", 10**12)["hits"]) == 4


def test_torch_is_not_loaded(trained):
    code = "import sys; from hint_train.cli.search import main\ntry: main()\nfinally: print('torch' in sys.modules)"
    words = [sys.executable, "-c", code, str(trained), "a red wedge", "--bits", "16"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_a_run_that_cannot_read_words_is_asked_with_a_pair(trained, tmp_path, capsys):
    assert example(trained).endswith(" --bits 20")
    assert example(trained).split(" '")[0] == f"hint-search {trained}"
    for name in ("model.safetensors", "codes.npz", "items.npz"):
        shutil.copy(trained / name, tmp_path / name)
    words = example(tmp_path).split()
    assert words == ["hint-search", str(tmp_path), "--row", "0", "--bits", "20"]
    assert asked(capsys, *words[1:])[0] == 0
