"""The page of the paper: in step with its figures, transcribed right, and every verdict found by a rule."""

import importlib.util
import re
import shlex
from collections import Counter

import pytest
from benchmarks.records import RESULTS, ROOT
from benchmarks.training import (
    paper,
    paper_cells,
    paper_checks,
    paper_report,
    paper_run_rules,
    paper_runs,
)
from benchmarks.training.figures import SHARED
from benchmarks.training.paper_numbers import PAPER_SETS, WAYS, Key, prepared_share, published, read, tables
from benchmarks.training.paper_verdicts import CONFIRMED, NOT, UNTESTABLE, claims, contradictions

from hint_train.cli import data, train
from hint_train.runs.published import published_rows

PAPER = SHARED.parent / "paper" / "hint-iclr2026.md"
RULES = paper_run_rules.RULES


@pytest.fixture(scope="module")
def sources():
    cells = paper.found_in(RESULTS)
    return [published(), *(paper.ours(reading, cells) for reading in paper_cells.READINGS)]


@pytest.fixture(scope="module")
def printed():
    """The paper's text, without line breaks."""
    if not PAPER.is_file():
        pytest.skip(f"no {PAPER.parent.name}/{PAPER.name} beside the folder of HINT_SHARED_DATA")
    return PAPER.read_text(encoding="utf-8")


# The page


def test_the_page_is_in_step_with_the_figures():
    for name, text in paper.render(paper.found_in(RESULTS)).items():
        assert (RESULTS / name).read_text(encoding="utf-8") == text, "python benchmarks/training/paper.py --render"


def test_the_page_counts_what_it_shows(sources):
    text = (RESULTS / "paper.md").read_text(encoding="utf-8")
    every = claims(sources)
    shown = re.findall(r"^\| (confirmed|not confirmed|untestable) \| (\d+) \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
    assert [word for word, *_ in shown] == [CONFIRMED, NOT, UNTESTABLE]
    for word, *counts in shown:
        assert [int(n) for n in counts] == [sum(c.verdict(s.name) == word for c in every) for s in sources]
    assert int(re.search(r"Cells as published: (\d+)", text)[1]) == 16 * 24 + sum(
        len(values) for table in tables().values() for values in table["rows"].values()
    )


def test_the_page_is_in_the_guide():
    page = (ROOT / "docs" / "paper.md").read_text(encoding="utf-8")
    assert "../benchmarks/results/paper.md" in page
    assert "../benchmarks/results/paper.svg" in page
    assert "<paper>" in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")


# What is printed


def test_tables_2_to_9_are_those_of_the_paper(printed):
    for number, table in tables().items():
        _, _, text = printed.partition(f"Table {number}: {table['caption']}")
        assert text, f"no caption of table {number}"
        block = text.strip("\n").split("\n\n")[0].splitlines()
        lines = [line.split("\t") for line in block if re.search(r"\t[\d✓ ]", line)]
        found = {row[0]: [float(x) for x in re.findall(r"\d+\.?\d*", " ".join(row[1:]))] for row in lines}
        rows = {name: values for name, values in table["rows"].items() if "deviation" not in name}
        if number == 9:
            rows = {
                name: [x for pair in zip(values, table["rows"][f"{name}, deviation"], strict=True) for x in pair]
                for name, values in rows.items()
            }
        assert found.keys() >= rows.keys(), number
        for name, values in rows.items():
            assert found[name] == values, (number, name)


def test_table_1_is_that_of_the_paper(printed):
    block = printed.partition("Table 1: Comparison of MAP performance")[2].partition("Figure 6")[0]
    lines = [line.split("\t") for line in block.splitlines() if line.count("\t") == 12]
    figures = [
        (row[0], [float(x) for x in row[1:]]) for row in lines if re.fullmatch(r"[\d.]+", row[1]) and row[1] != "16"
    ]
    ours = [
        (row.method, [x for dataset in PAPER_SETS for x in getattr(row, way)[dataset]])
        for way in ("image_to_text", "text_to_image")
        for row in published_rows()
    ]
    assert figures == ours


def test_printed_figures_agree_where_they_are_the_same():
    every, source = tables(), published()

    def first(method, dataset, way):
        return source.scores[Key(method, dataset, 128, way)][0]

    both = [(dataset, way) for dataset in PAPER_SETS for way in WAYS]
    assert every[2]["rows"]["HINT"] == [first("HINT", *one) for one in both]
    assert every[7]["rows"]["Cosine"] == [first("HINT", PAPER_SETS[0], way) for way in WAYS]
    assert every[8]["rows"]["HINT"][:4] == [first("HINT", d, way) for d in ("MIRFlickr-25K", "MS-COCO") for way in WAYS]
    assert all(values[2] == first(name, PAPER_SETS[0], "I→T") for name, values in every[5]["rows"].items())
    for short, long, times in zip(*every[4]["rows"].values(), strict=True):
        low, high = (long - 0.05) / (short + 0.05), (long + 0.05) / (short - 0.05)
        assert low - 0.05 <= times <= high + 0.05


def bare(text):
    """Words without the marks and breaks that differ between a quote and its place."""
    return re.sub(r"\s+", " ", text.replace("$", "").replace("*", ""))


@pytest.mark.parametrize("name", ["paper_contradictions.toml", "paper_words.toml", "paper_claims.toml"])
def test_every_quote_is_in_the_paper(name, printed):
    text = bare(printed)
    entries = [one for kind in read(name).values() for one in kind]
    quotes = [quote for one in entries for quote in one.get("quotes", [one["sentence"]] if "sentence" in one else [])]
    assert quotes
    assert [quote for quote in quotes if bare(quote) not in text] == []


# Verdicts


def test_no_verdict_is_written_down():
    for one in read("paper_claims.toml")["claim"]:
        assert {"verdict", "holds", "confirmed"}.isdisjoint(one)
        assert one["rule"] in RULES
        assert one["means"]
    assert len({one["sentence"] for one in read("paper_claims.toml")["claim"]}) == len(
        read("paper_claims.toml")["claim"]
    )


def test_every_claim_can_be_decided_somewhere(sources):
    for claim in claims(sources):
        assert any(claim.verdict(source.name) != UNTESTABLE for source in sources), claim.sentence


def test_what_figures_contradict_they_contradict(sources):
    found = contradictions(claims(sources), sources[0].name)
    assert len({entry["title"] for entry, _ in found}) == len(found)
    assert [entry["title"] for entry, check in found if check is not None and not check[0]] == []
    assert all(check is not None or entry["quotes"] for entry, check in found)
    assert Counter(check is not None for _, check in found)[True] >= 20


def test_a_contradiction_is_gone_where_the_figures_agree():
    assert paper_checks.differ([["1: HINT, MIRFlickr-25K I→T 128", "2: HINT, MIRFlickr-25K I→T"]])[0] is False
    assert paper_checks.above([["6: HINT, T→I(10% n)", "6: DEMO, T→I(10% n)"]])[0] is False


def test_every_looked_into_run_can_be_replayed():
    records = paper.found_in(RESULTS).files[-1]
    names = [line["name"] for line in records if line.get("name", "").startswith("run, ")]
    assert names
    assert {cell.name for group in paper_runs.groups(records) for cell in group.cells} == set(names)


# Commands for the sets that are not here


def asked():
    """Every command that prepares or looks at files, those that train on the first set, and one for each other set.

    Of two that differ in the preset alone there is one, but for the first.
    """
    found = [line for _, what, lines in paper_report.commands() if what == "the files" for line in lines]
    train_on = [
        [line for n, what, lines in paper_report.commands() if n == name and what != "the files" for line in lines]
        for name in PAPER_SETS
    ]
    first = [train_on[0][0], *(line.replace(" --preset paper", "") for line in train_on[0])]
    return list(dict.fromkeys([*found, *first, *(lines[0] for lines in train_on)]))


@pytest.mark.parametrize("line", asked())
def test_a_printed_command_waits_for_nothing_but_its_files(line, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    if (
        importlib.util.find_spec("torchvision") is None
    ):  # a backbone that needs it is refused before files are looked at
        line = line.replace("torchvision:vgg19", "pixels")
    program, *arguments = shlex.split(line)
    with pytest.raises(SystemExit) as ended:
        {"hint-train": train, "hint-data": data}[program].main(arguments)
    assert ended.value.code == 3, capsys.readouterr().err


def test_a_preparation_for_several_lengths_is_set_against_the_training_of_one():
    assert prepared_share({"prepare": 1.0, "train": 36.0}, 4) == 10.0
    assert prepared_share({"prepare": 1.0, "train": 9.0}, 1) == 10.0
