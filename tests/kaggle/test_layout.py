import shutil
import zipfile

import pytest

from morelli.errors import KaggleError
from morelli.kaggle.layout import find_test_pictures, unpacked

from .conftest import BROKEN

COPY = "replacements_for_corrupted_files"


def names_and_bytes(data):
    with find_test_pictures(data) as found:
        return {name: file.read_bytes() for name, file in zip(found.names, found.files, strict=True)}, found.replaced


def archive(data, members):
    """Put the folder of replacements into an archive in its stead."""
    shutil.rmtree(data / COPY, ignore_errors=True)
    with zipfile.ZipFile(data / f"{COPY}.zip", "w") as pack:
        for name, content in members.items():
            pack.writestr(name, content)


def test_every_test_picture_is_found_and_copies_take_their_place(competition):
    files, replaced = names_and_bytes(competition)
    assert set(files) == {file.name for file in (competition / "test").iterdir()}
    assert len(files) == 130
    assert list(files) == sorted(files)
    assert replaced == 1
    whole = BROKEN["whole copy"]
    assert files[whole] == (competition / COPY / "test" / whole).read_bytes()
    assert files[whole] != (competition / "test" / whole).read_bytes()


def test_the_archive_is_read_where_it_lies(own_competition):
    with_folder, _ = names_and_bytes(own_competition)
    whole = (own_competition / COPY / "test" / BROKEN["whole copy"]).read_bytes()
    archive(
        own_competition,
        {
            f"test/{BROKEN['whole copy']}": whole,
            "train/1001.jpg": b"of training",
            f"__MACOSX/test/{BROKEN['empty']}": b"of a Macintosh",
            "test/._1.jpg": b"hidden",
            "test/9999.jpg": b"missing in test.zip",
        },
    )
    with_archive, replaced = names_and_bytes(own_competition)
    assert with_archive == with_folder | {"9999.jpg": b"missing in test.zip"}
    assert replaced == 2
    archive(own_competition, {f"{COPY}/test/{BROKEN['whole copy']}": whole})
    assert names_and_bytes(own_competition) == (with_folder, 1)


def test_a_folder_goes_before_the_archive(own_competition):
    expected = names_and_bytes(own_competition)
    folder = own_competition / COPY
    folder.rename(own_competition / "aside")
    archive(own_competition, {f"test/{BROKEN['whole copy']}": b"other"})
    (own_competition / "aside").rename(folder)
    assert names_and_bytes(own_competition) == expected


def test_nothing_is_left_of_an_unpacked_archive(own_competition, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    archive(own_competition, {f"test/{BROKEN['whole copy']}": b"x"})
    with find_test_pictures(own_competition):
        assert list((tmp_path / "t").iterdir())
    assert not list((tmp_path / "t").iterdir())


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04" + bytes(100)])
def test_a_broken_archive_is_named(own_competition, data):
    shutil.rmtree(own_competition / COPY)
    (own_competition / f"{COPY}.zip").write_bytes(data)
    with pytest.raises(KaggleError, match=rf"{COPY}\.zip: cannot be unpacked .*download it again"):
        names_and_bytes(own_competition)


def test_a_damaged_member_is_named(own_competition):
    content = bytes(range(256)) * 40
    archive(own_competition, {"test/1.jpg": content})
    file = own_competition / f"{COPY}.zip"
    file.write_bytes(file.read_bytes().replace(content[:500], bytes(500), 1))
    with pytest.raises(KaggleError, match="cannot be unpacked"):
        names_and_bytes(own_competition)


def test_what_is_missing_is_named_with_the_way_out(tmp_path):
    with pytest.raises(KaggleError, match=r"gone: no such folder; name the folder with submission_info\.csv and test/"):
        names_and_bytes(tmp_path / "gone")
    with pytest.raises(KaggleError, match="no test; download it"):
        names_and_bytes(tmp_path)
    (tmp_path / "test.zip").touch()
    with pytest.raises(KaggleError, match=r"test\.zip is not unpacked; unpack it here"):
        names_and_bytes(tmp_path)
    (tmp_path / "test").mkdir()
    with pytest.raises(KaggleError, match=r"no pictures in it; unpack test\.zip into"):
        names_and_bytes(tmp_path)
    with pytest.raises(KaggleError, match=r"no submission_info\.csv; download it"):
        unpacked(tmp_path, "submission_info.csv")
    (tmp_path / "submission_info.csv.zip").touch()
    with pytest.raises(KaggleError, match=r"submission_info\.csv\.zip is not unpacked"):
        unpacked(tmp_path, "submission_info.csv")
