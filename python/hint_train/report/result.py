"""What a run measured."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from hint_train.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Result:
    """What a run measured; `result.json` holds exactly this.

    Attributes
    ----------
    bits
        Per code length the figures of both directions; with several seeds each is a mean, a standard deviation and values.
    chance
        Mean share of relevant items, which is the mAP of a random ranking for long databases.
    tie_rule, topk_rule, no_relevant
        How equal distances count, what mAP@k is divided by, and how queries without a relevant item count; values of the options.
    chance_scores
        What codes that are all equal score, for each figure.
    standard_errors
        Of the figures in `bits` as means over queries, under the same keys; with several seeds the mean of theirs.
    recall
        Recall@10 by code length, as `PartnerSample` measures it without labels; with several seeds the mean of theirs.
    structure
        Figures of the method's artefacts, such as the entropy of the tree.
    notes
        Sentences on how the method came to its figures, such as what it did without.
    seconds, peak_memory_bytes
        Wall time by stage, and the greatest resident memory of the process.
    config
        Every option with the value it had, None where it has none.
    """

    method: str
    dataset: str
    chance: float | None
    tie_rule: str
    queries_without_relevant: int
    selection: str
    bits: dict[str, dict[str, dict[str, Any]]]
    sizes: dict[str, int]
    structure: dict[str, float]
    notes: tuple[str, ...]
    seconds: dict[str, float]
    peak_memory_bytes: int
    parameters: dict[str, int]
    versions: dict[str, str]
    config: dict[str, Any]
    folder: str
    topk_rule: str = "min-k-relevant"
    no_relevant: str = "skip"
    chance_scores: dict[str, float] = field(default_factory=dict)
    standard_errors: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    recall: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> str:
        """The result as indented JSON, null where there is no figure."""
        return to_json(asdict(self))


def read_result(path: Path) -> Result:
    """The result in a `result.json`.

    Raises
    ------
    DataError
        The file is not what a run of this version writes.
    """
    try:
        return Result(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise DataError(f"{path}: not the result of a run ({error})") from error


def to_json(value: Any) -> str:
    """`value` as indented JSON, null for what is not a finite number."""
    return json.dumps(_plain(value), indent=2, allow_nan=False)


def _plain(value: Any) -> Any:
    """`value` with None for the NaN of a mean over nothing, which JSON has no word for."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
