"""`--overwrite` removes what a run made, and nothing else whatever it finds."""

import json
import os

import numpy as np
import pytest

from hint_train.config.sections import OptimiserConfig
from hint_train.errors import ConfigError
from hint_train.methods.config import Config
from hint_train.runs.contents import GRID, RUN
from hint_train.runs.lock import LOCK, locked
from hint_train.runs.owned import MANIFEST, is_free, remove_run, write_manifest
from hint_train.runs.sweep import plan, sweep
from hint_train.runs.training_run import run


def tree(folder):
    """Every path below a folder with its content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        found[name] = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
    return found


def write(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


@pytest.fixture
def data(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "data" / "pairs.npz"
    path.parent.mkdir()
    features = {"image": rng.standard_normal((60, 5)), "text": rng.standard_normal((60, 4))}
    np.savez(path, **features, query=np.arange(9), retrieval=np.arange(9, 60))
    return path


def config_for(data, **changes):
    return Config(dataset=str(data), bits=(8,), optimiser=OptimiserConfig(batch=16, epochs=1), **changes)


@pytest.fixture
def owned(tmp_path):
    """A folder with every file that a run writes, and a half-written one."""
    folder = tmp_path / "out"
    folder.mkdir()
    write_manifest(folder, RUN)
    write(
        folder,
        *(name.replace("*", "7") for name in RUN),
        ".result.json.partial",
        "checkpoints/bits7-seed7/.last.safetensors.partial",
    )
    return folder


@pytest.mark.parametrize("mark", ["config.toml", "sweep.toml"])
def test_a_web_site_with_a_config_of_its_own_is_no_run(data, tmp_path, mark):
    site = tmp_path / "site"
    write(site, mark, ".git/HEAD", "content/posts/first.md", "checkpoints/keep.txt")
    before = tree(site)
    with pytest.raises(ConfigError, match=f"site is not the folder of an earlier run .it holds no {MANIFEST}"):
        run(config_for(data), site, overwrite=True)
    assert tree(site) == before


def test_everything_a_run_writes_is_listed_and_removed(owned):
    remove_run(owned, [])
    assert list(tree(owned)) == [MANIFEST]
    remove_run(owned, [])  # one that was cut short is done again


def test_a_run_overwrites_itself(data, tmp_path):
    config, out = config_for(data), tmp_path / "out"
    run(config, out)
    before = tree(out)
    assert MANIFEST in before
    run(config, out, overwrite=True)
    after = tree(out)
    assert set(after) == set(before)
    assert after["codes.npz"] == before["codes.npz"]


@pytest.mark.parametrize(
    "foreign",
    ["notes.txt", ".git/HEAD", "checkpoints/notes.txt", "checkpoints/bits7-seed7/best.safetensors", "sub/config.toml"],
)
def test_what_is_not_listed_stays_and_is_named(owned, foreign):
    write(owned, foreign)
    before = tree(owned)
    with pytest.raises(ConfigError, match=f"holds what no run made: .*{foreign.split('/')[-1]}"):
        remove_run(owned, [])
    assert tree(owned) == before


def test_many_foreign_files_are_counted(owned):
    write(owned, *(f"photo{i}.jpg" for i in range(9)))
    with pytest.raises(ConfigError, match=r"photo0\.jpg, .*photo4\.jpg and 4 more; --overwrite removes nothing"):
        remove_run(owned, [])


def test_an_empty_folder_of_somebody_else_stays(owned):
    (owned / "mine").mkdir()
    with pytest.raises(ConfigError, match="mine/"):
        remove_run(owned, [])


def test_links_are_refused(owned, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(owned)
    with pytest.raises(ConfigError, match="does not follow links, and .*link is one"):
        remove_run(link, [])
    write(tmp_path / "elsewhere", "codes.npz")
    (owned / "codes.npz").unlink()
    (owned / "codes.npz").symlink_to(tmp_path / "elsewhere" / "codes.npz")
    with pytest.raises(ConfigError, match=r"no run made: codes\.npz"):
        remove_run(owned, [])
    assert (tmp_path / "elsewhere" / "codes.npz").exists()


def test_the_working_directory_is_refused(owned, monkeypatch):
    (owned / "checkpoints" / "deep").mkdir()
    for place in (owned, owned / "checkpoints"):
        monkeypatch.chdir(place)
        with pytest.raises(ConfigError, match="does not empty the working directory or a folder above it"):
            remove_run(owned, [])


def test_what_the_next_run_reads_is_refused(data, tmp_path):
    out = tmp_path / "out"
    run(config_for(data), out)
    inside = out / "checkpoints" / "pairs.npz"
    inside.parent.mkdir(exist_ok=True)
    inside.write_bytes(data.read_bytes())
    before = tree(out)
    with pytest.raises(ConfigError, match=r"would empty .*out, which holds .*pairs\.npz"):
        run(config_for(inside), out, overwrite=True)
    inside.unlink()
    with pytest.raises(ConfigError, match="which holds .*out, and that is needed"):
        run(config_for(data, data_dir=str(out)), out, overwrite=True)
    before.pop("checkpoints/pairs.npz")
    assert tree(out) == before


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"format": "other", "files": []}',
        '{"format": "hint-train folder", "files": ["../*"]}',
        '{"format": "hint-train folder", "files": ["/etc/*"]}',
        '{"format": "hint-train folder", "files": [3]}',
    ],
)
def test_a_manifest_of_something_else_is_refused(owned, content):
    (owned / MANIFEST).write_text(content)
    before = tree(owned)
    with pytest.raises(ConfigError, match="not the manifest of a run"):
        remove_run(owned, [])
    assert tree(owned) == before


def test_a_star_does_not_reach_into_folders(owned):
    (owned / MANIFEST).write_text(json.dumps({"format": "hint-train folder", "files": ["*"]}))
    with pytest.raises(ConfigError, match="checkpoints/"):
        remove_run(owned, [])


def test_a_grid_overwrites_itself_and_nothing_more(data, tmp_path):
    out = tmp_path / "grid"
    cells = plan({"k": [2, 3]}, lambda _method: config_for(data))
    sweep(cells, out)
    assert {MANIFEST, *GRID, f"k=2/{MANIFEST}"} <= set(tree(out))
    sweep(cells, out, overwrite=True)
    write(out, "k=2/paper.tex")
    before = tree(out)
    with pytest.raises(ConfigError, match=r"no run made: k=2/paper\.tex"):
        sweep(cells, out, overwrite=True)
    assert tree(out) == before


def test_a_folder_is_free_until_a_run_has_begun_in_it(tmp_path):
    assert is_free(tmp_path)
    write(tmp_path, f".{MANIFEST}.0f3a.partial", LOCK)
    assert is_free(tmp_path)
    write(tmp_path, MANIFEST)  # of somebody else
    assert not is_free(tmp_path)
    write_manifest(tmp_path, RUN)
    assert is_free(tmp_path)
    write(tmp_path, "config.toml")
    assert not is_free(tmp_path)


def test_what_a_kill_left_half_written_goes_when_the_run_goes_on(data, tmp_path):
    config, out = config_for(data), tmp_path / "out"
    run(config, out)
    before = set(tree(out))
    write(out, ".result.json.0f3a.partial", "checkpoints/bits8-seed0/.last.safetensors.partial", ".mine.partial")
    run(config, out, resume=True)
    assert set(tree(out)) == before | {".mine.partial"}


def test_a_file_of_the_user_with_a_name_that_came_later_is_left_alone(data, tmp_path):
    config, out = config_for(data), tmp_path / "out"
    run(config, out)
    later = {"README.txt", "report.html", "training.png"}
    for name in later:
        (out / name).unlink(missing_ok=True)
    write_manifest(out, [name for name in RUN if name not in later])  # of a version before these
    write(out, *later)
    before = tree(out)
    with pytest.raises(ConfigError, match="holds README.txt, report.html, training.png, which the run did not make"):
        run(config, out, resume=True)
    assert tree(out) == before
    for name in later:
        (out / name).unlink()
    run(config, out, resume=True)
    assert (out / "report.html").read_bytes().startswith(b"<!doctype html>")


def test_a_grid_with_a_cell_that_is_going_on_is_not_removed(data, tmp_path):
    out = tmp_path / "grid"
    cells = plan({"k": [2, 3]}, lambda _method: config_for(data))
    sweep(cells, out)
    before = tree(out)
    with locked(out / "k=2"), pytest.raises(ConfigError, match="k=2 is in use by a run that is going on"):
        sweep(cells, out, overwrite=True)
    write(out, f"k=2/{LOCK}")  # its process is gone
    sweep(cells, out, overwrite=True)
    assert set(tree(out)) == set(before)
