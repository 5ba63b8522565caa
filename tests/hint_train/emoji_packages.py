"""The two packages of the emoji set as npm packs them, made up: twelve drawn emoji in two groups."""

import base64
import gzip
import hashlib
import io
import json
import tarfile

from PIL import Image, ImageDraw

GROUPS = {
    "groups": {"0": "faces", "1": "component", "2": "things"},
    "subgroups": {"0": "round", "1": "flat", "2": "tone"},
}
RUNNERS = ("1F3C3", "1F3C3-200D-2640-FE0F", "1F3C3-200D-2642-FE0F", "1F3C3-200D-27A1-FE0F")


def rows(n=12):
    """Entries of data.json: n emoji, four of which are one runner, a skin tone, and a letter without a group."""
    codes = [*RUNNERS, *(f"1F6{i:02X}" for i in range(n - len(RUNNERS)))]
    emoji = [
        {
            "hexcode": code,
            "label": f"emoji {i}",
            "tags": [f"tag{i % 3}", "shared"],
            "group": 2 * (i % 2),
            "subgroup": i % 2,
            "skins": [{"hexcode": f"{code}-1F3FB", "label": "never read"}],
        }
        for i, code in enumerate(codes)
    ]
    tone = {"hexcode": "1F3FB", "label": "light skin tone", "tags": [], "group": 1, "subgroup": 2}
    return [{"hexcode": "1F1E6", "label": "regional indicator A"}, tone, *emoji]


def picture(i):
    """A PNG of a disc whose place and colour depend on i, on a see-through ground."""
    image = Image.new("RGBA", (64, 64))
    x, y = 2 + 9 * (i % 5), 2 + 11 * (i % 4)
    ImageDraw.Draw(image).ellipse((x, y, x + 18, y + 18), fill=((60 * i) % 256, (97 * i) % 256, 40, 255))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def pack(path, files, name="name", version="1.0.0", licence="MIT"):
    """Write `files` as `npm pack` does, and return the integrity of the file."""
    files = {"package.json": json.dumps({"name": name, "version": version, "license": licence}).encode(), **files}
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for member, content in files.items():
            about = tarfile.TarInfo(f"package/{member}")
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    path.write_bytes(gzip.compress(raw.getvalue(), mtime=0))
    return f"sha512-{base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()}"


def captions(path, items=None, **about):
    """The package of names, keywords and groups."""
    files = {
        "en/data.json": items if isinstance(items, bytes) else json.dumps(rows() if items is None else items).encode()
    }
    return pack(path, files | {"meta/groups.json": json.dumps(GROUPS).encode()}, **{"name": "emojibase-data"} | about)


def images(path, items=None, **about):
    """The package of pictures: those of the skin tones too, names in lower case and without the selector of colours here and there."""
    files = {"img/google/64/1f3c3-1f3fb.png": picture(7)}
    for i, row in enumerate(rows() if items is None else items):
        code = row["hexcode"].replace("-FE0F", "" if i % 2 else "-FE0F")
        files[f"img/google/64/{code.lower()}.png"] = picture(i)
    return pack(path, files, **{"name": "emoji-datasource-google"} | about)
