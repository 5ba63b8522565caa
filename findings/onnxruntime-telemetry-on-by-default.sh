#!/bin/sh
# Importing ONNX Runtime 1.32 on Linux turns on telemetry: a file `.ses` with the time and a random identifier appears in the
# folder of temporary files, and an uploader waits for events, before any model is loaded. ORT_DISABLE_TELEMETRY=1, set before
# the import, prevents both.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q onnxruntime==1.32.0 numpy==2.4.6
mkdir "$folder/on" "$folder/off" "$folder/home"
try='import onnxruntime; print("onnxruntime", onnxruntime.__version__)'
env -u ORT_DISABLE_TELEMETRY -u CI HOME="$folder/home" TMPDIR="$folder/on" "$folder/venv/bin/python" -c "$try"
ORT_DISABLE_TELEMETRY=1 HOME="$folder/home" TMPDIR="$folder/off" "$folder/venv/bin/python" -c "$try"
echo "as it comes: $(ls -A "$folder/on" | tr '\n' ' ')"
echo "switched off: $(ls -A "$folder/off" | tr '\n' ' ')"
test -f "$folder/on/.ses"
test -z "$(ls -A "$folder/off")"
