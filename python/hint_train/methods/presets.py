"""Named sets of options: what measures best, and the form of a paper's text."""

from __future__ import annotations

from typing import get_args

from hint_train.errors import ConfigError
from hint_train.methods.config import LISTED, Config, Preset


def preset(name: Preset, method: str = "hint") -> Config:
    """Options of a method under a name: `default`, or `paper`, as literal as its paper's text allows, or `demo`.

    `demo` is HINT's `paper` with the optimiser of DEMO (arXiv 2405.11496); for other methods it is `paper`. What a preset keeps of
    its paper stands at `preset` in the options of the method.
    """
    if name not in get_args(Preset):
        raise ConfigError(f"unknown preset {name!r}; expected one of {', '.join(get_args(Preset))}")
    base = Config(method=method)
    return LISTED[method].preset(base, name) if method in LISTED else base
