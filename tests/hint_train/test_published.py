"""The figures as published: complete, marked, and in no file of measured ones."""

import tomllib
from pathlib import Path

import published
import pytest

RESULTS = Path(published.__file__).parent / "results"
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
    found = published.read()
    assert found["status"] == "as published"
    assert [row["method"] for row in found["row"]] == [*RIVALS, "HINT"]
    for row in found["row"]:
        for direction in ("image_to_text", "text_to_image"):
            assert list(row[direction]) == ["MIRFlickr-25K", "NUS-WIDE", "MS-COCO"]
    by = {row["method"]: row for row in found["row"]}
    # Spot checks against the print, and the collapsed codes whose mAP is the density of relevant pairs.
    assert by["HINT"]["image_to_text"]["MIRFlickr-25K"] == [72.9, 74.4, 75.1, 75.5]
    assert by["VTM-UCH"]["text_to_image"]["MS-COCO"] == [57.4, 58.0, 58.3, 59.6]
    assert by["CMFH"]["text_to_image"] == {"MIRFlickr-25K": [55.3] * 4, "NUS-WIDE": [30.6] * 4, "MS-COCO": [34.6] * 4}


def test_the_committed_table_is_made_from_them():
    assert (RESULTS / "published.md").read_text(encoding="utf-8") == published.render(published.read())


@pytest.mark.parametrize(
    ("old", "new"), [('"as published"', '"measured"'), ("[62.0, 60.8, 59.4, 58.3]", "[62.0, 60.8]"), ("62.0", "162.0")]
)
def test_a_damaged_file_is_refused(tmp_path, old, new):
    text = (RESULTS.parent / "published.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text.replace(old, new)) != tomllib.loads(text)
    (tmp_path / "published.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=r"published\.toml"):
        published.read(tmp_path / "published.toml")
