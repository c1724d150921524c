import pytest
from PIL import Image

from morelli.looking.picture_file import DRAWINGS, PHOTOS, PictureFileError, check_picture_name, write_picture
from morelli.report.drawing import drawing_style, panel


@pytest.mark.parametrize(("name", "kind"), [("a.png", "PNG"), ("b.JPG", "JPEG"), ("deep/c.jpeg", "JPEG")])
def test_the_name_says_the_format(tmp_path, name, kind):
    with drawing_style():
        write_picture(panel()[0], tmp_path / name)
    assert Image.open(tmp_path / name).format == kind
    assert [path.name for path in (tmp_path / name).parent.iterdir()] == [(tmp_path / name).name]


def test_svg_and_the_same_bytes_every_time(tmp_path):
    for name in ("a.svg", "b.svg", "a.png", "b.png"):
        with drawing_style():
            write_picture(panel()[0], tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes().startswith(b"<?xml")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_name_that_cannot_be_is_refused_and_nothing_is_left(tmp_path):
    with pytest.raises(PictureFileError, match=r"a\.gif: the picture is written as \.png or \.jpg or \.jpeg"):
        check_picture_name(tmp_path / "a.gif", PHOTOS)
    (tmp_path / "b.svg").mkdir()
    with pytest.raises(PictureFileError, match="is a folder"):
        check_picture_name(tmp_path / "b.svg", DRAWINGS)
    (tmp_path / "file").write_text("")
    with drawing_style(), pytest.raises(PictureFileError, match="cannot be written"):
        write_picture(panel()[0], tmp_path / "file" / "a.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.svg", "file"]
