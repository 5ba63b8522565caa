"""Rules follow the figures that they are given, equations are computed right, and what a run shows is measured right."""

import statistics

import numpy as np
import pytest
from benchmarks.training import paper_cells, paper_run_rules, paper_runs, paper_theory
from benchmarks.training.paper_numbers import WAYS, Key, Source, read

from hint_train.data import PairedData

RULES = paper_run_rules.RULES


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


def test_a_smaller_loss_is_no_gain():
    behind = a_run(classes={"head": 0.3, "medium": 0.3, "tail": 0.45})
    runs = {("HINT", "a", 128): behind, ("UCCH", "a", 128): a_run()}
    assert [one.holds for one in RULES["tail"](Source(name="runs", sets=("a",), rivals=("UCCH",), runs=runs))] == [
        False
    ]


def test_equations():
    as_printed, as_ours = paper_theory.AS_PRINTED, paper_theory.AS_OURS
    for check in paper_theory.THEORY.values():
        assert check(as_printed)[0] is False
        assert check(as_ours)[0] is True
    assert paper_theory.merges_that_raise(10)[0] == 0


def test_levels_that_go_from_broad_to_fine():
    levels = {"height": 3, "levels": [1, 2, 3], "classes": [2, 4, 8], "labels_master": [0.9, 0.5, 0.2]}
    for middle, fine, holds in (([0.5, 0.9, 0.4], [0.2, 0.5, 0.9], True), ([0.9, 0.5, 0.4], [0.2, 0.5, 0.9], False)):
        found = {"a": {**levels, "labels": middle, "labels_article": fine}}
        (one,) = RULES["granular"](Source(name="levels", sets=("a",), rivals=(), granularity=found))
        assert one.holds is holds


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
