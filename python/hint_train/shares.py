"""One run for each share of labelled pairs, beside each other in one folder."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from hint_train.check import check
from hint_train.checkpoint import write_atomically
from hint_train.folder import choose, claim
from hint_train.method import SupervisedEntry
from hint_train.methods import METHODS
from hint_train.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from hint_train.config import Config
    from hint_train.result import Result
    from hint_train.watch import Watch


def takes_shares(config: Config) -> bool:
    """Whether `config` asks for several runs: its method learns from labels, and several shares are given."""
    return isinstance(METHODS.get(config.method), SupervisedEntry) and len(config.labels.labelled) > 1


def run_shares(
    config: Config,
    out: Path | str | None = None,
    *,
    resume: bool = False,
    overwrite: bool = False,
    watch: Watch | None = None,
) -> dict[str, Result]:
    """Run a supervised method once for each share of `config.labels.labelled`.

    Parameters
    ----------
    config, out, resume, overwrite, watch
        As for `run`.

    Returns
    -------
    results
        By share as written, such as "0.05". The folder of each is `out/labelled-0.05`; `out/result.json` holds all under the
        key `labelled`.
    """
    check(config)  # before the first run begins, because the last one may be at fault
    folder = claim(choose(config, out), config, resume=resume, overwrite=overwrite)
    results: dict[str, Result] = {}
    for share in config.labels.labelled:
        own = replace(config, labels=replace(config.labels, labelled=(share,)))
        part = folder / f"labelled-{share:g}"
        begun = resume and (part / "config.toml").is_file()
        results[f"{share:g}"] = run(own, part, resume=begun, watch=watch)
    write_atomically(folder / "result.json", to_json(results).encode())
    return results


def to_json(results: dict[str, Result]) -> str:
    """All results under the key `labelled`, as indented JSON."""
    return json.dumps(
        {"labelled": {share: json.loads(result.to_json()) for share, result in results.items()}}, indent=2
    )
