"""Progress: one line that is rewritten on a terminal, few plain lines elsewhere, nothing for what is quick."""

import io
import sys

import pytest

from morelli.cli import progress as module
from morelli.cli.progress import progress, remark, show_time


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def work(stream, monkeypatch, clock, *, seconds, steps=100, fail_at=None):
    """Do `steps` steps in so many seconds; return what was written."""
    monkeypatch.setattr(sys, "stderr", stream)
    with progress("looking") as tell:
        for done in range(1, steps + 1):
            clock[0] += seconds / steps
            if done == fail_at:
                raise KeyboardInterrupt
            tell(done, steps)
    return stream.getvalue()


def test_what_is_quick_says_nothing(monkeypatch, clock):
    assert work(io.StringIO(), monkeypatch, clock, seconds=0.9) == ""
    assert work(Terminal(), monkeypatch, clock, seconds=0.9) == ""
    assert work(io.StringIO(), monkeypatch, clock, seconds=10) == ""


def test_a_line_now_and_then_where_no_terminal_is(monkeypatch, clock):
    lines = work(io.StringIO(), monkeypatch, clock, seconds=100).splitlines()
    assert lines[-1] == "looking: 100 of 100, 1 min 39 s"
    assert lines[0] == "looking: 16 of 100, 1 min 24 s left"
    assert len(lines) == 100 // 15 + 1


def test_a_second_piece_of_work_has_a_time_of_its_own(monkeypatch, clock):
    """Decoding, then hours of training, then embedding: the last does not take hours because of them."""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress("looking") as tell:
        for done in range(1, 11):
            clock[0] += 1
            tell(done, 10)
        clock[0] += 7200
        for done in range(1, 41):
            clock[0] += 1
            tell(done, 40)
    lines = sys.stderr.getvalue().splitlines()
    assert lines[0] == "looking: 16 of 40, 24 s left"
    assert lines[-1] == "looking: 40 of 40, 39 s"


def test_one_line_on_a_terminal_which_ends_where_the_work_does(monkeypatch, clock):
    text = work(Terminal(), monkeypatch, clock, seconds=10)
    assert text.count("\n") == 1
    assert text.endswith("100 of 100, 10 s\n")
    assert text.count("\r\x1b[K") > 20
    stream = Terminal()
    with pytest.raises(KeyboardInterrupt):
        work(stream, monkeypatch, clock, seconds=10, fail_at=50)
    assert stream.getvalue().endswith("\n")  # what is said next has a line of its own


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (3599.6, "1 h 00 min"),
        (90_000, "25 h 00 min"),
        (float("inf"), "?"),
    ],
)
def test_times_in_words(seconds, words):
    assert show_time(seconds) == words


def test_a_remark_goes_to_standard_error(capsys):
    remark("x")
    assert capsys.readouterr() == ("", "x\n")
