"""Verdicts: every claim by its rule in each source, and every contradiction by its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.training.paper_checks import checked
from benchmarks.training.paper_numbers import Finding, Source, read
from benchmarks.training.paper_run_rules import RULES

CONFIRMED, NOT, UNTESTABLE = "confirmed", "not confirmed", "untestable"
_TEXT = ("place", "sentence", "rule", "means")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the paper and what figures say of it, by the name of the source."""

    place: str
    sentence: str
    means: str
    findings: dict[str, list[Finding]]

    def verdict(self, source: str) -> str:
        """Confirmed where it holds on every set that can decide it."""
        found = self.findings[source]
        return UNTESTABLE if not found else CONFIRMED if all(one.holds for one in found) else NOT

    def shown(self, source: str) -> str:
        """The verdict, and on how many sets it holds where that differs."""
        found, verdict = self.findings[source], self.verdict(source)
        held = sum(one.holds for one in found)
        return f"{verdict} ({held} of {len(found)})" if verdict == NOT and held else verdict


def claims(sources: Sequence[Source]) -> list[Claim]:
    """Every claim, decided."""
    found = []
    for one in read("paper_claims.toml")["claim"]:
        arguments = {name: value for name, value in one.items() if name not in _TEXT}
        findings = {source.name: list(RULES[one["rule"]](source, **arguments)) for source in sources}
        found.append(Claim(one["place"], one["sentence"], one["means"], findings))
    return found


def counts(every: Sequence[Claim], source: str) -> Counter[str]:
    """Verdicts of a source by their word."""
    return Counter(claim.verdict(source) for claim in every)


def claims_text(every: Sequence[Claim], names: Sequence[str]) -> str:
    """Two parts: a table of verdicts, and what decides."""
    rows = [[f"{i}. “{plain(c.sentence)}”", c.place, *map(c.shown, names)] for i, c in enumerate(every, 1)]
    out = [words(["claim", "place", *names], rows), "\n### What decides\n"]
    for i, claim in enumerate(every, 1):
        out.append(f"\n{i}. *Confirmed where:* {claim.means}.\n")
        for name in names:
            decided = "; ".join(
                f"{one.dataset}: {'holds' if one.holds else 'fails'}, {one.said}" for one in claim.findings[name]
            )
            out.append(f"    * {name}: {claim.verdict(name)}{f' ({decided})' if decided else ''}.\n")
    return "".join(out)


def contradictions(every: Sequence[Claim], printed: str) -> list[tuple[dict[str, Any], tuple[bool, str] | None]]:
    """Every contradiction with what the figures say of it."""
    decided = {
        claim.sentence: (
            None if not claim.findings[printed] else claim.verdict(printed) == CONFIRMED,
            "; ".join(f"{one.dataset}: {one.said}" for one in claim.findings[printed] if not one.holds),
        )
        for claim in every
    }
    return [
        (entry, checked(entry, decided))
        for name in ("paper_contradictions.toml", "paper_words.toml")
        for entry in read(name)["contradiction"]
    ]


def contradictions_text(
    found: Sequence[tuple[dict[str, Any], tuple[bool, str] | None]], every: Sequence[Claim], names: Sequence[str]
) -> str:
    """A table: what, where, the figures or the words, ours.

    Parameters
    ----------
    names
        The sources that are ours.
    """
    number = {claim.sentence: (i, claim) for i, claim in enumerate(every, 1)}
    rows = []
    for i, (entry, check) in enumerate(found, 1):
        quoted = " · ".join(f"“{plain(quote)}”" for quote in entry.get("quotes", []))
        shown = "; ".join(part for part in ("" if check is None else check[1], quoted) if part)
        ours = [entry["ours"]] if "ours" in entry else []
        if "see" in entry or "claim" in entry:
            place, claim = number[entry.get("see", entry.get("claim"))]
            ours.append(f"claim {place}: " + ", ".join(f"{name} {claim.shown(name)}" for name in names))
        rows.append([f"{i}. {entry['title']}", "; ".join(entry["places"]), shown, "; ".join(ours)])
    return words(["contradiction", "places", "figures and words", "ours"], rows)


def plain(text: str) -> str:
    """The paper's words without its marks; formulas as code."""
    bare = text.replace("|", "\\|").replace("$", "")
    return f"`{bare.strip('*')}`" if "\\" in text or "|" in text else bare.replace("*", "")


def words(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of text, aligned to the left."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
