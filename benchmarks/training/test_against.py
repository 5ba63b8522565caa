"""The comparison with another commit: what a ratio and a difference are measured to, and that sides are packages of their own."""

import pytest
from benchmarks.training.against import BARE, BASE_SIDE, HERE, MARKS, UCCH, commands, compared


def rows(what, side, seconds, **more):
    return [{"what": what, "side": side, "round": i, "load": 0.0, "cpu": x, **more} for i, x in enumerate(seconds)]


def test_a_ratio_is_the_median_of_those_of_the_rounds():
    found = rows("hint-encode, ten rows", BASE_SIDE, (1.0, 2.0, 4.0)) + rows(
        "hint-encode, ten rows", HERE, (0.4, 1.2, 1.8)
    )
    ((cells, holds),) = compared(found)
    assert cells[4:7] == ["0.45 x", "0.40 to 0.60", "0.5 x"]
    assert holds


def test_help_is_compared_with_an_interpreter_that_does_nothing():
    found = rows(BARE, BARE, (0.1, 0.1, 0.1)) + rows("hint-train --help", HERE, (0.3, 0.5, 0.6))
    ((cells, holds),) = compared(found)
    assert cells[4] == "0.40 s more"
    assert not holds


@pytest.mark.parametrize(("result", "same"), [("a", "yes"), ("b", "NO")])
def test_a_faster_step_of_other_bits_holds_nothing(result, same):
    found = rows("step", BASE_SIDE, (1.0,), result="a") + rows("step", UCCH, (1.0,), result="-")
    lines = compared(found + rows("step", HERE, (0.5,), result=result))
    assert [cells[0] for cells, _ in lines] == ["step", "step of UCCH"]
    assert lines[0][0][7] == same
    assert [holds for _, holds in lines] == [same == "yes", True]


def test_every_command_of_a_mark_is_one_that_is_started(tmp_path):
    assert set(commands(tmp_path)) == {name for name in MARKS if not name.startswith("step")}
