"""`benchmarks/report.py`: the committed tables as one page."""

import html.parser

import pytest
from benchmarks.records import RESULTS


class Cells(html.parser.HTMLParser):
    """Texts of the cells of all tables."""

    def __init__(self):
        super().__init__()
        self.found, self.inside = [], False

    def handle_starttag(self, tag, attributes):
        if tag in ("td", "th"):
            self.inside = True
            self.found.append("")

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.found[-1] += data


def test_every_cell_of_every_committed_table_is_there(results_page, tmp_path):
    content = results_page(RESULTS, tmp_path / "page.html").read_text()
    cells = Cells()
    cells.feed(content)
    wanted = 0
    for path in RESULTS.glob("*.md"):
        assert f'id="{path.stem}"' in content
        rows = [line for line in path.read_text().splitlines() if line.startswith("|")]
        wanted += sum(row.count("|") - row.count("\\|") - 1 for row in rows if set(row) - set("|-: "))
    assert len(cells.found) == wanted


def test_numbers_stay_as_they_are(results_page, tmp_path):
    (tmp_path / "one.md").write_text("# One\n\n| a | b |\n|---|---:|\n| x | **0.746** ± 0.023 |\n\n[two](two.md)\n")
    (tmp_path / "two.md").write_text("# Two\n\nWords.\n")
    content = results_page(tmp_path, tmp_path / "page.html").read_text()
    cells = Cells()
    cells.feed(content)
    assert cells.found == ["a", "b", "x", "0.746 ± 0.023"]
    assert '<a href="#two">two</a>' in content


@pytest.mark.parametrize(("name", "words"), [("page.txt", "ends in .html"), ("page.html", "holds no tables")])
def test_what_cannot_be_written_is_said(results_page, tmp_path, capsys, name, words):
    if name == "page.txt":
        (tmp_path / "one.md").write_text("# One\n")
    with pytest.raises(SystemExit) as ended:
        results_page(tmp_path, tmp_path / name)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / name).exists()
