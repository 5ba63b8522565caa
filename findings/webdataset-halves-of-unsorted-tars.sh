#!/bin/sh
# webdataset 1.0.2 takes members of one sample that do not stand side by side in a tar file for samples of their own, without a word:
# three pictures with three captions, as `tar -cf` packs a folder whose entries are not sorted, are read as six halves.
# datasets 5.2.0 refuses the same file.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q webdataset==1.0.2 datasets==5.2.0
cd "$folder"
mkdir pictures
for name in a b c; do
    printf 'a picture of %s' "$name" >"pictures/$name.txt"
    printf 'P6 1 1 255 %s%s%s' "$name" "$name" "$name" >"pictures/$name.ppm"
done
tar -cf sorted.tar -C pictures a.ppm a.txt b.ppm b.txt c.ppm c.txt
tar -cf unsorted.tar -C pictures a.ppm b.ppm c.ppm a.txt b.txt c.txt
HF_HUB_OFFLINE=1 HF_HOME="$folder/cache" venv/bin/python - <<'PYTHON'
import datasets
import webdataset

print("webdataset", webdataset.__version__, "datasets", datasets.__version__)
keys = {}
for name in ("sorted.tar", "unsorted.tar"):
    samples = list(webdataset.WebDataset(name, shardshuffle=False))
    keys[name] = [(sample["__key__"], sorted(key for key in sample if not key.startswith("__"))) for sample in samples]
    print(name, keys[name])
assert keys["sorted.tar"] == [(name, ["ppm", "txt"]) for name in "abc"]
assert keys["unsorted.tar"] == [(name, [kind]) for kind in ("ppm", "txt") for name in "abc"]
try:
    datasets.load_dataset("webdataset", data_files="unsorted.tar")
except ValueError as error:
    print("datasets:", error)
else:
    raise SystemExit("datasets reads it now")
PYTHON
