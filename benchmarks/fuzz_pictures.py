"""Open mutated picture files of every format that is read, in a watched process of its own. Imported by nothing.

    python benchmarks/fuzz_pictures.py [--first 0] [--count 250000] [--keep FOLDER] [--log FILE]

Case k is the same in every run: which file, which change, which reader follow from k alone; the five formats take turns. Each is
opened from disk twice by `open_image` and by a view. Exit 1 where one of them:

- ends the process, or takes it more than 5 seconds of processor time, or makes it larger than 1 GB;
- raises anything but PictureError, or an error that does not name the file;
- gives what is not uint8 (h, w, 3) with sides of 16 px or more, or two answers for one file;
- gives other pixels than the whole file's where the file was cut off or, a PNG, changed under its checksums;
- writes to standard error.

--keep writes the files that did. --log appends a line every thousand cases; the same words with the same log go on after its last.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import psutil

from fuzz_cases import case, form_of

SECONDS, WALL, MOST = 5.0, 60.0, 1_000_000_000
READINGS = 4  # of a file, for a case
FINE = ("pixels", "error")


# --- the process that opens them ---


def opened(path: Path, at_least: int | None) -> tuple[str, str]:
    """Return ("error", text), ("wrong", why) or ("pixels", hash of both readers' pixels)."""
    from morelli.errors import PictureError
    from morelli.pictures.open import open_image
    from morelli.pictures.view import View

    try:
        pixels = open_image(path, at_least=at_least)
    except PictureError as err:
        try:
            View("whole", 48).open(path)
        except PictureError:
            return ("error", str(err)) if str(path) in str(err) else ("wrong", f"does not name the file: {err}")
        # A view may shrink where the other does not, and so pass over damage that only full resolution shows.
        return ("wrong", f"open_image says {err}, a view opens it") if at_least is None else ("error", str(err))
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or min(pixels.shape[:2]) < 16:
        return "wrong", f"{pixels.dtype} {pixels.shape}"
    try:
        viewed = View("whole", 48).open(path).pixels
    except PictureError as err:
        return "wrong", f"open_image opens it, a view says {err}"
    if viewed.shape != (1, 48, 48, 3) or viewed.dtype != np.uint8:
        return "wrong", f"a view of {viewed.shape}"
    return "pixels", hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes() + viewed.tobytes()).hexdigest()


def work(folder: Path) -> None:
    """Read numbers of cases from standard input; answer each with a line of JSON."""
    peak = Path("/proc/self/clear_refs")
    for line in sys.stdin:
        one = case(int(line))
        path = folder / one.name
        path.write_bytes(one.data)
        if peak.exists():
            peak.write_text("5")  # forget the peak so far
        began = time.process_time()
        try:
            first, second = opened(path, one.at_least), opened(path, one.at_least)
            answer = first if first == second else ("wrong", f"two answers: {first} and {second}")
            if answer[0] == "pixels" and one.strict and one.data != one.whole:
                path.write_bytes(one.whole)
                if opened(path, one.at_least) != answer:
                    answer = ("wrong", "other pixels than the whole file's")
        except BaseException as err:
            answer = ("wrong", f"{type(err).__name__}: {err}")
        seconds = time.process_time() - began
        path.unlink()
        status = Path("/proc/self/status")
        largest = (
            int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
            if status.exists()
            else psutil.Process().memory_info().rss
        )
        print(json.dumps({"kind": answer[0], "what": answer[1], "seconds": seconds, "largest": largest}), flush=True)


# --- the process that watches ---


class Watched:
    """A worker, started again whenever it ended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start()

    def start(self) -> None:
        """Start the worker."""
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--work", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            bufsize=1,
        )

    def said(self) -> str:
        """Return what it wrote to standard error since it was last asked."""
        self.errors.seek(0)
        text = self.errors.read().decode(errors="replace")
        self.errors.seek(0)
        self.errors.truncate()
        return text.strip()

    def ask(self, number: int) -> dict[str, object]:
        """Return the answer to a case; where the worker ends or hangs, that."""
        process, began = self.process, time.monotonic()
        assert process.stdin is not None
        assert process.stdout is not None
        before = sum(psutil.Process(process.pid).cpu_times()[:2])
        process.stdin.write(f"{number}\n")
        while not select.select([process.stdout], [], [], 0.25)[0]:
            spent = sum(psutil.Process(process.pid).cpu_times()[:2]) - before
            if spent > 6 * SECONDS or time.monotonic() - began > WALL * 5:  # four readings and the first start
                process.kill()
                process.wait()
                self.start()
                return {"kind": "hang", "what": f"{spent:.0f} s of processor", "seconds": spent, "largest": 0}
        line = process.stdout.readline()
        said = self.said()
        if not line:
            code = process.wait()
            self.start()
            return {"kind": "crash", "what": f"exit {code}: {said[-300:]}", "seconds": 0.0, "largest": 0}
        answer: dict[str, object] = json.loads(line)
        if said:
            return answer | {"kind": "noise", "what": said[-300:]}
        return answer

    def close(self) -> None:
        """End the worker."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


@dataclass
class Tally:
    """What was found so far; `next` is the case to go on with."""

    first: int
    next: int
    by_form: dict[str, dict[str, int]]
    findings: list[str]
    slowest: float = 0.0
    largest: int = 0

    def add(self, number: int, answer: dict[str, object], *, keep: Path | None) -> None:
        """Count the answer to a case; print what is a finding and keep its file."""
        kind, seconds, size = str(answer["kind"]), float(answer["seconds"]) / READINGS, int(answer["largest"])  # type: ignore[arg-type]
        if kind in FINE and (seconds > SECONDS or size > MOST):
            kind = "slow" if seconds > SECONDS else "large"
        counted = self.by_form.setdefault(form_of(number), {})
        counted[kind] = counted.get(kind, 0) + 1
        self.slowest, self.largest, self.next = max(self.slowest, seconds), max(self.largest, size), number + 1
        if kind in FINE:
            return
        one = case(number)
        how = f"{one.form}, {one.change}, at_least={one.at_least}"
        self.findings.append(f"case {number}: {kind}: {how}: {answer['what']} ({size / 1e6:.0f} MB, {seconds:.1f} s)")
        print(self.findings[-1], flush=True)
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / one.name).write_bytes(one.data)

    def table(self) -> str:
        """Return the counts by format, and the extremes."""
        lines = ["| format | files | opened | refused | findings |", "|---|---|---|---|---|"]
        for form, counted in sorted(self.by_form.items()):
            whole, opened, refused = sum(counted.values()), counted.get("pixels", 0), counted.get("error", 0)
            lines.append(f"| {form} | {whole:,} | {opened:,} | {refused:,} | {whole - opened - refused} |")
        files = sum(sum(counted.values()) for counted in self.by_form.values())
        lines.append(
            f"\n{files:,} files from case {self.first}: {len(self.findings)} findings; slowest {self.slowest:.2f} s of processor, "
            f"largest process {self.largest / 1e6:.0f} MB"
        )
        return "\n".join(lines)


def begin(first: int, log: Path | None) -> Tally:
    """Return what a log has of a run that began at `first`; an empty tally where it has nothing."""
    lines = log.read_text().splitlines() if log and log.exists() else []
    tallies = [Tally(**json.loads(line)) for line in lines]
    return next((found for found in reversed(tallies) if found.first == first), Tally(first, first, {}, []))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=250_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work)
        return
    tally = begin(options.first, options.log)
    with tempfile.TemporaryDirectory() as temporary:
        watched = Watched(Path(temporary))
        for number in range(tally.next, options.first + options.count):
            tally.add(number, watched.ask(number), keep=options.keep)
            if options.log and tally.next % 1000 == 0:
                with options.log.open("a") as log:
                    log.write(json.dumps(asdict(tally)) + "\n")
        watched.close()
    print(f"\n{tally.table()}")
    sys.exit(1 if tally.findings else 0)


if __name__ == "__main__":
    main()
