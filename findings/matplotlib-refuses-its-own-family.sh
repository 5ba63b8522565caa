#!/bin/sh
# matplotlib 3.11.2 answers FontProperties().get_family() with 'sans-serif', and refuses FontProperties(family="sans-serif"): a name on its
# own is read as a pattern of fontconfig, in which a hyphen begins a size. FontProperties(family="sans-serif", size=10) and
# FontProperties(family=["sans-serif"]) are families. A hyphen before digits passes in silence, as another family and a size.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q matplotlib==3.11.2 numpy==2.4.6
cd "$folder"
MPLCONFIGDIR=$folder venv/bin/python - <<'PYTHON'
import matplotlib
from matplotlib.font_manager import FontProperties

print("matplotlib", matplotlib.__version__)
[family] = FontProperties().get_family()
assert family == "sans-serif"
assert FontProperties(family=[family]).get_family() == [family]
assert FontProperties(family=family, size=10).get_family() == [family]
try:
    FontProperties(family=family)
except ValueError as error:
    print(f"FontProperties(family={family!r}):", " ".join(str(error).split()))
else:
    raise SystemExit("a family with a hyphen is a family now")
alone, sized = FontProperties(family="OCR-12"), FontProperties(family="OCR-12", size=10)
print("OCR-12 alone:", alone.get_family(), alone.get_size(), "with a size:", sized.get_family(), sized.get_size())
assert (alone.get_family(), alone.get_size()) == (["OCR"], 12)
assert (sized.get_family(), sized.get_size()) == (["OCR-12"], 10)
PYTHON
