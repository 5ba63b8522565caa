#!/bin/sh
# Pillow 13.0.0 cuts the values of a 16-bit grey picture off at 255 where they are converted to RGB, instead of scaling them: an even
# ramp from black to white becomes white but for a 256th of it. torchvision's ImageFolder and the transforms of CLIP models make
# their pictures by `convert("RGB")`, so that such a file (a scan, a depth map) is a white square to them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy
import PIL
from PIL import Image

print("Pillow", PIL.__version__, "numpy", numpy.__version__)
ramp = numpy.arange(65536, dtype=numpy.uint16).reshape(256, 256)
Image.fromarray(ramp).save("ramp.png")
picture = Image.open("ramp.png")
seen = numpy.asarray(picture.convert("RGB"))[..., 0]
print("mode", picture.mode, "mean of the ramp", (ramp >> 8).mean(), "mean of convert('RGB')", seen.mean())
assert picture.mode == "I;16"
assert numpy.array_equal(seen, numpy.minimum(ramp, 255))
assert (seen == 255).mean() > 0.99
PYTHON
