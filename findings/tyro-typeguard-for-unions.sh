#!/bin/sh
# tyro 1.0.17 checks the default of an option Optional[int] by itself, but hands the same type written as int | None to typeguard,
# which imports unittest.mock, asyncio and ssl: help and the values are the same, and a command starts in about twice the time.
# So it does for tuple[str, ...], and not for a bare tuple, whose items it takes for strings as well.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tyro==1.0.17 typeguard==4.6.1
cd "$folder"
cat > command.py <<'PYTHON'
import dataclasses
import sys
from typing import Optional

import tyro

kind = sys.argv.pop(1)
hint, default = {
    "union": (int | None, None),
    "optional": (Optional[int], None),
    "items": (tuple[str, ...], ()),
    "bare": (tuple, ()),
}[kind]
Options = dataclasses.make_dataclass("Options", [("option", hint, dataclasses.field(default=default))])
value = tyro.cli(Options).option
print(value, *(name for name in ("typeguard", "unittest.mock", "asyncio", "ssl") if name in sys.modules))
PYTHON
venv/bin/pip list 2>/dev/null | grep -E "^(tyro|typeguard) "
failed=0
expect() {
    found=$(venv/bin/python command.py $1)
    echo "$1: $found"
    [ "$found" = "$2" ] || failed=1
}
expect "union --option 3" "3 typeguard unittest.mock asyncio ssl"
expect "optional --option 3" "3"
expect "items --option a b" "('a', 'b') typeguard unittest.mock asyncio ssl"
expect "bare --option a b" "('a', 'b')"
exit $failed
