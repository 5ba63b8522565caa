"""Rules that decide a claim of the paper by mAP: each says, set by set, whether it holds and by which figures."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product

from benchmarks.training.paper_cells import BITS
from benchmarks.training.paper_numbers import WAYS, Finding, Source

Rule = Callable[..., Iterator[Finding]]
_MOST = 0.75
"""The share of comparisons that "typically" and "generally" ask for."""
HINT = "HINT"


def _gains(source: Source, dataset: str, rivals: Sequence[str]) -> list[tuple[float, int, str, str]]:
    """HINT less the best rival: points, code length, direction, rival."""
    found = []
    for bits in BITS:
        for way in WAYS:
            pairs = {name: source.common([HINT, name], dataset, bits, way) for name in rivals}
            gaps = {name: pair[0] - pair[1] for name, pair in pairs.items() if pair is not None}
            if gaps:
                least = min(gaps, key=lambda name: gaps[name])
                found.append((gaps[least], bits, way, least))
    return found


def first(source: Source) -> Iterator[Finding]:
    """HINT above every rival in every cell."""
    for dataset in source.sets:
        gains = _gains(source, dataset, source.rivals)
        if gains:
            gap, bits, way, name = min(gains)
            won = sum(gain > 0 for gain, *_ in gains)
            said = f"{won} of {len(gains)} cells; least {gap:+.1f} over {name} ({bits} bits, {way})"
            yield Finding(dataset, won == len(gains), said)


def typically_above(source: Source, *, better: Sequence[str], worse: Sequence[str]) -> Iterator[Finding]:
    """Most comparisons of one group with another are won."""
    for dataset in source.sets:
        keys = [(a, b, bits, way) for a in better for b in worse for bits in BITS for way in WAYS]
        pairs = [source.common([a, b], dataset, bits, way) for a, b, bits, way in keys]
        won = [pair[0] > pair[1] for pair in pairs if pair is not None]
        if won:
            yield Finding(dataset, statistics.fmean(won) >= _MOST, f"{sum(won)} of {len(won)} comparisons")


def larger_gain(source: Source) -> Iterator[Finding]:
    """The gain over the best rival is larger from text to image."""
    for dataset in source.sets:
        gains = _gains(source, dataset, source.rivals)
        if gains:
            image, text = (statistics.fmean(g for g, _, way, _ in gains if way == one) for one in WAYS)
            yield Finding(dataset, text > max(image, 0), f"{text:+.2f} T→I, {image:+.2f} I→T")


def harder(source: Source) -> Iterator[Finding]:
    """Text to image scores less than image to text."""
    for dataset in source.sets:
        both = [[source.common([HINT], dataset, bits, way) for way in WAYS] for bits in BITS]
        gaps = [a[0] - b[0] for a, b in both if a is not None and b is not None]
        if gaps:
            yield Finding(dataset, min(gaps) > 0, f"I→T less T→I: {_listed(gaps)}")


def rising(source: Source) -> Iterator[Finding]:
    """Longer codes are better by and large."""
    for dataset, way, found in _over_bits(source):
        steps = [b > a for a, b in pairwise(found)]
        holds = found[-1] > found[0] and sum(steps) * 2 > len(steps)
        yield Finding(f"{dataset}, {way}", holds, _listed(found, sign=""))


def diminishing(source: Source) -> Iterator[Finding]:
    """The last doubling gains less than the first."""
    for dataset in source.sets:
        found = [source.mean([HINT], dataset, bits) for bits in BITS]
        if all(found):
            steps = [b[0] - a[0] for a, b in pairwise(found) if a and b]
            yield Finding(dataset, steps[-1] < steps[0], f"gains {_listed(steps)}")


def _over_bits(source: Source) -> Iterator[tuple[str, str, list[float]]]:
    for dataset in source.sets:
        for way in WAYS:
            found = [source.common([HINT], dataset, bits, way) for bits in BITS]
            if all(found):
                yield dataset, way, [x[0] for x in found if x is not None]


def best_of(source: Source, *, names: Sequence[str], best: str, bits: Sequence[int]) -> Iterator[Finding]:
    """One name above all others that were measured, in both directions."""
    for dataset, length in product(source.sets, bits):
        there = [name for name in names if source.has(name, dataset, length)]
        if best in there and len(there) > 1:
            found = {way: source.common(there, dataset, length, way) for way in WAYS}
            tops = [there[x.index(max(x))] for x in found.values() if x is not None]
            said = "; ".join(f"{way} {_named(there, x)}" for way, x in found.items() if x is not None)
            yield Finding(f"{dataset}, {length} bits", all(top == best for top in tops), said)


def largest_steps(
    source: Source, *, names: Sequence[str], steps: Sequence[str], bits: Sequence[int]
) -> Iterator[Finding]:
    """The steps that end at some names are larger than all others."""
    for dataset, length in product(source.sets, bits):
        found = source.mean(names, dataset, length)
        if found is not None:
            gains = {b: y - x for (_, x), (b, y) in pairwise(zip(names, found, strict=True))}
            chosen = [gains.pop(name) for name in steps]
            every = {**dict(zip(steps, chosen, strict=True)), **gains}
            said = ", ".join(f"to {name.removeprefix('HINT ')} {gain:+.2f}" for name, gain in every.items())
            yield Finding(f"{dataset}, {length} bits", min(chosen) > max(gains.values()), said)


def chain(source: Source, *, names: Sequence[str], bits: Sequence[int] = BITS, both: bool = False) -> Iterator[Finding]:
    """Each name above the one before, at every length that was measured; in both directions, or their mean."""
    for dataset in source.sets:
        rows: list[tuple[str, list[float]]] = []
        for length in bits:
            if both:
                rows += [(f"{length} {way} ", x) for way in WAYS if (x := source.common(names, dataset, length, way))]
            elif found := source.mean(names, dataset, length):
                rows.append((f"{length}: ", found))
        if rows:
            said = "; ".join(f"{what}{_listed(found, sign='')}" for what, found in rows)
            yield Finding(dataset, all(a < b for _, found in rows for a, b in pairwise(found)), said)


def within(source: Source, *, names: Sequence[str], margin: float, bits: int) -> Iterator[Finding]:
    """A spread of at most so many points in both directions."""
    for dataset in source.sets:
        found = [source.common(names, dataset, bits, way) for way in WAYS]
        spans = [max(x) - min(x) for x in found if x is not None]
        if spans:
            said = "; ".join(f"{way} {_listed(x, sign='')}" for way, x in zip(WAYS, found, strict=True) if x)
            yield Finding(dataset, max(spans) <= margin, f"spread {_listed(spans, sign='')}: {said}")


def steady(source: Source, *, limit: float) -> Iterator[Finding]:
    """Deviations over seeds below a limit."""
    for dataset in source.sets:
        keys = [key for key in {**source.scores, **source.spread} if key.name == HINT and key.dataset == dataset]
        found = [(deviation, key) for key in keys if (deviation := source.deviation(key)) is not None]
        if found:
            worst, key = max(found)
            yield Finding(dataset, worst < limit, f"largest {worst:.2f} ({key.bits} bits, {key.way})")


def least_loss(source: Source, *, rivals: Sequence[str], bits: Sequence[int]) -> Iterator[Finding]:
    """HINT loses less by noise than each rival."""
    for dataset, length in product(source.sets, bits):
        losses: dict[str, list[float]] = {}
        for name in (HINT, *rivals):
            clean = f"{name} clean" if source.has(f"{name} clean", dataset, length) else name
            found = [source.common([clean, f"{name} noise"], dataset, length, way) for way in WAYS]
            if all(found):
                losses[name] = [a - b for a, b in (x for x in found if x)]
        own = losses.pop(HINT, None)
        if own and losses:
            holds = all(a < b for other in losses.values() for a, b in zip(own, other, strict=True))
            said = "; ".join(f"{name} {_listed(x)}" for name, x in {HINT: own, **losses}.items())
            yield Finding(f"{dataset}, {length} bits", holds, f"lost I→T, T→I: {said}")


def advantage(
    source: Source, *, best: str, names: Sequence[str], least: float, most: float, bits: Sequence[int]
) -> Iterator[Finding]:
    """Every gap to the best lies in a range."""
    for dataset, length in product(source.sets, bits):
        found = [source.common([best, *names], dataset, length, way) for way in WAYS]
        gaps = [round(x[0] - other, 6) for x in found if x is not None for other in x[1:]]
        if gaps:
            yield Finding(
                f"{dataset}, {length} bits", all(least <= gap <= most for gap in gaps), f"gaps {_listed(gaps)}"
            )


def settings(source: Source, *, bits: int) -> Iterator[Finding]:
    """Above UCCH at most settings of K and tau."""
    for dataset in source.sets:
        names = sorted({key.name for key in source.scores if key.name.startswith(("HINT K", "HINT tau"))})
        gaps = [pair[0] - pair[1] for name in names if (pair := source.mean([name, "UCCH"], dataset, bits))]
        if gaps:
            won = sum(gap > 0 for gap in gaps)
            yield Finding(dataset, 2 * won > len(gaps), f"{won} of {len(gaps)} settings; least {min(gaps):+.1f}")


def _listed(values: Sequence[float], sign: str = "+") -> str:
    return " ".join(f"{value:{sign}.1f}" for value in values)


def _named(names: Sequence[str], values: Sequence[float]) -> str:
    return ", ".join(f"{name.removeprefix('HINT ')} {value:.1f}" for name, value in zip(names, values, strict=True))


RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        *(first, typically_above, larger_gain, harder, rising, diminishing, best_of, largest_steps, chain, within),
        *(steady, least_loss, advantage, settings),
    )
}
