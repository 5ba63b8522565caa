"""Pictures of noise, and the raw folder of product photos in miniature."""

import csv

import numpy as np
from PIL import Image


def draw(path, seed, size=(40, 30), mode="RGB"):
    pixels = np.random.default_rng(seed).integers(256, size=(size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)


STYLES_HEADER = [
    "id",
    "gender",
    "masterCategory",
    "subCategory",
    "articleType",
    "baseColour",
    "season",
    "year",
    "usage",
    "productDisplayName",
]


def fashion_folder(folder, n=60):
    (folder / "images").mkdir()
    rows = []
    for i in range(n):
        sub = "Rare" if i == 7 else ["Topwear", "Shoes", "Bags"][i % 3]
        rows.append(
            [str(500 + i), "Men", "Apparel", sub, sub, "Blue", "Fall", "2011", "Casual", f"Brand{i % 5} {sub} item {i}"]
        )
        if i != 9:
            draw(folder / "images" / f"{500 + i}.jpg", i, size=(20, 26))
    with (folder / "styles.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([STYLES_HEADER, *rows])
        stream.write("900,Men,Apparel,Bags,Bags,Blue,Fall,2011,Casual,A title, with commas, not quoted\n")
        stream.write("901,Men,Apparel,Bags,Bags,Blue,Fall,2011,Casual\n")
    draw(folder / "images" / "900.jpg", 900)
    return rows
