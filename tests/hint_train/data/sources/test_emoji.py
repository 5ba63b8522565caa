"""Emoji from the two packages: names, keywords, groups, and families that stay on one side of the split."""

import hashlib
import io
import json

import numpy as np
import pytest
from emoji_packages import RUNNERS, captions, images, pack, picture, rows
from PIL import Image

from hint_train.cli.prepare import PrepareEmoji
from hint_train.data.sources import emoji
from hint_train.data.sources.emoji import families, kin, queries, read_emoji, read_manifest
from hint_train.errors import DataError


def read(folder):
    return read_emoji(folder / "images.tgz", folder / "captions.tgz", any_version=True)


def test_entries_have_names_keywords_and_both_levels(tmp_path):
    images(tmp_path / "images.tgz")
    captions(tmp_path / "captions.tgz")
    entries, notes = read(tmp_path)
    assert [entry.captions for entry in entries] == [[f"emoji {i}, tag{i % 3}, shared"] for i in range(12)]
    assert [(entry.labels, entry.levels["group"]) for entry in entries[:3]] == [
        (["round"], "faces"),
        (["flat"], "things"),
        (["round"], "faces"),
    ]
    # Two rows stand before the first emoji.
    assert [entry.picture.read() for entry in entries] == [picture(i + 2) for i in range(12)]
    assert entries[4].id == "1f600.png"
    assert {entry.split for entry in entries[:4]} in ({"query"}, {"train"})
    assert "emojibase-data 1.0.0 (MIT; names and keywords of Unicode CLDR, Unicode-3.0), sha512-" in notes[0]
    assert "emoji-datasource-google 1.0.0 (MIT; pictures of Noto Emoji, Apache-2.0;" in notes[1]
    assert notes[2].endswith("(another split than that of the manifest)")


def test_emoji_without_a_picture_are_left_out_and_counted(tmp_path):
    images(tmp_path / "images.tgz", rows()[:-2])
    captions(tmp_path / "captions.tgz")
    entries, notes = read(tmp_path)
    assert len(entries) == 10
    assert "emoji without a picture, left out: 2" in notes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1F44B", "1F44B-1F3FD"),
        ("1F468-200D-1F33E", "1F9D1-1F3FF-200D-1F33E"),
        ("1F468-200D-1F469-200D-1F466", "1F9D1-200D-1F9D1-200D-1F9D2"),
        ("1F9D1-200D-1F9AF-200D-27A1-FE0F", "1F469-200D-1F9AF"),
        *((RUNNERS[0], code) for code in RUNNERS[1:]),
    ],
)
def test_variants_are_kin(one, other):
    assert kin(one) == kin(other)


def test_other_emoji_are_not():
    codes = [
        "2640-FE0F",
        "2642-FE0F",
        "27A1-FE0F",
        "1F468-200D-1F33E",
        "1F468-200D-1F680",
        "1F468",
        "1F466",
        "1F3F4-200D-2620-FE0F",
    ]
    assert len({kin(code) for code in codes}) == len(codes)


def grey(level):
    stream = io.BytesIO()
    Image.new("L", (64, 64), level).save(stream, "PNG")
    return stream.getvalue()


def test_pictures_that_look_alike_are_one_family():
    """3 grey levels apart are near, 4 are not; and near ones of near ones are of the family."""
    found = families(["1", "2", "3", "4", "5"], [grey(x) for x in (100, 103, 106, 110, 200)], list("abcde"))
    assert found.tolist() == [0, 0, 0, 1, 2]
    found = families(["1F468", "2", "1F469"], [grey(x) for x in (0, 2, 255)], list("abc"))
    assert found.tolist() == [0, 0, 0]


def test_queries_are_the_families_that_rank_last():
    codes = [f"{i:X}" for i in range(60)]
    family = np.repeat(np.arange(20, dtype=np.int32), 3)
    asked = queries(codes, family)
    first = [min(codes[3 * k : 3 * k + 3]) for k in range(20)]
    ranks = sorted(range(20), key=lambda k: hashlib.sha256(f"hint-split-1:emoji:{first[k]}".encode()).digest())
    assert set(family[asked].tolist()) == set(ranks[-4:])
    assert asked.sum() == 12
    # The family that reaches the share is taken as a whole, and the order of the rows decides nothing.
    assert queries(codes[:9], family[:9]).sum() == 3
    back = queries(codes[::-1], family[::-1])
    assert np.array_equal(back[::-1], asked)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hexcode": "../x"}, "expected texts, and code points as its hexcode"),
        ({"hexcode": 5}, "code points as its hexcode"),
        ({"label": None}, "expected texts"),
        ({"tags": [1]}, "expected texts"),
        ({"tags": 1}, "expected hexcode, label, tags, group and subgroup"),
        ({"group": 77}, "expected hexcode, label, tags, group and subgroup"),
        ({"label": "x" * 70_000}, "has more than 65,536 characters"),
        ({"hexcode": "1F600"}, "a code occurs twice"),
    ],
)
def test_rows_that_say_something_else_are_refused(tmp_path, change, message):
    images(tmp_path / "images.tgz")
    items = rows()
    items[-1] = items[-1] | change
    captions(tmp_path / "captions.tgz", items)
    with pytest.raises(DataError, match=message):
        read(tmp_path)


def test_packages_that_hold_something_else_are_refused(tmp_path, monkeypatch):
    images(tmp_path / "images.tgz")
    for content, message in (
        (b"{}", "expected a list of at most"),
        (b"[1]", "emoji 0: expected hexcode"),
        (b"[", "not readable as JSON"),
    ):
        captions(tmp_path / "captions.tgz", content)
        with pytest.raises(DataError, match=message):
            read(tmp_path)
    pack(tmp_path / "captions.tgz", {"meta/groups.json": b"{}"}, name="emojibase-data")
    with pytest.raises(DataError, match=r"captions.tgz: has no en/data.json"):
        read(tmp_path)
    captions(tmp_path / "captions.tgz")
    images(tmp_path / "images.tgz", [])
    with pytest.raises(DataError, match="has pictures of 0 of the 12 emoji"):
        read(tmp_path)
    monkeypatch.setattr(emoji, "MAX_EMOJI", 3)
    with pytest.raises(DataError, match="expected a list of at most 3 emoji"):
        read(tmp_path)
    with pytest.raises(DataError, match="is not emojibase-data"):
        read_emoji(tmp_path / "images.tgz", tmp_path / "captions.tgz")


def test_help_names_what_the_manifest_pins():
    manifest = read_manifest()
    for package in (manifest.images, manifest.captions):
        assert f"{package.name}@{package.version}" in PrepareEmoji.__doc__
        assert len(package.integrity) == len("sha512-") + 88
    assert json.dumps(manifest.split) != "{}"
