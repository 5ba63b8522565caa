"""A folder of one's own pictures and captions: the built-in set's, as files."""

import csv

from PIL import Image

from hint_train.data.sources.shapes import shapes


def write_own(folder, n=200):
    """Write n pictures as PNG into `folder`/pictures and their captions into `folder`/captions.csv; the data set they are of."""
    data = shapes(n, n_query=n // 10)
    (folder / "pictures").mkdir(parents=True)
    with (folder / "captions.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["file_name", "caption"])
        for name, picture, caption in zip(data.ids, data.gallery.pictures, data.captions, strict=True):
            Image.fromarray(picture).save(folder / "pictures" / f"{name}.png")
            rows.writerow([f"{name}.png", caption])
    return data
