"""Pictures of items come from one folder, by name, and from nowhere else."""

import io

import numpy as np
import pytest
from PIL import Image

from hint_train.data.pairs import Gallery
from hint_train.errors import ConfigError
from hint_train.serving.gallery import of_folder, of_gallery
from hint_train.serving.refusals import RefusedError

PIXELS = 2**20


def draw(path, size=(40, 30), colour="red", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path, **options)
    return path


def shown(data):
    with Image.open(io.BytesIO(data)) as picture:
        return picture.format, picture.size, picture.convert("RGB").getpixel((0, 0))


def test_files_belong_to_items_by_their_path_with_or_without_the_suffix(tmp_path):
    draw(tmp_path / "a.png", colour=(255, 0, 0))
    draw(tmp_path / "deep" / "er" / "b.PNG", colour=(0, 255, 0))
    draw(tmp_path / "7.png", colour=(0, 0, 255))
    draw(tmp_path / "stranger.png")
    names = {"a.png": "a.png", "deep/er/b": "deep/er/b", "7": 7, "missing": "missing"}
    pictures = of_folder(tmp_path, names, PIXELS)
    assert len(pictures) == 3
    assert shown(pictures.small("a.png")) == ("PNG", (40, 30), (255, 0, 0))
    assert shown(pictures.small("deep/er/b"))[2] == (0, 255, 0)
    assert shown(pictures.small(7))[2] == (0, 0, 255)
    for name in ("missing", "stranger.png", "stranger", "../a.png", "/etc/passwd", 8):
        assert name not in pictures
        with pytest.raises(RefusedError):
            pictures.small(name)


def test_large_pictures_are_made_small_and_turned(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    draw(tmp_path / "a.jpg", (800, 400), exif=exif)
    assert shown(of_folder(tmp_path, {"a": "a"}, PIXELS).small("a"))[:2] == ("JPEG", (160, 320))


def test_links_are_followed_only_inside_of_the_folder(tmp_path):
    outside = draw(tmp_path / "outside" / "secret.png")
    folder = tmp_path / "pictures"
    inside = draw(folder / "real" / "a.png", colour=(1, 2, 3))
    (folder / "link.png").symlink_to(inside)
    (folder / "out.png").symlink_to(outside)
    (folder / "gone.png").symlink_to(tmp_path / "nothing")
    (folder / "elsewhere").symlink_to(outside.parent)
    (folder / "folder.png").mkdir()
    names = {name: name for name in ("link", "out", "gone", "elsewhere/secret", "folder", "real/a")}
    pictures = of_folder(folder, names, PIXELS)
    assert {name for name in names if name in pictures} == {"link", "real/a"}


def test_a_file_that_was_exchanged_later_is_not_followed(tmp_path):
    outside = draw(tmp_path / "outside" / "secret.png")
    folder = tmp_path / "pictures"
    file = draw(folder / "a.png")
    pictures = of_folder(folder, {"a": "a"}, PIXELS)
    file.unlink()
    file.symlink_to(outside)
    with pytest.raises(RefusedError, match="cannot be read"):
        pictures.small("a")
    file.unlink()
    with pytest.raises(RefusedError, match="cannot be read"):
        pictures.small("a")


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
)
def test_a_file_that_is_no_picture_is_not_shown(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(RefusedError, match="cannot be read"):
        of_folder(tmp_path, {"a": "a"}, PIXELS).small("a")


def test_a_picture_with_too_many_pixels_is_not_shown(tmp_path):
    draw(tmp_path / "a.png", (2000, 2000))
    with pytest.raises(RefusedError, match="too large"):
        of_folder(tmp_path, {"a": "a"}, PIXELS).small("a")


@pytest.mark.parametrize(
    "make", [lambda folder: None, lambda folder: folder.mkdir(), lambda folder: folder.write_text("")]
)
def test_a_folder_that_holds_nothing_is_refused(tmp_path, make):
    make(tmp_path / "pictures")
    with pytest.raises(ConfigError, match="--images"):
        of_folder(tmp_path / "pictures", {"a": "a"}, PIXELS)


def test_pictures_of_a_data_set():
    drawn = np.zeros((3, 32, 32, 3), dtype=np.uint8)
    drawn[2] = (9, 8, 7)
    pictures = of_gallery(Gallery(drawn, ("", "", "")), {"x": 2}, PIXELS)
    assert shown(pictures.small("x")) == ("PNG", (32, 32), (9, 8, 7))
    assert "y" not in pictures
