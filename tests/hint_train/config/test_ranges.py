"""What an option accepts, in the words of a fault."""

import math
from dataclasses import dataclass

import pytest

from hint_train.config.ranges import Count, Finite, InnerShare, Positive, Share, SomeShare, Weight, faults


@dataclass(frozen=True)
class Section:
    any_number: Finite = 0.0
    how_many: Count | None = None
    weight: Weight = 0.0
    divisor: Positive = 1.0
    share: Share = 0.0
    inner: InnerShare = 0.5
    some: tuple[SomeShare, ...] = (1.0,)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"any_number": -1e300}, []),
        ({"any_number": math.nan}, ["--any-number must be finite, got nan"]),
        ({"how_many": 0}, ["--how-many must be at least 1, got 0"]),
        ({"weight": math.inf}, ["--weight must be at least 0 and finite, got inf"]),
        ({"divisor": 0.0}, ["--divisor must be greater than 0 and finite, got 0"]),
        ({"share": 1.5}, ["--share must lie between 0 and 1, got 1.5"]),
        ({"inner": 1.0}, ["--inner must lie between 0 and 1, both excluded, got 1"]),
        ({"some": (0.0, 1.0, 2.0)}, ["--some must lie in (0, 1], got 0", "--some must lie in (0, 1], got 2"]),
    ],
)
def test_faults(changes, expected):
    assert list(faults(Section(**changes))) == expected
