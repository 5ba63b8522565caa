"""Pictures of every kind become upright RGB of bounded size, or a sentence."""

import io

import numpy as np
import pytest
from PIL import Image

from hint_train.data.featurizers.pictures import MAX_PIXELS, square, upright
from hint_train.errors import DataError

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(256, size=(6, 4, 3), dtype=np.uint8)


def stored(image, **options):
    """The bytes of a file."""
    stream = io.BytesIO()
    image.save(stream, options.pop("format", "PNG"), **options)
    return stream.getvalue()


def test_path_bytes_image_and_array_are_the_same_picture(tmp_path):
    content = stored(Image.fromarray(PIXELS))
    (tmp_path / "p").write_bytes(content)
    for item in (tmp_path / "p", str(tmp_path / "p"), content, Image.open(io.BytesIO(content)), PIXELS):
        assert np.array_equal(np.asarray(upright(item, "p")), PIXELS)


def test_orientation_is_obeyed():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side: turn it by a quarter, clockwise
    content = stored(Image.fromarray(PIXELS), exif=exif)
    assert np.array_equal(np.asarray(upright(content, "p")), np.rot90(PIXELS, -1))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_see_through_parts_are_white(mode):
    grey = np.full((4, 4), 90, dtype=np.uint8)
    alpha = np.zeros((4, 4), dtype=np.uint8)
    alpha[:2] = 255
    image = Image.merge("LA", [Image.fromarray(grey), Image.fromarray(alpha)])
    if mode == "P":
        image = Image.fromarray(np.where(alpha, 1, 0).astype(np.uint8)).convert("P")
        image.putpalette([7, 7, 7, 90, 90, 90])
        image.info["transparency"] = 0
    seen = np.asarray(upright(image if mode == "P" else image.convert(mode), "p"))
    assert (seen[:2] == 90).all()
    assert (seen[2:] == 255).all()


def test_sixteen_bits_are_scaled_and_not_cut_off():
    ramp = np.linspace(0, 65535, 64 * 64).astype(np.uint16).reshape(64, 64)
    seen = np.asarray(upright(stored(Image.fromarray(ramp)), "p"))
    assert np.array_equal(seen[..., 0], ramp >> 8)
    assert np.array_equal(seen[..., 0], seen[..., 2])


def test_range_of_32_bits_is_not_guessed():
    with pytest.raises(DataError, match="p: has grey values of 32 bits, whose range is not known"):
        upright(stored(Image.fromarray(np.ones((4, 4), dtype=np.float32)), format="TIFF"), "p")


def test_the_middle_is_taken_after_the_short_side_was_scaled():
    wide = np.zeros((32, 64, 3), dtype=np.uint8)
    wide[:, 16:48] = 200
    assert (square(wide, 32, 1.0, "p") == 200).all()
    assert (square(np.kron(wide, np.ones((2, 2, 1), np.uint8)), 16, 0.5, "p") == 200).all()
    assert square(PIXELS, 50, 1.0, "p").shape == (50, 50, 3)


def test_other_programs_are_not_started():
    """Pillow would hand PostScript to Ghostscript."""
    page = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
    with pytest.raises(DataError, match="p: not a readable picture$"):
        upright(page, "p")


def test_what_a_small_file_may_ask_for_is_bounded():
    bomb = stored(Image.new("1", (MAX_PIXELS // 4096 + 1, 4096)))
    assert len(bomb) < 100_000
    with pytest.raises(DataError, match="p: has 16385 x 4096 pixels, more than 67,108,864"):
        upright(bomb, "p")
    with pytest.raises(DataError, match="p: is too long and narrow, 60000 x 1 pixels"):
        square(Image.new("L", (60_000, 1)), 224, 0.875, "p")
