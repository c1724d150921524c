"""Places and writing: what a place may be, and that whatever goes wrong a reader sees the old file or the new one, whole."""

import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from morelli import files
from morelli.errors import ModelError, MorelliError
from morelli.files import (
    check_file_place,
    check_folder_place,
    check_new_folder_place,
    check_replaced_folder_place,
    check_unicode_place,
    filling_folder,
    lock,
    remove_stale,
    write_file,
    writing_file,
    writing_folder,
)

SOURCE = Path(files.__file__).parent
CHECKS = (check_file_place, check_folder_place, check_new_folder_place, check_replaced_folder_place)


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


@pytest.fixture
def umask():
    old = os.umask(0o027)
    yield 0o027
    os.umask(old)


@pytest.mark.parametrize("check", CHECKS)
def test_a_free_place_is_fine_and_nothing_is_left_of_looking(check, tmp_path):
    check(tmp_path / "a", error=ModelError)
    check(tmp_path / "no" / "such" / "folder" / "a", error=ModelError)
    assert names(tmp_path) == []


@pytest.mark.parametrize("check", CHECKS)
def test_places_where_nothing_can_be_written_are_named(check, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ModelError, match=r"file/b: cannot be written \(.* is a file\)"):
        check(tmp_path / "file" / "b", error=ModelError)
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(ModelError, match=r"round.*cannot be written \(.*(links|Symlink)"):
        check(tmp_path / "round", error=ModelError)
    with pytest.raises(ModelError, match="name too long"):
        check(tmp_path / ("x" * 300), error=ModelError)
    with pytest.raises(ModelError, match="cannot be written"):
        check(tmp_path / "a\0b", error=ModelError)
    assert names(tmp_path) == ["file", "round"]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, where not even root can make files")
def test_a_folder_that_takes_no_files_is_named(check):
    with pytest.raises(ModelError, match=r"/proc/nothing/x: cannot be written \(.*: /proc\); choose another place"):
        check(Path("/proc/nothing/x"), error=ModelError)


def test_what_stands_at_a_place_decides(tmp_path):
    file, empty, full = tmp_path / "file", tmp_path / "empty", tmp_path / "full"
    file.write_text("x")
    empty.mkdir()
    full.mkdir()
    (full / "thesis").write_text("years of work")
    check_file_place(file)
    check_folder_place(empty)
    check_folder_place(full)
    check_new_folder_place(empty)
    check_replaced_folder_place(full)
    for check, place, words in (
        (check_file_place, full, "is a folder; name a file in it"),
        (check_folder_place, file, "is a file, not a folder"),
        (check_replaced_folder_place, file, "is a file, not a folder"),
        (check_new_folder_place, file, "is taken"),
        (check_new_folder_place, full, "is taken"),
    ):
        with pytest.raises(MorelliError, match=words):
            check(place)
    file.chmod(0o444)
    if not os.access(file, os.W_OK):  # root may write everything
        with pytest.raises(MorelliError, match="write-protected"):
            check_file_place(file)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(MorelliError, match="a pipe, socket or device"):
            check_file_place(tmp_path / "pipe")
    assert names(full) == ["thesis"]


@pytest.mark.skipif(os.name != "posix", reason="names of bytes")
def test_a_path_that_is_no_unicode_can_be_written_by_us_and_is_named_where_others_cannot(tmp_path):
    target = tmp_path / os.fsdecode(b"caf\xe9.csv")
    write_file(target, "x")
    assert target.read_text() == "x"
    with pytest.raises(ModelError, match="this path is not valid Unicode"):
        check_unicode_place(target, error=ModelError)
    check_unicode_place(tmp_path / "café.csv")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_its_user_may_not_write_to_is_named(tmp_path):
    (tmp_path / "shut" / "report").mkdir(parents=True)
    (tmp_path / "shut").chmod(0o555)
    for check in CHECKS:
        with pytest.raises(ModelError, match=r"x: cannot be written \(Permission denied: .*shut\)"):
            check(tmp_path / "shut" / "x", error=ModelError)
    check_folder_place(tmp_path / "shut" / "report")
    with pytest.raises(ModelError, match=r"report: cannot be written \(Permission denied: .*shut\)"):
        check_replaced_folder_place(tmp_path / "shut" / "report", error=ModelError)


@pytest.mark.parametrize("content", ["Cézanne\n", b"\xff\x00", ""])
def test_what_is_written_is_there_and_nothing_else(tmp_path, content):
    target = tmp_path / "deep" / "down" / "file"
    write_file(target, content)
    assert target.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert names(target.parent) == ["file"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_new_file_has_the_permissions_of_its_user_and_an_old_one_keeps_its_own(tmp_path, umask):
    target = tmp_path / "file"
    write_file(target, "a")
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~umask
    target.chmod(0o604)
    write_file(target, "b")
    assert stat.S_IMODE(target.stat().st_mode) == 0o604
    with writing_folder(tmp_path / "folder"):
        pass
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o777 & ~umask


@pytest.mark.parametrize("failure", [ValueError("x"), KeyboardInterrupt(), SystemExit(3), ModelError("said already")])
def test_a_failure_goes_on_as_it_is_and_leaves_the_old_file(tmp_path, failure):
    target = tmp_path / "file"
    target.write_text("old")

    def write(place):
        with writing_file(place) as aside:
            aside.write_text("half")
            raise failure

    for place in (target, tmp_path / "new" / "er" / "file"):
        with pytest.raises(type(failure)):
            write(place)
    assert target.read_text() == "old"
    assert names(tmp_path) == ["file"]


def test_an_error_of_the_system_names_the_place_the_reason_and_the_way_out(tmp_path):
    with (
        pytest.raises(ModelError, match=r"file: cannot be written \(No space left on device\); ask the keeper"),
        writing_file(tmp_path / "file", error=ModelError, way_out="ask the keeper") as aside,
    ):
        raise OSError(28, os.strerror(28), str(aside))
    assert names(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_a_disk_that_fills_up_leaves_the_old_file(tmp_path):
    """A process that may write no more than 100 kB to a file: the system's own error, in the middle of a write."""
    (tmp_path / "file").write_text("old")
    code = """
import resource, sys
from pathlib import Path
from morelli.errors import MorelliError
from morelli.files import write_file, writing_folder
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
here = Path(sys.argv[1])
for name in ("file", "new"):
    try:
        write_file(here / name, bytes(1_000_000))
    except MorelliError as err:
        print(err)
try:
    with writing_folder(here / "folder") as aside:
        (aside / "small").write_bytes(b"x")
        (aside / "large").write_bytes(bytes(1_000_000))
except MorelliError as err:
    print(err)
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert re.findall(r"(\w+): cannot be written \(File too large", done.stdout) == ["file", "new", "folder"]
    assert (tmp_path / "file").read_text() == "old"
    assert names(tmp_path) == ["file"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("old")
    (tmp_path / "link").symlink_to("there/file")
    (tmp_path / "ahead").symlink_to("there/new/file")
    (tmp_path / "folder").symlink_to("there/folder")
    write_file(tmp_path / "link", "new")
    write_file(tmp_path / "ahead", "new")
    with writing_folder(tmp_path / "folder") as aside:
        (aside / "a").write_text("a")
    assert all((tmp_path / name).is_symlink() for name in ("link", "ahead", "folder"))
    assert (tmp_path / "there" / "file").read_text() == (tmp_path / "there" / "new" / "file").read_text() == "new"
    assert (tmp_path / "there" / "folder" / "a").read_text() == "a"


@pytest.mark.parametrize("name", ["é" * 127, "a[b]*?.csv", " two  words ", "-rf", ".hidden", "x" * 255])
def test_odd_names(tmp_path, name):
    write_file(tmp_path / name, "a")
    write_file(tmp_path / name, "b")
    assert names(tmp_path) == [name]
    assert (tmp_path / name).read_text() == "b"


def test_of_concurrent_writers_one_file_stands_whole(tmp_path):
    target = tmp_path / "file"
    texts = [letter * 200_000 for letter in "abcdefgh"]
    target.write_text(texts[0])
    writing, seen = threading.Event(), set()

    def read():
        while not writing.is_set():
            seen.add(target.read_text())

    reader = threading.Thread(target=read)
    reader.start()
    writers = [
        threading.Thread(target=lambda text=text: [write_file(target, text) for _ in range(5)]) for text in texts
    ]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    writing.set()
    reader.join()
    assert seen <= set(texts)
    assert target.read_text() in texts
    assert names(tmp_path) == ["file"]


def test_of_two_who_make_a_folder_one_is_told_that_it_is_taken(tmp_path):
    def write(who, *before):
        with writing_folder(tmp_path / "m") as aside:
            (aside / "who").write_text(who)
            for other in before:
                write(other)

    with pytest.raises(MorelliError, match="m: cannot be written"):
        write("late", "early")
    assert (tmp_path / "m" / "who").read_text() == "early"
    assert names(tmp_path) == ["m"]


def test_a_folder_is_whole_or_absent_and_an_old_one_is_exchanged_whole(tmp_path):
    target = tmp_path / "deep" / "m"

    def interrupted():
        with writing_folder(target) as aside:
            (aside / "a").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names(tmp_path) == []
    target.mkdir(parents=True)  # an empty folder is a free place
    with writing_folder(target) as aside:
        (aside / "a").write_text("old")
    with pytest.raises(ModelError, match="is taken"), writing_folder(target, error=ModelError):
        pytest.fail("no work is done")
    with pytest.raises(KeyboardInterrupt), writing_folder(target, replace=True) as aside:
        raise KeyboardInterrupt
    assert (target / "a").read_text() == "old"
    with writing_folder(target, replace=True) as aside:
        (aside / "b").write_text("new")
    assert names(target) == ["b"]
    assert names(target.parent) == ["m"]


@pytest.mark.parametrize("failure", [OSError(5, "Input/output error"), KeyboardInterrupt()])
def test_a_failed_exchange_puts_the_old_folder_back(tmp_path, monkeypatch, failure):
    target = tmp_path / "m"
    target.mkdir()
    (target / "a").write_text("old")
    plain = Path.rename

    def rename(self, to):
        if self.name.endswith(".part"):
            raise failure
        return plain(self, to)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises((MorelliError, KeyboardInterrupt)), writing_folder(target, replace=True) as aside:
        (aside / "a").write_text("new")
    assert (target / "a").read_text() == "old"
    assert names(tmp_path) == ["m"]


def test_a_folder_that_is_filled_in_place_is_emptied_again(tmp_path):
    target = tmp_path / "deep" / "demo"

    def interrupted():
        with filling_folder(target):
            (target / "paintings").mkdir()
            (target / "paintings" / "a").write_text("a")
            (target / "split.json").write_text("{}")
            raise KeyboardInterrupt

    for there in (False, True):
        if there:
            target.mkdir(parents=True)
        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert target.exists() == there
        assert not there or names(target) == []
    with filling_folder(target):
        (target / "a").write_text("a")
    assert names(target) == ["a"]
    with pytest.raises(MorelliError, match="is taken"), filling_folder(target):
        pytest.fail("no work is done")
    assert names(target) == ["a"]


def test_what_dead_writers_left_is_removed_and_what_living_ones_hold_stays(tmp_path):
    pytest.importorskip("fcntl")
    dead, living, young = (tmp_path / f".file.{name}.part" for name in ("dead", "living", "young"))
    folder, other = tmp_path / ".file.folder.part", tmp_path / ".other.dead.part"
    folder.mkdir()
    (folder / "a").write_text("a")
    for path in (dead, living, young, other):
        path.write_text("half")
    for path in (dead, living, folder, other):
        os.utime(path, (1, 1))
    with living.open("rb") as held:
        assert lock(held.fileno())
        write_file(tmp_path / "file", "new")
    assert names(tmp_path) == sorted([living.name, young.name, other.name, "file"])
    remove_stale(tmp_path, "")
    assert names(tmp_path) == sorted([young.name, "file"])


def test_a_writer_in_its_slow_body_is_alive(tmp_path):
    pytest.importorskip("fcntl")
    for name, writing in (("file", writing_file), ("folder", writing_folder)):
        with writing(tmp_path / name) as aside:
            os.utime(aside, (1, 1))
            remove_stale(tmp_path, "")
            assert aside.exists()


def test_no_other_module_writes_aside_by_itself():
    for file in SOURCE.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if file.name != "files.py":
            assert not re.search(r'mkstemp|mkdtemp|os\.replace|os\.rename|\.part"|getpid', text), file
