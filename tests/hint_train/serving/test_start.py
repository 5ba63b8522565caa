"""What the command serves, what it refuses to, and with which words and exit code."""

import json
import shutil
import socket

import pytest
from asking import served
from hostile import drawn

from hint_train.cli.serve import main
from hint_train.search.index import Index

GROUP = "0123456789abcdef" * 4


@pytest.fixture
def refused(capsys):
    """The exit code and the only sentence of a service that does not start."""

    def start(*words):
        with pytest.raises(SystemExit) as end:
            main([*map(str, words)])
        said = capsys.readouterr()
        assert said.out == ""
        (line,) = said.err.splitlines()
        assert line.startswith("error: ")
        return end.value.code, line

    return start


def copied(run_folder, folder):
    return shutil.copytree(run_folder, folder / "run", ignore=shutil.ignore_patterns("checkpoints"))


def changed(file, at=-100):
    """Flip a byte."""
    data = bytearray(file.read_bytes())
    data[at] ^= 0xFF
    file.write_bytes(data)


def test_a_folder_without_a_run(refused, tmp_path):
    assert refused(tmp_path)[0] == 3
    code, words = refused(tmp_path / "nothing")
    assert code == 3
    assert "no finished run" in words


def test_a_damaged_run(refused, run_folder, tmp_path):
    folder = copied(run_folder, tmp_path)
    changed(folder / "model.safetensors")
    assert refused(folder, "--port", 0)[0] == 3
    (folder / "model.safetensors").write_bytes(b"\x80\x04pickle")
    assert refused(folder, "--port", 0)[0] == 3


@pytest.mark.parametrize("name", ["items.npz", "codes.npz", "featurizers.json", "tree.npz"])
def test_a_run_with_a_torn_part(refused, run_folder, tmp_path, name):
    folder = copied(run_folder, tmp_path)
    part = folder / name
    part.write_bytes(part.read_bytes()[:60])
    code, words = refused(folder, "--port", 0)
    assert code == 3
    assert name in words


@pytest.mark.parametrize("option", [["--max-k", 0], ["--max-body", -5], ["--max-seconds", "nan"], ["--bits", 32]])
def test_options_that_cannot_be(refused, run_folder, option):
    assert refused(run_folder, "--port", 0, *option)[0] == 2


def test_an_address_that_is_taken_or_of_another_machine(refused, run_folder):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        code, words = refused(run_folder, "--port", other.getsockname()[1])
    assert code == 2
    assert "another host or port" in words
    assert refused(run_folder, "--port", 99999)[0] == 2
    assert refused(run_folder, "--host", "203.0.113.7", "--port", 0)[0] == 2


def test_a_saved_index_and_a_folder_of_pictures(run, run_folder, tmp_path):
    own = run.index()
    Index(own.codes[:40], [f"shot {i}" for i in range(40)], bits=64, model=run.digest).save(tmp_path / "index")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "shot 7.png").write_bytes(drawn())
    options = ["--index", tmp_path / "index", "--images", tmp_path / "pictures"]
    with served(run_folder, tmp_path / "log", *options) as service:
        assert service.ask("/info").said["items"] == {"image": 40}
        found = service.ask("/search", {"row": 7, "k": 40}).said["hits"]
        assert found[0]["distance"] == 0
        assert {hit["id"] for hit in found} == {f"shot {i}" for i in range(40)}
        assert all(hit["communities"] is None for hit in found)
        assert [hit["id"] for hit in found if hit["picture"]] == ["shot 7"]
        assert service.ask("/pictures/image/7").headers["content-type"] == "image/png"
        assert service.ask("/pictures/image/8").status == 404
        assert service.ask("/pictures/text/7").status == 422
        assert service.ask("/search", {"row": 7, "find": "text"}).status == 422
        # The code of a picture finds nothing in an index that it is not in.
        assert service.ask("/search", {"code": "00" * 8, "radius": 0}).said["hits"] == []


def test_an_index_of_another_model_or_damaged(refused, run, run_folder, tmp_path):
    Index(run.index().codes, bits=64, model=GROUP).save(tmp_path / "other")
    code, words = refused(run_folder, "--port", 0, "--index", tmp_path / "other")
    assert code == 3
    assert "another model" in words
    run.index().save(tmp_path / "mine")
    part = next((tmp_path / "mine").glob("codes*.npy"))
    changed(part)
    code, words = refused(run_folder, "--port", 0, "--index", tmp_path / "mine")
    assert code == 3
    assert "damaged" in words
    part.unlink()
    assert refused(run_folder, "--port", 0, "--index", tmp_path / "mine")[0] == 3
    (tmp_path / "mine" / "hint-index.json").write_text(json.dumps({"format": "x"}))
    assert refused(run_folder, "--port", 0, "--index", tmp_path / "mine")[0] == 3
    assert refused(run_folder, "--port", 0, "--index", tmp_path)[0] == 3
    assert refused(run_folder, "--port", 0, "--images", tmp_path / "nothing")[0] == 2


def test_a_run_that_knows_no_words_takes_features(run_folder, tmp_path, run):
    folder = copied(run_folder, tmp_path)
    (folder / "featurizers.json").unlink()
    (folder / "tree.npz").unlink()
    with served(folder, tmp_path / "log") as service:
        assert service.ask("/info").said["asks"] == []
        assert service.ask("/info").said["training_pairs"] is None
        answer = service.ask("/search", {"text": "a red wedge"})
        assert answer.status == 422
        assert "give features" in answer.said["error"]
        assert service.ask("/search", {"row": 0}).said["hits"][0]["communities"] is None
