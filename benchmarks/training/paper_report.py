"""The page as Markdown: counts, verdicts, contradictions, tables, figures, other works, and what is missing."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from benchmarks import measure
from benchmarks.records import RESULTS
from benchmarks.training import accuracy_cells, lpih, paper_cells, paper_runs
from benchmarks.training import paper_tables as tables
from benchmarks.training.accuracy_report import values
from benchmarks.training.figures import figures
from benchmarks.training.paper_cells import BITS, FILES, READINGS, ROWS, Cells
from benchmarks.training.paper_numbers import PAPER_SETS, PRINTED, WAYS, Source, read
from benchmarks.training.paper_numbers import tables as printed_tables
from benchmarks.training.paper_tables import NONE, Ours, Part, grid, joined
from benchmarks.training.paper_verdicts import (
    CONFIRMED,
    NOT,
    UNTESTABLE,
    claims,
    claims_text,
    contradictions,
    contradictions_text,
    counts,
    words,
)

COMMAND = "python benchmarks/training/paper.py"
PROTOCOL = (
    ("data", "MIRFlickr-25K, NUS-WIDE, MS-COCO", "fashion20k, wikipedia-t100, uci-mfeat; `shapes` in Table 1"),
    (
        "features",
        "pre-extracted; which, is not said",
        "those in the files: MobileNetV2, SIFT words, Fourier coefficients; words of titles, topics, Karhunen-Loève",
    ),
    (
        "training pairs",
        "10,000; its rivals' rows mix 5,000, 10,000 and all",
        "9,984, 2,173, 1,500, 2,500; the same for every method",
    ),
    (
        "ranking",
        "MAP; neither its depth nor the order of ties is said",
        "mAP over the whole database, equal distances by their mean",
    ),
    ("epoch", "not said", "the last; no label is seen"),
    (
        "seeds",
        "one figure, five in Table 9",
        "means over up to three, in Table 9 up to five; comparisons use the seeds that both have",
    ),
    ("optimiser, weight of L_con", "not said", "Adam, 1e-3; 0.1"),
    (
        "the paper's reading",
        "",
        "`--preset paper`: 3 neighbours, unit weights, pair edges, greedy merge and compress, batch negatives, L_hash and L_con; products divided by L, means for sums",
    ),
    (
        "the default",
        "",
        "chosen on held-out training pairs: 20 neighbours, weights by agreement of the modalities, a tree of height 4, contrast over all communities; without walks, `--walk 0 --bank-tau 0.5 --sharpen 0 --mismatch 0`",
    ),
    ("supervised rivals", "how many labels they see is not said", "labels of 10 % of the training pairs"),
)


def page(sources: Sequence[Source], cells: Cells, sets: tuple[str, ...]) -> str:
    """The whole page."""
    every = claims(sources)
    names = [source.name for source in sources]
    ours = Ours(sources[1:])
    print_part, our_part = _tables(ours, cells)
    figure_part = _figures(ours)
    found = contradictions(every, PRINTED)
    shown = [figure_part, *our_part.values()]
    cells_of = f"{sum(p.cells for p in shown)} of {sum(p.wanted for p in shown)}"
    tally = [[word, *(str(counts(every, name)[word]) for name in names)] for word in (CONFIRMED, NOT, UNTESTABLE)]
    by_figures = sum(check is not None for _, check in found)
    return (
        f"# The paper\n\n`{COMMAND}`; what it measured itself was made with {cells.files[-1].made_with()}; the rest stands in "
        "accuracy.jsonl, leaderboard.jsonl, scaling.jsonl and lpih.jsonl.\n\n"
        "## Counts\n\n"
        f"Cells as published: {sum(p.cells for p in print_part.values())}. Cells of ours: {cells_of}. Places where the paper contradicts itself: "
        f"{len(found)}, of which {by_figures} by figures.\n\n"
        f"{measure.table([f'{len(every)} claims', *names], tally)}\n"
        "A rule decides each claim on every set that has the figures; it is confirmed where it holds on all of them. *The paper's "
        "tables* is whether what the paper prints bears its own sentence out.\n\n"
        f"## Protocols\n\n{words(['', 'the paper', 'ours'], PROTOCOL)}\n"
        "So a figure of ours and one of the paper do not compare; differences between rows of one side do.\n\n"
        f"## Claims\n\n{claims_text(every, names)}\n"
        f"## Contradictions\n\n{contradictions_text(found, every, names[1:])}\n"
        f"## Tables\n\nIn per cent. {NONE}: not measured.\n\n"
        + "\n".join(f"### Table {n}\n\n{print_part[n].text}\n{our_part[n].text}" for n in print_part)
        + f"\n## Figures\n\nThe text of the paper that was used has no pictures, so nothing is read off them; their sentences are decided above.\n\n{figure_part.text}"
        + f"\n## Two other works\n\n{_others(ours)}"
        + f"\n## The three sets that are not here\n\n{_missing_sets()}"
        + f"\n## Not measured\n\n{_not_measured(cells, sets)}"
    )


def _tables(ours: Ours, cells: Cells) -> tuple[dict[int, Part], dict[int, Part]]:
    published = {1: tables.first_printed()} | {number: tables.printed(number) for number in printed_tables()}
    noise = {n: [n, f"{n} noise"] for n in (*READINGS, "UCCH")}
    metrics = {n: [f"{n} {m}" for m in paper_cells.METRICS] for n in READINGS}
    trees = {n: [n, f"{n} iterative"] for n in READINGS}
    mine = {
        1: tables.first(ours),
        2: tables.ablation(ours, (128,)),
        3: tables.ablation(ours, BITS[:-1]),
        4: tables.speed(cells),
        5: tables.cost(ours, cells, ROWS),
        6: tables.compared(ours, noise, "all pairs right / 10 % exchanged"),
        7: tables.compared(ours, metrics, "cosine / L2 / L1"),
        8: tables.compared(ours, trees, "static / rebuilt every 5 epochs"),
        9: tables.stability(ours),
    }
    return published, mine


def _figures(ours: Ours) -> Part:
    paper, default = (ours.source(name) for name in READINGS)
    runs = {name: source.runs for name, source in zip(READINGS, (paper, default), strict=True)}
    parts = [Part("### Figure 5\n\nλ of the paper's reading at 128 bits, mean of both modalities.\n\n")]
    rows = []
    for dataset in paper_cells.SETS:
        run = paper.runs.get(("HINT", dataset, 128))
        found = run["lambda"] if run else []
        places = [0, len(found) // 4, len(found) // 2, 3 * len(found) // 4, len(found) - 1]
        rows.append((dataset, [[found[i] if found else None] for i in places]))
    parts.append(grid(["set", "first epoch", "a quarter", "half", "three quarters", "last"], rows, 3))
    parts.append(Part("\n### Figures 6, 9 and 10\n\nPrecision of the first N, mean of both directions, 128 bits.\n\n"))
    for dataset in (name for name in paper_cells.SETS if ("HINT", name, 128) in paper.runs):
        first = paper.runs["HINT", dataset, 128]["curves"]["image_to_text"]["n"]
        chosen = [1, len(first) // 2, 3 * len(first) // 4, len(first) - 1]
        named = {**{n: runs[n].get(("HINT", dataset, 128)) for n in READINGS}, **_rivals(paper, dataset)}
        rows = [(n, [[_precision(run, i)] for i in chosen]) for n, run in named.items() if run]
        parts += [grid([dataset, *(f"N = {int(first[i])}" for i in chosen)], rows), Part("\n")]
    parts.append(
        Part(
            "### Figure 7\n\nShare of the other modality among the ten nearest codes (0.5: modalities cannot be told apart), and distance of a pair over that of two of different pairs; 128 bits.\n\n"
        )
    )
    rows = []
    for dataset in paper_cells.SETS:
        named = {**{n: runs[n].get(("HINT", dataset, 128)) for n in READINGS}, **_rivals(paper, dataset)}
        rows += [(f"{dataset}, {n}", [[r["mixing"]["mixed"]], [r["mixing"]["pair"]]]) for n, r in named.items() if r]
    parts.append(grid(["", "other modality", "distance of a pair"], rows, 3))
    parts.append(
        Part(
            "\n### Figure 8\n\nPart b is Table 9. τ is that of Eq. 7 for the paper's reading and that of the communities' contrast for the default.\n\n"
        )
    )
    parts.append(tables.sensitivity(ours, "K", paper_cells.NEIGHBOURS))
    parts += [Part("\n"), tables.sensitivity(ours, "tau", paper_cells.TAUS)]
    parts.append(
        Part(
            "\n### Figure 11\n\nmAP by class at 128 bits, mean of both directions over the classes of a group: the 8/24 with most items in the database, the 6/24 with fewest, and those between. The classes of uci-mfeat and shapes are about equally large.\n\n"
        )
    )
    rows = []
    for dataset in paper_cells.SETS:
        named = {**{n: runs[n].get(("HINT", dataset, 128)) for n in READINGS}, **_rivals(paper, dataset)}
        rows += [
            (f"{dataset}, {n}", [[100 * x] for x in r["classes"].values()])
            for n, r in named.items()
            if r and r["classes"]
        ]
    parts.append(grid(["", "head", "medium", "tail"], rows))
    return joined(parts, "")


def _rivals(source: Source, dataset: str) -> dict[str, dict]:
    return {n: source.runs.get((n, dataset, 128)) for n in paper_cells.CURVES}


def _precision(run: dict, place: int) -> float:
    return 100 * statistics.fmean(curve["precision"][place] for curve in run["curves"].values())


def _others(ours: Ours) -> str:
    other = read("paper_others.toml")
    vtm, label = other["vtm-uch"], other["lpih"]
    head = [f"VTM-UCH, {vtm['note']}", *(f"{b} bits" for b in vtm["bits"])]
    out = [f"*{vtm['title']}.*\n\n", grid(head, [(n, [[v] for v in row]) for n, row in vtm["rows"].items()]).text, "\n"]
    rows = [(f"{s} {way}", [[ours.of("VTM-UCH", s, b, way)] for b in BITS]) for s in FILES for way in WAYS]
    out.append(grid(["ours, at its default, no objects in the data", *(f"{b} bits" for b in BITS)], rows).text)
    above = _reported_above()
    out.append(
        f"\nHINT's Table 1 prints other figures for VTM-UCH. By its own, VTM-UCH is above HINT's in {above[0]} of {above[1]} cells.\n"
    )
    out.append(f"\n*{label['title']}.* {label['note']}.\n\n")
    records = figures(RESULTS / "lpih.jsonl", lpih.COMMAND)
    for share in lpih.SHARES:
        gains = _gains(records, share)
        if gains:
            points, relative = (statistics.fmean(x) for x in zip(*gains, strict=True))
            word = CONFIRMED if 100 * points >= label["gain"] else NOT
            out.append(
                f"* Ours with the labels of {share:.0%} of the training pairs: {100 * points:+.1f} points, {relative:+.0f} per cent over its base, "
                f"mean of {len(gains)} cells ({word}: at least {label['gain']:g} points).\n"
            )
    return "".join(out)


def _gains(records: object, share: float) -> list[tuple[float, float]]:
    """mAP of LPIH less that of its base alone, and in per cent of it, for each set, base and length."""
    found = []
    for dataset in accuracy_cells.SETS:
        one = lpih.Found(dataset, records, quick=False)
        for base in lpih.BASES:
            for bits in lpih.BITS:
                pair = [one.lines(row(base, share), bits) for row in (lpih.only, lpih.on)]
                if all(pair):
                    alone, lifted = (statistics.fmean(values(lines)) for lines in pair)
                    found.append((lifted - alone, 100 * (lifted / alone - 1)))
    return found


def _reported_above() -> tuple[int, int]:
    """Cells of MIRFlickr-25K in which VTM-UCH's own figures are above HINT's, and all of them."""
    from hint_train.runs.published import published_rows

    hint = published_rows()[-1]
    won = []
    for name, row in read("paper_others.toml")["vtm-uch"]["rows"].items():
        dataset, way = name.rsplit(" ", 1)
        if dataset != PAPER_SETS[0]:
            continue
        theirs = (hint.image_to_text if way == WAYS[0] else hint.text_to_image)[dataset]
        won += [a > b for a, b in zip(row, theirs, strict=True)]
    return sum(won), len(won)


def commands() -> list[tuple[str, str, list[str]]]:
    """Set, what they make, and the commands, for the sets that are not here."""
    listed = read("paper_missing.toml")
    found = []
    for one in listed["set"]:
        found.append((one["name"], "the files", list(one["prepare"])))
        base = f"hint-train --dataset {one['dataset']} --data-dir DATA"
        for number in one["tables"]:
            lines = [
                f"{base}{preset} {options}"
                for options in listed["options"][str(number)]
                for preset in (" --preset paper", "")
            ]
            if number == 1:
                lines += [
                    f"{base} --method {method} {listed['options']['1'][0]}" for method in listed["rivals"]["methods"]
                ]
            found.append((one["name"], f"Table {number}", lines))
    return found


def _missing_sets() -> str:
    out, last = (
        [
            "DATA is the folder of the set's files. `hint-data verify` says which are looked for and what differs from what is known.\n"
        ],
        "",
    )
    for name, what, lines in commands():
        out.append(f"\n### {name}\n" if name != last else "")
        out.append(f"\n{what[0].upper()}{what[1:]}:\n\n```\n" + "".join(f"{line}\n" for line in lines) + "```\n")
        last = name
    return "".join(out)


def _not_measured(cells: Cells, sets: tuple[str, ...]) -> str:
    out = []
    for dataset in sets:
        left = cells.missing((dataset,))
        looked = paper_runs.missing(cells, (dataset,))
        names = sorted({row.name for _, row, _, _ in left} | {f"{row.name}, looked into" for _, row, _ in looked})
        if names:
            count = len({(row.name, b, s) for _, row, b, s in left}) + sum(len(b) for _, _, b in looked)
            out.append(f"* {dataset}: {count} cells ({'; '.join(names)}): `{COMMAND} --sets {dataset}`\n")
    return "".join(out) or "Nothing.\n"
