"""The model card of a run: what it is, what it was measured on, and how its codes are used.

The header is what Hugging Face reads: YAML between two lines of dashes, written as JSON values, which YAML contains.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hint_train.methods.presets import preset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hint_train.encoding.saved import SavedRun
    from hint_train.report.result import Result

CARD = "MODEL_CARD.md"
DIRECTIONS = {"image_to_text": "image to text", "text_to_image": "text to image"}
_NORMAL = 1.96
"""Standard errors on either side of a mean that hold 95 % of a normal distribution."""
_ELSEWHERE = frozenset({"dataset", "data_dir", "method", "bits", "seed", "seeds", "device", "tensorboard", "pairs_in"})
"""Options that say what was run and where, not how."""


def model_card(run: SavedRun, result: Result | None, files: Sequence[str] = ()) -> str:
    """The card as Markdown.

    Parameters
    ----------
    run
        The networks.
    result
        What the run measured, where its result is at hand; else the card has no data, options and figures.
    files
        Names of the ONNX models beside the card.
    """
    parts = [_header(run, result), _what(run, result)]
    parts += [] if result is None else [_data(result), _options(result), _figures(result)]
    parts += [_use(run, files), _limits(run, result), _versions(run, result)]
    return "\n".join(parts)


def _header(run: SavedRun, result: Result | None) -> str:
    table: dict[str, Any] = {
        "library_name": "hint-se",
        "pipeline_tag": "feature-extraction",
        "tags": ["cross-modal-retrieval", "hashing", "binary-embeddings", run.method],
    }
    if result is not None and (measured := [*_metrics(result)]):
        data = {"name": result.dataset, "type": result.dataset}
        task = {"type": "cross-modal-retrieval", "name": "Cross-modal retrieval"}
        table["model-index"] = [
            {"name": _name(run, result), "results": [{"task": task, "dataset": data, "metrics": measured}]}
        ]
    lines = (f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in table.items())
    return "\n".join(["---", *lines, "---", ""])


def _metrics(result: Result) -> Iterator[dict[str, Any]]:
    for bits, direction, scores in _cells(result):
        for name, value in scores.items():
            if (mean := _mean(value)) is not None:
                yield {"type": name, "name": f"{name}, {DIRECTIONS[direction]}, {bits} bits", "value": mean}


def _cells(result: Result) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for bits, directions in result.bits.items():
        for direction, scores in directions.items():
            yield bits, direction, scores


def _mean(value: Any) -> float | None:
    """A figure of one seed, or the mean of several; None where nothing was measured."""
    found = value["mean"] if isinstance(value, dict) else value
    return None if found is None else float(found)


def _name(run: SavedRun, result: Result | None) -> str:
    return run.method if result is None else f"{run.method} on {result.dataset}"


def _what(run: SavedRun, result: Result | None) -> str:
    lengths, seeds = ({cell[i] for cell in run.networks} for i in (0, 1))
    widths = {m: network.inputs for m, network in next(iter(run.networks.values())).items()}
    return (
        f"# {_name(run, result)}\n\nHash networks of two modalities. Each turns a row of features (image: {widths['image']}, text: "
        f"{widths['text']}) into a binary code of {_listed(sorted(lengths))} bits; seeds {_listed(sorted(seeds))}. Items of both modalities are "
        "near each other in Hamming distance where they go together.\n"
    )


def _data(result: Result) -> str:
    sizes = result.sizes
    labels = f"Labels of {sizes['labelled']:,} training pairs were learned from." if sizes.get("labelled") else ""
    return _section(
        "Data",
        f"`{result.dataset}`: {sizes['pairs']:,} pairs; {sizes['train']:,} to train, {sizes['retrieval']:,} in the database, "
        f"{sizes['query']:,} queries, which are in neither. {labels or 'No label was learned from.'}",
        *(f"* {_without_places(note, result)}" for note in result.notes),
    )


def _without_places(note: str, result: Result) -> str:
    """A note without the folders of the machine that the run was on."""
    for place in (result.config.get("dataset"), result.config.get("data_dir")):
        if place and (parent := Path(place).parent) != Path():
            note = note.replace(f" in {place}", "").replace(f" in {parent}", "").replace(f"{parent}/", "")
    return note


def _options(result: Result) -> str:
    usual, own = (_flat(table) for table in (_json(asdict(preset("default", result.method))), result.config))
    differing = {name: value for name, value in own.items() if name not in _ELSEWHERE and usual.get(name) != value}
    lines = [f"* `{name}`: {json.dumps(value, ensure_ascii=False)}" for name, value in differing.items()]
    return _section("Options that differ from the method's defaults", *(lines or ["None."]))


def _json(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _flat(table: dict[str, Any]) -> dict[str, Any]:
    """Options of sections beside those of none, as `section.option`."""
    out: dict[str, Any] = {}
    for name, value in table.items():
        out |= {f"{name}.{key}": x for key, x in value.items()} if isinstance(value, dict) else {name: value}
    return out


def _figures(result: Result) -> str:
    cells = [*_cells(result)]
    if not cells:
        return _section("Figures", "The data have no labels: nothing was measured.")
    names = list(cells[0][2])
    rows = [
        [bits, DIRECTIONS[direction], *(_figure(result, bits, direction, name, scores[name]) for name in names)]
        for bits, direction, scores in cells
    ]
    rows.append(["", "equal codes", *(_number(result.chance_scores.get(name)) for name in names)])
    several = any(isinstance(value, dict) for _, _, scores in cells for value in scores.values())
    seeds = " After ±: standard deviation over seeds." if several else ""
    intervals = (
        "In brackets: normal 95 % intervals over queries, mean ± 1.96 standard errors, cut to [0, 1]; they say what other queries of the same "
        "kind would give, not another database or another training run."
        if result.standard_errors
        else "No intervals: this run's result.json is of a version that kept no standard errors over queries; run it again to get them."
    )
    rules = f"Ties: `{result.tie_rule}`; mAP@k: `{result.topk_rule}`; queries without a relevant item: `{result.no_relevant}`."
    return _section("Figures", _table(["bits", "direction", *names], rows), f"{intervals}{seeds} {rules}")


def _figure(result: Result, bits: str, direction: str, name: str, value: Any) -> str:
    mean = _mean(value)
    if mean is None:
        return "–"
    spread = f" ± {value['std']:.4f}" if isinstance(value, dict) else ""
    error = result.standard_errors.get(bits, {}).get(direction, {}).get(name)
    if error is None:
        return f"{mean:.4f}{spread}"
    low, high = max(0.0, mean - _NORMAL * error), min(1.0, mean + _NORMAL * error)
    return f"{mean:.4f}{spread} [{low:.4f}, {high:.4f}]"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _use(run: SavedRun, files: Sequence[str]) -> str:
    (bits, seed), _ = next(iter(run.networks.items()))
    name = f"bits{bits}-seed{seed}-image.onnx"
    onnx = (
        "import onnxruntime\n\n"
        f'session = onnxruntime.InferenceSession("{name}")\n'
        'codes, outputs = session.run(None, {"features": rows})  # rows: float32 (n, d)\n'
    )
    own = f'import hint_train\n\ncodes = hint_train.load("model.safetensors").encode(rows, modality="image", bits={bits}, seed={seed})\n'
    return _section(
        "Use",
        "For search between images and texts, and within either, by Hamming distance. Rows are the features that the networks were trained on, "
        "unscaled: scaling belongs to the networks.",
        *([f"```python\n{onnx}```"] if name in files else []),
        f"```python\n{own}```",
        "A code is uint8 of ceil(bits / 8) bytes. Bit j is 1 where output j >= 0; it is bit j mod 8 of byte j // 8, the least significant "
        "first, as binary indexes of faiss read it. Most other engines read the most significant bit first: convert before.",
    )


def _limits(run: SavedRun, result: Result | None) -> str:
    lines = [
        "* Features made in another way than those of the training data give codes that mean nothing, without an error.",
        "* Not for decisions about people: neither the data nor the codes were examined for bias.",
        "* Rows with NaN are refused by `hint_train` and get some code from an ONNX model.",
    ]
    if result is not None and result.sizes["train"] < 5_000:
        lines.append(f"* Learned from {result.sizes['train']:,} pairs only.")
    if min(bits for bits, _ in run.networks) <= 16:
        lines.append("* Codes of 16 bits and fewer collide: many items share one code.")
    return _section("Limits", "\n".join(lines))


def _versions(run: SavedRun, result: Result | None) -> str:
    named = [] if result is None else [", ".join(f"{name} {version}" for name, version in result.versions.items())]
    return _section("Versions", *named, f"SHA-256 of model.safetensors: `{run.digest}`")


def _section(title: str, *parts: str) -> str:
    return "\n\n".join([f"## {title}", *parts]) + "\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head)]
    lines += [["---"] * len(lines[0]), *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _listed(values: Iterable[int]) -> str:
    return ", ".join(map(str, values))
