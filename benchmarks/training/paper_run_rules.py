"""Rules that decide a claim of the paper by what else a run shows: time, curves, classes, codes; and by computation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from benchmarks.training import paper_rules
from benchmarks.training.paper_cells import BITS
from benchmarks.training.paper_levels import CLASSES
from benchmarks.training.paper_numbers import Finding, Source
from benchmarks.training.paper_rules import HINT, Rule
from benchmarks.training.paper_theory import THEORY


def speedup(source: Source, *, least: float) -> Iterator[Finding]:
    """Floats take so many times as long as hash codes."""
    for way, found in source.speedups.items():
        said = ", ".join(f"{bits}: {ratio:.1f}×" for bits, ratio in sorted(found.items()))
        yield Finding(way, min(found.values()) >= least, said)


def comparable_time(
    source: Source, *, most: float, rivals: Sequence[str] = ("DEMO", "UDDH", "UCCH"), superior: bool = False
) -> Iterator[Finding]:
    """HINT's time over each rival's; with `superior` also its mAP above theirs at the longest code."""
    for dataset in source.sets:
        own = source.time.get((HINT, dataset))
        there = {name: own / source.time[name, dataset] for name in rivals if own and (name, dataset) in source.time}
        if there:
            holds, said = max(there.values()) <= most, [f"{ratio:.2f} × {name}" for name, ratio in there.items()]
            for name in there if superior else ():
                pair = source.mean([HINT, name], dataset, max(BITS))
                if pair is not None:
                    holds &= pair[0] > pair[1]
                    said.append(f"{pair[0] - pair[1]:+.1f} points over {name}")
            yield Finding(dataset, holds, ", ".join(said))


def small_share(source: Source, *, most: float) -> Iterator[Finding]:
    """What making the tree takes of the time."""
    for dataset, share in source.share.items():
        yield Finding(dataset, share < most, f"{share:.1f} %")


def falling(source: Source) -> Iterator[Finding]:
    """Lambda falls over the epochs."""
    for (name, dataset, bits), run in source.runs.items():
        found = run["lambda"]
        if name == HINT and bits == max(BITS) and len(set(found)) > 1:
            down = sum(b < a for a, b in pairwise(found))
            up = sum(b > a for a, b in pairwise(found))
            said = f"{found[0]:.3f} first, {found[-1]:.3f} last; falls in {down}, rises in {up} of {len(found)} epochs"
            yield Finding(dataset, found[-1] < found[0] and down > up, said)


def curves(source: Source, *, bits: Sequence[int]) -> Iterator[Finding]:
    """Precision and recall of the first N above every rival's."""
    for dataset in source.sets:
        won: list[bool] = []
        for length in bits:
            own = source.runs.get((HINT, dataset, length))
            others = [source.runs.get((name, dataset, length)) for name in source.rivals]
            for other in (x for x in others if own and x):
                for way, curve in own["curves"].items():  # type: ignore[index]
                    for what in ("precision", "recall"):
                        pairs = zip(curve[what][:-1], other["curves"][way][what][:-1], strict=True)  # type: ignore[index]
                        won += [a > b for a, b in pairs]
        if won:
            yield Finding(dataset, all(won), f"ahead at {sum(won)} of {len(won)} points")


def mixed(source: Source, *, rivals: Sequence[str]) -> Iterator[Finding]:
    """Modalities lie among one another more evenly than a rival's."""
    for dataset in source.sets:
        names = (HINT, *rivals)
        shares = {n: r["mixing"]["mixed"] for n in names if (r := source.runs.get((n, dataset, max(BITS))))}
        if len(shares) == len(names):
            holds = all(abs(0.5 - shares[HINT]) < abs(0.5 - shares[name]) for name in rivals)
            yield Finding(dataset, holds, ", ".join(f"{name} {share:.3f}" for name, share in shares.items()))


def _group_gains(source: Source) -> Iterator[tuple[str, dict[str, float]]]:
    for dataset in source.sets:
        own = (source.runs.get((HINT, dataset, max(BITS))) or {}).get("classes")
        others = [r["classes"] for n in source.rivals if (r := source.runs.get((n, dataset, max(BITS))))]
        if own and others:
            yield dataset, {group: 100 * (own[group] - max(x[group] for x in others)) for group in own}


def groups(source: Source) -> Iterator[Finding]:
    """Above every rival in classes of every size."""
    for dataset, gains in _group_gains(source):
        yield Finding(dataset, min(gains.values()) > 0, _gained(gains))


def tail(source: Source) -> Iterator[Finding]:
    """The small classes gain most."""
    for dataset, gains in _group_gains(source):
        yield Finding(dataset, gains["tail"] > max(gains["head"], gains["medium"], 0), _gained(gains))


def near_linear(source: Source, *, most: float) -> Iterator[Finding]:
    """Exponents of time over nodes."""
    for family, slope in source.exponents.items():
        yield Finding(family, slope <= most, f"{slope:.2f}")


def _gained(gains: dict[str, float]) -> str:
    return "over the best rival: " + ", ".join(f"{group} {gain:+.1f}" for group, gain in gains.items())


def granular(source: Source) -> Iterator[Finding]:
    """Broad classes agree best with a level nearer to the root than fine classes do."""
    for dataset, found in source.granularity.items():
        best = {name: max(zip(found[name], found["levels"], strict=True)) for name in CLASSES}
        places = [level for _, level in best.values()]
        said = "; ".join(
            f"{count} classes best at level {level} (AMI {share:.2f})"
            for count, (share, level) in zip(found["classes"], best.values(), strict=True)
        )
        yield Finding(dataset, all(a < b for a, b in pairwise(places)), f"height {found['height']}: {said}")


def _theory(check: Callable[[str], tuple[bool, str]]) -> Rule:
    def rule(source: Source) -> Iterator[Finding]:
        yield Finding(source.theory, *check(source.theory))

    return rule


_HERE = (speedup, comparable_time, small_share, falling, curves, mixed, groups, tail, near_linear, granular)
RULES: dict[str, Rule] = (
    paper_rules.RULES | {rule.__name__: rule for rule in _HERE} | {name: _theory(one) for name, one in THEORY.items()}
)
