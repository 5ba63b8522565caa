"""The figures as published: complete, marked, part of the package, and in no file of measured ones."""

import json
import tomllib
from importlib.resources import files

import pytest
from benchmarks.training import published as table

from hint_train.errors import DataError
from hint_train.runs.published import SETS, parse, published_rows

TEXT = files("hint_train.runs").joinpath("published.toml").read_text(encoding="utf-8")
RIVALS = [
    "CVH",
    "LSSH",
    "CMFH",
    "FSH",
    "MTFH",
    "FOMH",
    "DCH",
    "DGCPN",
    "UCHSTM",
    "UCCH",
    "UDDH",
    "HuggingHash+",
    "DEMO",
    "GCRH",
    "VTM-UCH",
]


def test_all_rivals_of_table_1_and_the_paper_itself_are_there():
    assert tomllib.loads(TEXT)["status"] == "as published"
    rows = published_rows()
    assert [row.method for row in rows] == [*RIVALS, "HINT"]
    for row in rows:
        assert tuple(row.image_to_text) == tuple(row.text_to_image) == SETS
    by = {row.method: row for row in rows}
    # Spot checks against the print, and the collapsed codes whose mAP is the density of relevant pairs.
    assert by["HINT"].image_to_text["MIRFlickr-25K"] == (72.9, 74.4, 75.1, 75.5)
    assert by["VTM-UCH"].text_to_image["MS-COCO"] == (57.4, 58.0, 58.3, 59.6)
    assert by["CMFH"].text_to_image == {
        "MIRFlickr-25K": (55.3,) * 4,
        "NUS-WIDE": (30.6,) * 4,
        "MS-COCO": (34.6,) * 4,
    }


def test_the_committed_table_is_made_from_them():
    assert (table.RESULTS / "published.md").read_text(encoding="utf-8") == table.render(published_rows())
    lines = [json.loads(line) for line in (table.RESULTS / "published.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {line["name"]: line["value"] for line in lines[1:]} == table.figures()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"as published"', '"measured"', "damaged.toml: status must be \"as published\", got 'measured'"),
        ("[16, 32, 64, 128]", "[16, 32, 64]", r"damaged.toml: bits must be \[16, 32, 64, 128\], got \[16, 32, 64\]"),
        (
            "[62.0, 60.8, 59.4, 58.3]",
            "[62.0, 60.8]",
            r"CVH, image_to_text, MIRFlickr-25K: expected 4 .* \[62.0, 60.8\]",
        ),
        ("62.0", "162.0", r"percentages between 0 and 100, got \[162.0"),
        ('"MS-COCO" = [50.3', '"COCO" = [50.3', r"CVH, image_to_text, MS-COCO: expected 4 percentages .* got \[\]"),
    ],
)
def test_damaged_figures_are_refused(old, new, message):
    assert TEXT.count(old)
    with pytest.raises(DataError, match=message):
        parse(TEXT.replace(old, new), "damaged.toml")
