"""Pages from templates: one file each, with its style inside, without a script, and with every value escaped."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from hint_train.report.figures_table import figure

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def page(template: str, **values: Any) -> bytes:
    """A template in `templates/`, filled in.

    A letter that UTF-8 has no bytes for, as in a name of a file that is none, becomes a question mark; a control character, which no
    page may hold, becomes U+FFFD.
    """
    environment = Environment(
        loader=PackageLoader("hint_train.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"figure": figure, "count": "{:,}".format, "size": _size}
    text = environment.get_template(template).render(made_by=f"hint-se {version('hint-se')}", **values)
    return _CONTROL.sub("\ufffd", text).encode("utf-8", "replace")


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:.2f} GiB"
