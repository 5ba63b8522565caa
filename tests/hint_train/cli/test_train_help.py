"""`hint-train --help`: the common options and those of the chosen method, and where the others are; what is said of a run that is not there."""

import re

import pytest

from hint_train.cli.train import main
from hint_train.methods.config import LISTED

COMMON = {
    "--preset", "--config", "--out", "--resume", "--overwrite", "--json", "--quiet",
    "--dataset", "--data-dir", "--method", "--bits", "--seed", "--seeds", "--device", "--epochs",
}  # fmt: skip
CLOSED_FORM = {"cvh", "cmfh", "srlch", "batch", "dch", "lpih"}


@pytest.fixture
def said(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")

    def of(*words):
        with pytest.raises(SystemExit) as ended:
            main(words)
        return ended.value.code, *capsys.readouterr()

    return of


def options_in(text):
    return set(re.findall(r"^[│ ] (--[a-z-]+)", text, re.MULTILINE))


def boxes_in(text):
    return set(re.findall(r"^(?:╭─)? (\w+) options [─ ]", text, re.MULTILINE))


def test_help_shows_fifteen_common_options_and_the_boxes_of_hint(said):
    code, text, _ = said("--help")
    assert code == 0
    assert boxes_in(text) == {"graph", "search", "tree", "proxy", "mixup", "loss", "optimiser"}
    head = text.partition(" graph options ")[0]
    assert len(COMMON) == 15
    assert options_in(head) == COMMON - {"--epochs"} | {"--help-all"}
    assert options_in(text.partition(" optimiser options ")[2]) == {"--epochs"}
    assert "$ hint-train --help-all " in head
    assert "$ hint-train --method ucch --help " in head
    assert "{None}" not in text


@pytest.mark.parametrize("method", LISTED)
def test_help_of_a_method_shows_the_common_options_and_its_own(said, method):
    code, text, _ = said("--method", method, "--help")
    assert code == 0
    missing = {"--epochs"} if method in CLOSED_FORM else set()
    assert options_in(text) & COMMON == COMMON - missing
    read = {name.partition(".")[0] for name in LISTED[method].reads}
    assert boxes_in(text) == read - {"network", "evaluation"}
    if method == "infonce":
        assert options_in(text) - COMMON == {"--help-all", "--pair-tau"}


def test_all_of_help_has_every_option_with_the_defaults_of_the_method(said):
    code, text, _ = said("--method", "ucch", "--help-all")
    assert code == 0
    assert options_in(text) > options_in(said("--method", "lpih", "--help")[1])
    assert "(default: 1024)" in " ".join(re.sub("[│ ]+", " ", text).split())


def test_help_of_a_method_that_is_not_there(said):
    code, out, err = said("--method", "hnit", "--help")
    assert (code, out) == (2, "")
    assert err.startswith("error: unknown method 'hnit'; expected one of hint, ucch,")


def test_help_starts_from_a_file(said, tmp_path):
    (tmp_path / "run.toml").write_text('method = "ucch"\n[ucch]\nucch_tau = 0.25\n')
    assert "default: 0.25" in said("--config", str(tmp_path / "run.toml"), "--help")[1]


def test_none_sets_an_option_back(said, tmp_path):
    """A file may have set it; the run that is asked for is one that cannot be, so that none begins."""
    (tmp_path / "run.toml").write_text("[optimiser]\nepochs = 0\n")
    words = ("--config", str(tmp_path / "run.toml"), "--out", str(tmp_path / "out"), "--bits", "0")
    assert "--epochs must be at least 1" in said(*words)[2]
    assert "--epochs" not in said(*words, "--epochs", "None")[2]


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_a_run_that_is_not_there_cannot_be_continued(said, tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    message = "no run was begun here that could be continued; leave out --resume to begin one"
    assert said("--resume", "--out", folder) == (2, "", f"error: {folder}: {message}\n")
    assert list(tmp_path.iterdir()) == []
