"""What is drawn: panels that move, lines through the numbers, and sheets that hold any caption."""

import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from hint_train.data.sources.shapes import shapes
from hint_train.report.figures import training_figure
from hint_train.report.grid import GridRow, points
from hint_train.report.grid_figure import grid_figure
from hint_train.report.ink import as_svg, save_png
from hint_train.report.pictures import inlined, pictures_of
from hint_train.report.sheet import sheets
from hint_train.report.sheet_figure import sheet_figure


class Sample:
    held_out, chance = True, 0.02

    def __len__(self):
        return 500


def record(epoch, bits=16, seed=0, **more):
    same = {"imbalance": 0.1, "dead_bits": 0.0, "correlation": 0.2, "distinct": 1.0, "lambda_image": 1.0}
    return {"bits": bits, "seed": seed, "epoch": epoch, "loss": 5 / epoch, "pair": 5 / epoch, **same, **more}


def titles(figure):
    return [axes.get_title() for axes in figure.axes if axes.lines]


def test_only_what_moves_has_a_panel():
    figure = training_figure([record(i, **{"recall@10": 0.1 * i}) for i in (1, 2, 3)], Sample())
    assert [title.partition(":")[0] for title in titles(figure)] == [
        "recall@10",
        "loss, all terms",
        "pair, a term of the loss",
    ]
    assert "500 pairs not trained on" in figure.axes[0].get_xlabel()
    lines = figure.axes[0].lines
    assert lines[0].get_ydata() == pytest.approx([0.1, 0.2, 0.3])
    assert set(lines[1].get_ydata()) == {0.02}


def test_nothing_is_drawn_of_one_epoch():
    assert training_figure([record(1)], Sample()) is None


def test_epochs_of_an_earlier_version_have_no_recall():
    old = [record(1), record(2)]
    figure = training_figure([*old, record(3, **{"recall@10": 0.5}), record(4, **{"recall@10": 0.6})], Sample())
    assert list(figure.axes[0].lines[0].get_xdata()) == [3, 4]


def test_a_figure_in_a_page_has_ids_of_its_own_and_no_colour_of_paper():
    figure = training_figure([record(i) for i in (1, 2, 3)], Sample())
    svg = as_svg(figure, "training", 'he said "no" <b>')
    assert svg.startswith('<svg role="img" aria-label="he said &#34;no&#34; &lt;b&gt;" viewBox="')
    assert all(name.startswith("training-") for name in re.findall(r'\bid="([^"]*)', svg))
    references = set(re.findall(r'(?:href="#|url\(#)([^")]*)', svg))
    assert references <= set(re.findall(r'\bid="([^"]*)', svg))
    assert "#000000" not in svg
    assert "<style" not in svg
    assert as_svg(training_figure([record(i) for i in (1, 2, 3)], Sample()), "training", "x").count("var(--line-0)")


@pytest.fixture
def small():
    return shapes(60, n_query=8)


def test_a_sheet_has_the_nearest_of_the_database(small):
    rng = np.random.default_rng(0)
    codes = {m: rng.integers(0, 256, (60, 2), dtype=np.uint8) for m in ("image", "text")}
    found = sheets(small, codes, 16)
    assert [(sheet.source, sheet.target) for sheet in found] == [("image", "text"), ("text", "image")]
    for sheet in found:
        assert list(sheet.hits) == [small.query[i] for i in (0, 2, 4, 6)]
        for row, hits in sheet.hits.items():
            # Population counts of whole numbers, in Python.
            far = {
                int(item): sum(
                    int(a ^ b).bit_count()
                    for a, b in zip(codes[sheet.source][row], codes[sheet.target][item], strict=True)
                )
                for item in small.retrieval
            }
            assert [hit.distance for hit in hits] == sorted(far.values())[:6]
            for hit in hits:
                assert far[hit.row] == hit.distance
                assert hit.relevant == bool(
                    set(np.flatnonzero(small.labels[row])) & set(np.flatnonzero(small.labels[hit.row]))
                )


@pytest.mark.parametrize("labelled", [True, False])
def test_a_sheet_holds_any_caption(small, tmp_path, labelled):
    captions = tuple(
        ["$\\frac{$ $x$", "日本語 \u202e \x07 " + "x" * 200, "", "a\nb", "%s {0}"][i % 5] for i in range(60)
    )
    data = replace(small, captions=captions, labels=small.labels if labelled else None)
    codes = dict.fromkeys(("image", "text"), np.zeros((60, 2), dtype=np.uint8))
    found = sheets(data, codes, 16)
    rows = {row for sheet in found for q, hits in sheet.hits.items() for row in (q, *(hit.row for hit in hits))}
    figure = sheet_figure("$a title_{$", found, data, pictures_of(data, rows, None))
    save_png(figure, tmp_path / "sheet.png")
    said = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert ("Solid green frame" in said) == labelled
    for words in (
        "Asked with a picture, found: texts (16 bits)",
        "Asked with a text, found: pictures (16 bits)",
        "query",
    ):
        assert words in said
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.width > 900


def test_pictures_of_a_folder_are_those_named_as_pairs(small, tmp_path):
    (tmp_path / "in").mkdir()
    for row in (0, 1):
        Image.fromarray(small.gallery.pictures[row]).resize((400, 200)).save(tmp_path / "in" / f"{small.ids[row]}.png")
    (tmp_path / "in" / f"{small.ids[2]}.png").write_text("no picture")
    (tmp_path / "secret.png").write_bytes((tmp_path / "in" / f"{small.ids[0]}.png").read_bytes())
    (tmp_path / "in" / f"{small.ids[3]}.png").symlink_to(tmp_path / "secret.png")
    data = replace(small, gallery=None)
    found = pictures_of(data, range(5), str(tmp_path / "in"))
    assert set(found) == {0, 1}
    assert found[0].size == (160, 80)
    assert inlined(found[0]).startswith("data:image/jpeg;base64,")
    assert pictures_of(data, range(5), None) == {}
    assert pictures_of(data, range(5), str(tmp_path / "nowhere")) == {}


class Found:
    def __init__(self, value, labelled=True):
        both = {"image_to_text": {"map": value}, "text_to_image": {"map": {"mean": value / 2, "std": 0.1}}}
        self.bits = {"16": both if labelled else {}}
        self.recall = {"16": value / 4}


def test_a_grid_is_drawn_over_its_numbers():
    cells = [GridRow(f"{k}{m}", {"method": m, "k": k}, Found(0.1 * k), None) for m in ("a", "b") for k in (5, 3)]
    cells.append(GridRow("ill", {"method": "c", "k": 3}, None, "not finite"))
    figure, across = grid_figure(points(cells))
    assert across == "k"
    first, second = figure.axes
    assert {line.get_label() for line in first.lines} == {"16 bits, method a", "16 bits, method b"}
    assert list(first.lines[0].get_xdata()) == [3, 5]
    assert list(first.lines[0].get_ydata()) == pytest.approx([0.3, 0.5])
    assert list(second.lines[0].get_ydata()) == pytest.approx([0.15, 0.25])


def test_without_labels_a_grid_shows_recall():
    cells = [GridRow(str(k), {"k": k}, Found(0.4 * k, labelled=False), None) for k in (1, 2)]
    figure, _ = grid_figure(points(cells))
    assert list(figure.axes[0].lines[0].get_ydata()) == pytest.approx([0.1, 0.2])
    assert grid_figure(points(cells[:1])) == (None, "")
    assert grid_figure([]) == (None, "")
