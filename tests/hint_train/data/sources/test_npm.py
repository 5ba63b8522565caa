"""Packages of npm: the one that is meant is read, any other is refused by what differs."""

import gzip

import pytest
from emoji_packages import pack

from hint_train.data.sources import npm
from hint_train.data.sources.npm import Package, read_package
from hint_train.errors import DataError

FILES = {"a.txt": b"one", "b/c.txt": b"two", "b/d.txt": b"three"}


def about(integrity, name="name", licence="MIT"):
    return Package(name, "1.0.0", integrity, licence, "texts")


def test_wanted_files_of_the_pinned_version(tmp_path):
    path = tmp_path / "p.tgz"
    integrity = pack(path, FILES)
    found = read_package(path, about(integrity), lambda name: name.startswith("b/"))
    assert found.files == {"b/c.txt": b"two", "b/d.txt": b"three"}
    assert (found.version, found.integrity) == ("1.0.0", integrity)
    assert about(integrity).command == "npm pack name@1.0.0"


def test_another_version_is_refused_and_read_where_asked_for(tmp_path):
    path = tmp_path / "p.tgz"
    integrity = pack(path, FILES, version="1.0.1")
    with pytest.raises(
        DataError, match=r"p.tgz: is not name 1.0.0: expected sha512-0000000000000000..., got sha512-.*--any-version"
    ):
        read_package(path, about("sha512-" + 86 * "0" + "=="), FILES.__contains__)
    found = read_package(path, about("sha512-0"), FILES.__contains__, any_version=True)
    assert (found.version, found.integrity, found.files) == ("1.0.1", integrity, FILES)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ({"name": "other"}, "expected the package name, got 'other'; `npm pack name@1.0.0` fetches it"),
        ({"licence": "CC-BY-SA-4.0"}, "expected a package under the licence MIT, got 'CC-BY-SA-4.0'"),
        ({"licence": ["MIT", "CC-BY-4.0"]}, r"expected a package under the licence MIT, got \['MIT', 'CC-BY-4.0'\]"),
    ],
)
def test_another_package_or_licence_is_refused_at_any_version(tmp_path, made, message):
    pack(tmp_path / "p.tgz", FILES, **made)
    with pytest.raises(DataError, match=message):
        read_package(tmp_path / "p.tgz", about(""), FILES.__contains__, any_version=True)


def test_files_that_are_none_are_refused(tmp_path, monkeypatch):
    def read(path):
        return read_package(path, about(""), FILES.__contains__, any_version=True)

    path = tmp_path / "p.tgz"
    with pytest.raises(DataError, match=r"p.tgz: no such file; expected what `npm pack name@1.0.0` fetches"):
        read(path)
    with pytest.raises(DataError, match="no such file"):
        read(tmp_path)
    pack(path, FILES)
    whole = path.read_bytes()
    for content in (
        b"",
        b"junk",
        whole[:-20],
        gzip.compress(b"no tar file" * 100),
        gzip.compress(gzip.decompress(whole)[:700]),
    ):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"p.tgz: (not a readable .tgz file|is torn|package.json: not readable)"):
            read(path)
    path.write_bytes(whole)
    monkeypatch.setattr(npm, "MAX_MEMBER", 2)
    with pytest.raises(
        DataError, match="has 3 bytes, more than the limit of 2|package.json has .* more than the limit of 2"
    ):
        read(path)
    monkeypatch.setattr(npm, "MAX_BYTES", 1000)
    with pytest.raises(DataError, match="unpacks to more than the limit of 1,000 bytes"):
        read(path)
    monkeypatch.setattr(npm, "MAX_BYTES", 10)
    with pytest.raises(DataError, match="more than the limit of 10"):
        read(path)


@pytest.mark.parametrize("content", [b"[", b"[" * 200_000, b"\xff"])
def test_package_json_that_is_none_is_refused(tmp_path, content):
    pack(tmp_path / "p.tgz", {"package.json": content})
    with pytest.raises(DataError, match="package.json: not readable as JSON"):
        read_package(tmp_path / "p.tgz", about(""), FILES.__contains__, any_version=True)
