"""The page of the paper: in step with its figures, transcribed right, and every verdict found by a rule."""

import importlib.util
import re
import shlex
import statistics
from collections import Counter

import numpy as np
import pytest
from benchmarks.records import RESULTS, ROOT
from benchmarks.training import (
    paper,
    paper_cells,
    paper_checks,
    paper_report,
    paper_run_rules,
    paper_runs,
    paper_theory,
)
from benchmarks.training.figures import SHARED
from benchmarks.training.paper_numbers import PAPER_SETS, WAYS, Key, Source, published, read, tables
from benchmarks.training.paper_verdicts import CONFIRMED, NOT, UNTESTABLE, claims, contradictions

from hint_train.cli import data, train
from hint_train.data import PairedData
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


def invented(**scores):
    """A source of one set, with figures by name: those of 16, 32, 64 and 128 bits, the same from text to image but one point more."""
    found = Source(name="invented", sets=("a",), rivals=("UCCH",))
    for name, values in scores.items():
        for bits, value in zip(paper_cells.BITS, values, strict=True):
            for i, way in enumerate(WAYS):
                found.scores[Key(name.replace("_", " "), "a", bits, way)] = {0: value + i}
    return found


UP, DOWN = (50, 60, 65, 66), (66, 65, 60, 50)
FLAT, LOW = (50, 50, 50, 50), (40, 40, 40, 40)


@pytest.mark.parametrize(
    ("rule", "options", "scores", "holds"),
    [
        ("first", {}, {"HINT": UP, "UCCH": LOW}, True),
        ("first", {}, {"HINT": UP, "UCCH": (51, 40, 40, 40)}, False),
        ("typically_above", {"better": ["UCCH"], "worse": ["CVH"]}, {"UCCH": UP, "CVH": (40, 40, 40, 99)}, True),
        ("typically_above", {"better": ["UCCH"], "worse": ["CVH"]}, {"UCCH": UP, "CVH": (40, 40, 99, 99)}, False),
        ("harder", {}, {"HINT": UP}, False),
        ("rising", {}, {"HINT": UP}, True),
        ("rising", {}, {"HINT": DOWN}, False),
        ("diminishing", {}, {"HINT": UP}, True),
        ("diminishing", {}, {"HINT": (50, 51, 55, 60)}, False),
        ("best_of", {"names": ["HINT", "UCCH"], "best": "HINT", "bits": [64]}, {"HINT": UP, "UCCH": FLAT}, True),
        ("best_of", {"names": ["HINT", "UCCH"], "best": "UCCH", "bits": [64]}, {"HINT": UP, "UCCH": FLAT}, False),
        ("chain", {"names": ["UCCH", "HINT"]}, {"HINT": UP, "UCCH": LOW}, True),
        ("chain", {"names": ["HINT", "UCCH"]}, {"HINT": UP, "UCCH": LOW}, False),
        ("within", {"names": ["HINT", "UCCH"], "margin": 20, "bits": 16}, {"HINT": FLAT, "UCCH": LOW}, True),
        ("within", {"names": ["HINT", "UCCH"], "margin": 9, "bits": 16}, {"HINT": FLAT, "UCCH": LOW}, False),
        ("least_loss", {"rivals": ["UCCH"], "bits": [16]}, {"HINT": FLAT, "HINT_noise": (49,) * 4, "UCCH": FLAT, "UCCH_noise": LOW}, True),
        ("least_loss", {"rivals": ["UCCH"], "bits": [16]}, {"HINT": FLAT, "HINT_noise": LOW, "UCCH": FLAT, "UCCH_noise": (49,) * 4}, False),
        ("advantage", {"best": "HINT", "names": ["UCCH"], "least": 9, "most": 11, "bits": [16]}, {"HINT": FLAT, "UCCH": LOW}, True),
        ("advantage", {"best": "HINT", "names": ["UCCH"], "least": 9, "most": 9.5, "bits": [16]}, {"HINT": FLAT, "UCCH": LOW}, False),
        ("largest_steps", {"names": ["CVH", "UCCH", "HINT"], "steps": ["HINT"], "bits": [128]}, {"CVH": LOW, "UCCH": FLAT, "HINT": UP}, True),
        ("largest_steps", {"names": ["CVH", "UCCH", "HINT"], "steps": ["UCCH"], "bits": [128]}, {"CVH": LOW, "UCCH": FLAT, "HINT": UP}, False),
        ("settings", {"bits": 64}, {"HINT_K_1": UP, "HINT_K_2": LOW, "HINT_tau_0.1": UP, "UCCH": FLAT}, True),
        ("settings", {"bits": 64}, {"HINT_K_1": LOW, "HINT_K_2": LOW, "HINT_tau_0.1": UP, "UCCH": FLAT}, False),
    ],
)  # fmt: skip
def test_a_rule_follows_the_figures(rule, options, scores, holds):
    assert {one.holds for one in RULES[rule](invented(**scores), **options)} == {holds}


def test_a_rule_says_nothing_without_figures():
    arguments = {
        one["rule"]: {name: value for name, value in one.items() if name not in ("place", "sentence", "rule", "means")}
        for one in read("paper_claims.toml")["claim"]
    }
    nothing = Source(name="nothing", sets=("a",), rivals=("UCCH",))
    for name, rule in RULES.items():
        if name not in paper_theory.THEORY:
            assert list(rule(nothing, **arguments[name])) == [], name


def test_deviations_are_over_seeds():
    source = Source(
        name="seeds", sets=("a",), rivals=(), scores={Key("HINT", "a", 16, "I→T"): {0: 1.0, 1: 2.0, 2: 4.0}}
    )
    (one,) = RULES["steady"](source, limit=1.0)
    assert not one.holds
    assert one.said == f"largest {statistics.stdev([1, 2, 4]):.2f} (16 bits, I→T)"


def test_seeds_that_only_one_side_has_are_left_out():
    scores = {Key("HINT", "a", 16, "I→T"): {0: 1.0, 1: 100.0}, Key("UCCH", "a", 16, "I→T"): {0: 3.0}}
    assert Source(name="seeds", sets=("a",), rivals=(), scores=scores).common(["HINT", "UCCH"], "a", 16, "I→T") == [
        1,
        3,
    ]


def a_run(**changes):
    curve = {"n": [1, 2, 4], "precision": [0.9, 0.8, 0.5], "recall": [0.1, 0.2, 1.0]}
    return {
        "curves": {"image_to_text": curve, "text_to_image": curve},
        "lambda": [3.0, 1.0, 0.5],
        "mixing": {"mixed": 0.48, "pair": 0.2},
        "classes": {"head": 0.5, "medium": 0.5, "tail": 0.5},
    } | changes


def test_rules_of_runs_follow_the_runs():
    worse = {"n": [1, 2, 4], "precision": [0.8, 0.7, 0.5], "recall": [0.05, 0.1, 1.0]}
    other = a_run(
        curves=dict.fromkeys(("image_to_text", "text_to_image"), worse),
        mixing={"mixed": 0.3, "pair": 0.4},
        classes={"head": 0.45, "medium": 0.45, "tail": 0.3},
    )
    for own, rival, holds in ((a_run(), other, True), (other, a_run(), False)):
        runs = {("HINT", "a", 128): own, ("UCCH", "a", 128): rival}
        source = Source(name="runs", sets=("a",), rivals=("UCCH",), runs=runs)
        for rule, options in (
            ("curves", {"bits": [128]}),
            ("mixed", {"rivals": ["UCCH"]}),
            ("groups", {}),
            ("tail", {}),
        ):
            assert [one.holds for one in RULES[rule](source, **options)] == [holds], rule
    for found, holds in (([3.0, 1.0, 0.5], [True]), ([0.5, 1.0, 3.0], [False]), ([1.0, 1.0], [])):
        source = Source(name="runs", sets=("a",), rivals=(), runs={("HINT", "a", 128): a_run(**{"lambda": found})})
        assert [one.holds for one in RULES["falling"](source)] == holds


def test_time_is_no_merit_without_figures():
    source = invented(HINT=UP, UCCH=FLAT)
    source.time.update({("HINT", "a"): 1.0, ("UCCH", "a"): 2.0})
    assert [one.holds for one in RULES["comparable_time"](source, most=1.5, superior=True)] == [True]
    assert [one.holds for one in RULES["comparable_time"](source, most=0.4)] == [False]
    source = invented(HINT=LOW, UCCH=FLAT)
    source.time.update({("HINT", "a"): 1.0, ("UCCH", "a"): 2.0})
    assert [one.holds for one in RULES["comparable_time"](source, most=1.5, superior=True)] == [False]


def test_equations():
    as_printed, as_ours = paper_theory.AS_PRINTED, paper_theory.AS_OURS
    for check in paper_theory.THEORY.values():
        assert check(as_printed)[0] is False
        assert check(as_ours)[0] is True
    assert paper_theory.merges_that_raise(10)[0] == 0


# Runs that are looked into


def small(image, text, labels):
    rows = np.arange(len(labels))
    data = PairedData(name="small", image=image, text=text, labels=labels, query=rows, retrieval=rows, train=rows)
    return data, {"image": np.packbits(image > 0, axis=1), "text": np.packbits(text > 0, axis=1)}


def test_mixing_tells_modalities_that_lie_apart():
    source = np.random.default_rng(0)
    image = source.choice([-1.0, 1.0], size=(40, 64)).astype(np.float32)
    labels = np.eye(2, dtype=bool)[np.arange(40) % 2]
    near_one = np.where(source.random((40, 64)) < 0.1, -1.0, 1.0).astype(np.float32)
    assert paper_runs.mixing(*small(near_one, -near_one, labels))["mixed"] == 0
    together = paper_runs.mixing(*small(image, source.permutation(image), labels))
    assert together["mixed"] == pytest.approx(0.5, abs=0.06)
    assert together["pair"] == pytest.approx(1.0, abs=0.05)
    assert paper_runs.mixing(*small(image, image, labels))["pair"] == 0


def test_classes_are_grouped_by_their_size():
    sizes = [12, 9, 8, 5, 4, 3, 2, 2]
    of = np.repeat(np.arange(8), sizes)
    labels = np.eye(8, dtype=bool)[of]
    codes = np.array([[1.0 if (c >> b) & 1 else -1.0 for b in range(8)] for c in of], dtype=np.float32)
    codes[of >= 6] = 1.0  # the two smallest classes share a code
    found = paper_runs.by_class_size(*small(codes, codes, labels), 8)
    assert found["head"] == found["medium"] == 1
    assert 0.4 < found["tail"] < 0.9
    balanced = np.eye(8, dtype=bool)[np.arange(45) % 8]
    assert paper_runs.by_class_size(*small(codes, codes, balanced), 8) == {}


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


def test_levels_that_go_from_broad_to_fine():
    levels = {"height": 3, "levels": [1, 2, 3], "classes": [2, 4, 8], "labels_master": [0.9, 0.5, 0.2]}
    for middle, fine, holds in (([0.5, 0.9, 0.4], [0.2, 0.5, 0.9], True), ([0.9, 0.5, 0.4], [0.2, 0.5, 0.9], False)):
        found = {"a": {**levels, "labels": middle, "labels_article": fine}}
        (one,) = RULES["granular"](Source(name="levels", sets=("a",), rivals=(), granularity=found))
        assert one.holds is holds
