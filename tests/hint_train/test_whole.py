"""Files that appear whole or not at all, and outputs that are refused before anything is computed."""

import errno
import os
from pathlib import Path

import pytest

from hint_train.errors import ConfigError
from hint_train.whole import append_line, check_output, write_atomically, written_atomically


def no_space(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_old_file_or_the_new_one(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError, match="power"), written_atomically(path) as stream:
        stream.write(b"half of the n")
        raise RuntimeError("power")
    assert path.read_bytes() == b"old"
    with written_atomically(path) as stream:
        stream.write(b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_names_it(tmp_path, monkeypatch, call):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(*{"fsync": (os, "fsync"), "replace": (Path, "replace")}[call], no_space)
    with pytest.raises(OSError, match="No space left") as caught:
        write_atomically(path, b"new")
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(path))
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("file", b"old")]


def test_an_error_without_a_number_gets_the_name_too(tmp_path):
    """NumPy's, when a disk took a part of an array."""
    with (
        pytest.raises(OSError, match="800 requested and 496 written: .*codes.npy"),
        written_atomically(tmp_path / "codes.npy"),
    ):
        raise OSError("800 requested and 496 written")
    assert not any(tmp_path.iterdir())


def test_an_error_of_another_file_keeps_its_name(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, written_atomically(tmp_path / "file"):
        (tmp_path / "input").read_bytes()
    assert caught.value.filename == str(tmp_path / "input")


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_line_is_in_a_log_or_not(tmp_path, monkeypatch):
    path = tmp_path / "log"
    append_line(path, "one")
    append_line(path, "zwei ü")
    assert path.read_text(encoding="utf-8") == "one\nzwei ü\n"

    class Full:
        """A disk with room for three bytes."""

        def __init__(self, stream):
            self.stream, self.left = stream, 3

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.stream.close()

        def write(self, content):
            if not self.left:
                no_space()
            self.left -= 3
            return self.stream.write(content[:3])

        def __getattr__(self, name):
            return getattr(self.stream, name)

    real = Path.open
    monkeypatch.setattr(Path, "open", lambda *a, **k: Full(real(*a, **k)))
    with pytest.raises(OSError, match="No space left on device: .*log"):
        append_line(path, "three")
    assert path.read_bytes().decode() == "one\nzwei ü\n"


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("codes.txt", r"expected a name that ends in \.npy, got .*codes\.txt"),
        ("codes", r"ends in \.npy"),
        ("codes.npy.gz", r"ends in \.npy"),
        ("missing/codes.npy", "expected a name in a folder that exists, and .*missing is none"),
        ("file/codes.npy", "file is none"),
        ("folder.npy", "expected a file, got .*folder.npy"),
        ("rows.npy", "rows.npy is what is read"),
        ("link.npy", "link.npy is what is read"),
        ("/proc/codes.npy", r"/proc/codes\.npy cannot be written \("),
        ("x" * 300 + ".npy", r"cannot be written \(File name too long\)"),
    ],
)
def test_outputs_that_are_refused(tmp_path, out, words):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "rows.npy").write_text("")
    (tmp_path / "link.npy").symlink_to("rows.npy")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ConfigError, match=words):
        check_output(tmp_path / out, ".npy", [tmp_path / "rows.npy"])
    assert sorted(tmp_path.iterdir()) == before


def test_outputs_that_are_fine(tmp_path):
    (tmp_path / "old.npy").write_text("")
    for name in ("new.npy", "old.npy", "UPPER.NPY"):
        check_output(tmp_path / name, ".npy", [tmp_path / "rows.npy"])
    assert [p.name for p in tmp_path.iterdir()] == ["old.npy"]
