"""Contradictions that figures show: whether what is printed is at odds, and with which figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.training.paper_cells import BITS
from benchmarks.training.paper_numbers import PAPER_SETS, WAYS, Key, tables
from benchmarks.training.paper_numbers import published as printed_source
from benchmarks.training.paper_theory import merges_that_raise

Check = tuple[bool, str]
Pairs = list[list[str]]


def cell(address: str) -> float:
    """The figure at `table: row, column`."""
    number, _, rest = address.partition(": ")
    row, column = rest.split(", ")
    if number == "1":
        dataset, way, bits = column.rsplit(" ", 2)
        return printed_source().scores[Key(row, dataset, int(bits), way)][0]
    table = tables()[int(number)]
    return float(table["rows"][row][table["columns"].index(column)])


def _compared(pairs: Pairs, sign: str, holds: Callable[[float, float], bool]) -> Check:
    found = [(cell(a), cell(b)) for a, b in pairs]
    return all(holds(a, b) for a, b in found), ", ".join(f"{a:g} {sign} {b:g}" for a, b in found)


def differ(pairs: Pairs) -> Check:
    """Cells that ought to be equal."""
    return _compared(pairs, "≠", lambda a, b: a != b)


def equal(pairs: Pairs) -> Check:
    """Cells that ought to differ, or that show which length a table has."""
    return _compared(pairs, "=", lambda a, b: a == b)


def above(pairs: Pairs) -> Check:
    """A cell above one that is said to be above it."""
    return _compared(pairs, ">", lambda a, b: a > b)


def shifted(_: Pairs) -> Check:
    """Table 9's lengths against Table 1's."""
    every = tables()[9]
    source = printed_source()
    for way in WAYS:
        here = every["rows"][way]
        there = [source.scores[Key("HINT", PAPER_SETS[0], bits, way)][0] for bits in BITS]
        if here != there:
            return False, f"{way}: {here} and {there}"
    return True, f"{', '.join(every['columns'])} and {', '.join(map(str, BITS))}: " + " ".join(
        f"{x:g}" for x in every["rows"]["I→T"]
    )


def hours(pairs: Pairs) -> Check:
    """Minutes and hours of one training."""
    minutes, in_hours = cell(pairs[0][0]), cell(pairs[0][1])
    return round(minutes / 60, 1) != in_hours, f"{minutes:g} min = {minutes / 60:.1f} h, and {in_hours:g} h"


def parameters(_: Pairs) -> Check:
    """Weights and offsets of two networks d - 512 - 128 from 4,096 image features and 1,386 words."""
    count = sum(d * 512 + 512 + 512 * 128 + 128 for d in (4096, 1386)) / 1e6
    printed = cell("5: HINT, Params (M)")
    return abs(count - printed) > 1, f"{printed:g} M printed; 4,096 and 1,386 features to 512 to 128 are {count:.2f} M"


def within_deviation(_: Pairs) -> Check:
    """Gains over the best rival of Table 1 that are at most one deviation of Table 9, with its lengths taken as Table 1's."""
    source, mir = printed_source(), PAPER_SETS[0]
    gaps, small = [], 0
    for way in WAYS:
        for bits, deviation in zip(BITS, tables()[9]["rows"][f"{way}, deviation"], strict=True):
            best = max(source.scores[Key(name, mir, bits, way)][0] for name in source.rivals)
            gaps.append(source.scores[Key("HINT", mir, bits, way)][0] - best)
            small += gaps[-1] <= deviation
    return 2 * small >= len(
        gaps
    ), f"{small} of {len(gaps)} gains on MIRFlickr-25K ({min(gaps):.1f} to {max(gaps):.1f}) are within one deviation"


def merges(_: Pairs) -> Check:
    """Merges of linked nodes of one parent never raise the entropy."""
    raised, tried = merges_that_raise()
    return raised == 0, f"{raised} of {tried} merges in random graphs raise it"


def dimensions(_: Pairs) -> Check:
    """Lengths of f and of a code."""
    features, longest = (4096, 1386, 1000, 2026), max(BITS)
    return min(features) > longest, f"f has {', '.join(f'{x:,}' for x in features)} numbers, a code at most {longest}"


CHECKS: dict[str, Callable[[Pairs], Check]] = {
    check.__name__: check
    for check in (differ, equal, above, shifted, hours, parameters, within_deviation, merges, dimensions)
}


def checked(entry: dict[str, Any], claims: dict[str, tuple[bool | None, str]]) -> Check | None:
    """What the figures say of a contradiction; None where it is one of words.

    Parameters
    ----------
    claims
        Verdict and figures of each claim in the paper's own tables, by its sentence.
    """
    if "check" in entry:
        return CHECKS[entry["check"]](entry.get("cells", []))
    if "claim" in entry:
        holds, said = claims[entry["claim"]]
        return holds is False, said
    return None
