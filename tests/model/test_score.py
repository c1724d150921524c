"""Scoring tables: against the model's own scores pair by pair, against csv for what is carried, and what is refused."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morelli.errors import OperatingPointError, PairsError
from morelli.model.comparison import MetricComparison
from morelli.model.embed import Embedded
from morelli.model.embedding_table import list_pictures
from morelli.model.model import load
from morelli.model.score import check_scores_place, score_table
from morelli.protocol.calibration import probability
from morelli.verdict.compare import compare
from morelli.verdict.watch import Watch

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@pytest.fixture(scope="module")
def model(tiny_model):
    return load(tiny_model)


@pytest.fixture(scope="module")
def names(studio_folder):
    return [path.relative_to(studio_folder).as_posix() for path in list_pictures([studio_folder])[:6]]


def write_pairs(file, rows, heading="id,image1,image2,note"):
    file.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    return file


def read(file):
    with file.open(newline="", encoding="utf-8-sig") as opened:
        return list(csv.DictReader(opened))


def stub(embeddings, *, bad=(), slope=1.0):
    """A model whose pictures have these embeddings, whatever is in their files; those in `bad` cannot be used."""

    def embed(files, *, workers, opener, progress):
        rows = np.array([embeddings[file.name] for file in files], dtype=np.float32)
        return Embedded(rows, [(k, PairsError(file.name)) for k, file in enumerate(files) if file.name in bad])

    calibration = SimpleNamespace(llr=lambda similarity: slope * similarity)
    decision = SimpleNamespace(calibration=lambda negatives: calibration)
    return SimpleNamespace(
        headline="random",
        embed=embed,
        decision=decision,
        comparison=MetricComparison("cosine"),
        outside_range=lambda embeddings: np.linalg.norm(embeddings, axis=1) > 100,
    )


def test_a_table_is_scored_row_by_row(model, names, studio_folder, tmp_path):
    rows = [f'{k},{names[k % 6]},{names[(k * 5 + 1) % 6]},"a, ""b"" {k}"' for k in range(40)]
    out = tmp_path / "scores.csv"
    done = score_table(model, write_pairs(tmp_path / "pairs.csv", rows), root=studio_folder, out=out, prior=0.2)
    assert (done.rows, done.pictures, done.empty) == (40, 6, 0)
    found = read(out)
    assert list(found[0]) == ["id", "image1", "image2", "note", "similarity", "probability"]
    assert [row["id"] for row in found] == [str(k) for k in range(40)]
    wanted = model.score([(studio_folder / row["image1"], studio_folder / row["image2"]) for row in found])
    assert [float(row["similarity"]) for row in found] == pytest.approx(wanted, abs=1e-6)
    chances = probability(model.decision.llr(wanted.astype(float), negatives=model.headline), prior=0.2)
    assert [float(row["probability"]) for row in found] == pytest.approx(chances, rel=1e-4)
    assert {row["similarity"] for row in found if row["image1"] == row["image2"]} <= {"0"}  # and not -0


@settings(max_examples=60, deadline=None)
@given(
    carried=st.lists(st.tuples(TEXT, TEXT, st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=6),
    heads=st.tuples(TEXT, TEXT),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    mark=st.booleans(),
)
def test_every_row_comes_out_as_it_went_in_with_two_more(tmp_path_factory, carried, heads, end, quoting, mark):
    folder = tmp_path_factory.getbasetemp()
    table, out = folder / "in.csv", folder / "out.csv"
    kept = [f"_{head}" for head in heads]  # not one of the four names that mean something
    rows = [[kept[0], "image1", "image2", kept[1]], *([a, f"{i}.jpg", f"{j}.jpg", b] for a, b, i, j in carried)]
    if "\r" in "".join([*kept, *(a + b for a, b, _, _ in carried)]):
        quoting = csv.QUOTE_ALL  # csv leaves a lone carriage return bare, which no reader takes for a part of a field
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end, quoting=quoting).writerows(rows)
    table.write_bytes(text.getvalue().encode("utf-8-sig" if mark else "utf-8"))
    angle = {f"{k}.jpg": (np.cos(k), np.sin(k)) for k in range(3)}
    done = score_table(stub(angle), table, root=folder, out=out)
    assert done.rows == len(carried)
    with out.open(newline="", encoding="utf-8-sig" if mark else "utf-8") as file:
        found = list(csv.reader(file))
    assert [row[:4] for row in found] == rows
    assert found[0][4:] == ["similarity", "probability"]
    alike = [np.cos(i - j) for _, _, i, j in carried]
    assert [float(row[4]) for row in found[1:]] == pytest.approx(alike, abs=1e-6)
    assert [float(row[5]) for row in found[1:]] == pytest.approx(1 / (1 + np.exp(-np.array(alike))), abs=1e-5)
    before = table.read_bytes().split(end.encode())
    assert all(
        one.startswith(other)
        for one, other in zip(out.read_bytes().split(end.encode()), before, strict=True)
        if b'"' not in other
    )


def test_carried_bytes_are_carried(tmp_path):
    table, out = tmp_path / "in.csv", tmp_path / "out.csv"
    data = b'\xef\xbb\xbf,"image1",image2,n,n\r\n007,a.jpg,"b.jpg", x ,""\r\n,a.jpg,a.jpg,1e5,"two\nlines"\n"",b.jpg,a.jpg,\xc3\xa9,;'
    table.write_bytes(data)
    score_table(stub({"a.jpg": (1, 0), "b.jpg": (0, 1)}, slope=0), table, root=tmp_path, out=out)
    assert out.read_bytes() == (
        b'\xef\xbb\xbf,"image1",image2,n,n,similarity,probability\r\n'
        b'007,a.jpg,"b.jpg", x ,"",0,0.5\r\n,a.jpg,a.jpg,1e5,"two\nlines",1,0.5\n"",b.jpg,a.jpg,\xc3\xa9,;,0,0.5\r\n'
    )


def test_one_picture_written_in_several_ways_is_one(model, names, studio_folder, tmp_path):
    artist, _, file = names[0].rpartition("/")
    rows = [f"1,{artist}\\{file},./{artist}//{file},", f"2,{names[0]},{names[1]},"]
    done = score_table(model, write_pairs(tmp_path / "p.csv", rows), root=studio_folder, out=tmp_path / "s.csv")
    assert done.pictures == 2
    assert read(tmp_path / "s.csv")[0]["similarity"] == "0"
    assert read(tmp_path / "s.csv")[0]["image1"] == f"{artist}\\{file}"


def test_a_row_with_a_bad_picture_stays_empty(model, names, studio_folder, tmp_path):
    out = tmp_path / "scores.csv"
    rows = [f"0,{names[0]},{names[1]},", f"1,{names[0]},gone.jpg,", f"2,{names[1]},{names[0]},"]
    done = score_table(model, write_pairs(tmp_path / "pairs.csv", rows), root=studio_folder, out=out)
    assert "gone.jpg" in str(done.skipped[0])
    assert (done.rows, done.empty) == (3, 1)
    found = read(out)
    assert found[1]["similarity"] == found[1]["probability"] == ""
    assert found[0]["similarity"] == found[2]["similarity"] != ""


def test_warnings_are_those_of_a_verdict_and_the_rest_is_untouched(model, studio_folder, tmp_path):
    from PIL import Image

    pixels = np.array(Image.open(list_pictures([studio_folder])[0]).convert("RGB"))
    framed = np.pad(pixels, ((6, 6), (6, 6), (0, 0)), constant_values=250)
    for name, array in {
        "a.png": pixels,
        'fra"med.png': framed,
        "grey.png": pixels.mean(axis=2).astype(np.uint8),
    }.items():
        Image.fromarray(array).save(tmp_path / name)
    Image.fromarray(pixels[::-1, ::-1]).save(tmp_path / "b.png")
    rows = ['0,a.png,"fra""med.png",', "1,grey.png,b.png,", "2,b.png,b.png,", "3,gone.png,b.png,"]
    table = write_pairs(tmp_path / "pairs.csv", rows)
    plain = score_table(model, table, root=tmp_path, out=tmp_path / "plain.csv")
    watched = score_table(
        model,
        table,
        root=tmp_path,
        out=tmp_path / "watched.csv",
        watch=Watch(model.view, model.known_range, model.trained_on),
    )
    assert (plain.rows, plain.empty, plain.pictures) == (watched.rows, watched.empty, watched.pictures) == (4, 1, 4)
    found = read(tmp_path / "watched.csv")
    assert [{k: v for k, v in row.items() if k != "warnings"} for row in found] == read(tmp_path / "plain.csv")
    for row in found[:3]:
        said = compare(tmp_path / row["image1"], tmp_path / row["image2"], model=model).warnings
        # A model of few calibration artists says so in each verdict; a table's reader is told by the card.
        assert row["warnings"] == " | ".join(one for one in said if "calibrated on" not in one)
    assert 'fra"med.png has a frame or border' in found[0]["warnings"]
    assert "the two are the same picture" in found[2]["warnings"]
    assert "grey.png is greyscale" in found[1]["warnings"]
    assert found[3]["warnings"] == ""


def test_decisions_are_those_of_verdicts_the_withheld_ones_too(model, studio_folder, tmp_path):
    from PIL import Image

    files = list_pictures([studio_folder])
    for name, file in {"a.png": files[0], "b.png": files[1], "c.png": files[40]}.items():
        Image.open(file).save(tmp_path / name)
    Image.new("RGB", (64, 64), "tan").save(tmp_path / "flat.png")
    pairs = [("a.png", "b.png"), ("a.png", "c.png"), ("flat.png", "a.png"), ("b.png", "b.png"), ("a.png", "gone.png")]
    table = write_pairs(tmp_path / "pairs.csv", [f"{row},{one},{other}," for row, (one, other) in enumerate(pairs)])
    watch = Watch(model.view, model.known_range, model.trained_on)
    score_table(model, table, root=tmp_path, out=tmp_path / "s.csv", operating_point="balanced", watch=watch)
    found = read(tmp_path / "s.csv")
    assert list(found[0])[-4:] == ["similarity", "probability", "decision", "warnings"]
    for row, (one, other) in zip(found[:4], pairs, strict=False):
        verdict = compare(tmp_path / one, tmp_path / other, model=model)
        assert row["decision"] == verdict.decision
        assert (
            row["warnings"].split(" | ") == [words for words in verdict.warnings if "calibrated on" not in words]
            or not row["warnings"]
        )
        assert (row["probability"] == "") == any("nothing is decided" in words for words in verdict.warnings)
    assert found[2]["decision"] == "undecided"
    assert found[2]["probability"] == ""
    score_table(model, table, root=tmp_path, out=tmp_path / "w.csv", watch=watch)
    assert [row["probability"] for row in read(tmp_path / "w.csv")] == [row["probability"] for row in found]
    assert "nothing is decided: flat.png" in found[2]["warnings"]
    assert found[4]["decision"] == found[4]["warnings"] == ""
    with pytest.raises(ValueError, match="decisions need a watch"):
        score_table(model, table, root=tmp_path, out=tmp_path / "t.csv", operating_point="balanced")
    with pytest.raises(OperatingPointError, match="balanced"):
        score_table(model, table, root=tmp_path, out=tmp_path / "t.csv", operating_point="balancd", watch=watch)
    assert not (tmp_path / "t.csv").exists()


def test_a_copy_that_the_model_takes_for_another_hand_is_left_undecided(model, studio_folder):
    file = list_pictures([studio_folder])[0]
    watch = Watch(model.view, model.known_range, model.trained_on)
    watch.open(file)
    decision, why = watch.decide(file, file, "different")
    assert (decision, "the two are the same picture" in why) == ("undecided", True)
    assert watch.decide(file, file, "same") == ("same", "")


def test_pictures_outside_the_range_are_counted_and_named_in_their_rows(tmp_path):
    table = write_pairs(tmp_path / "p.csv", ["0,a,b,", "1,a,c,", "2,bad,b,"])
    model = stub({"a": (1, 0), "b": (0, 200), "c": (1, 1), "bad": (300, 0)}, bad=["bad"])
    done = score_table(model, table, root=tmp_path, out=tmp_path / "s.csv")
    assert done.outside == (tmp_path / "b",)
    watch = SimpleNamespace(
        open=None,
        warnings=lambda first, second, outside: [f"{first.name}{second.name}{outside.tolist()}"],
        decide=lambda first, second, decision: (decision, ""),
    )
    score_table(model, table, root=tmp_path, out=tmp_path / "w.csv", watch=watch)
    assert [row["warnings"] for row in read(tmp_path / "w.csv")] == ["ab[False, True]", "ac[False, False]", ""]


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_a_similarity_that_is_no_number_is_an_error_with_its_line(tmp_path, value):
    table = write_pairs(tmp_path / "p.csv", ["0,a,a,", "1,a,b,", "2,b,a,"])
    with (
        np.errstate(all="ignore"),
        pytest.raises(PairsError, match=r"line 3: the similarity of 'a' and 'b' is \S+, no number"),
    ):
        score_table(stub({"a": (1, 0), "b": (value, value)}), table, root=tmp_path, out=tmp_path / "s.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["p.csv"]


@pytest.mark.parametrize(
    ("heading", "rows", "words"),
    [
        ("image1,image2", [], "holds no pairs, only a header"),
        ("image1,image2", ["x,"], "line 2: image2 '': the path is empty"),
        ("image1,image2", ["x.jpg,y.jpg", "../x.jpg,y.jpg"], "line 3: image1 '../x.jpg': the path leads upwards"),
        ("image1,image2", ["/etc/passwd,y.jpg"], "line 2: image1 '/etc/passwd': the path is absolute"),
        ("image1,image2", [r"x.jpg,C:\y.jpg"], r"line 2: image2 'C:\\y.jpg': the path is absolute"),
        ("image1,image2", [r"..\x.jpg,y.jpg"], "the path leads upwards"),
        ("image1,image2", ["x.jpg,y.jpg"], "none of its 2 pictures can be used"),
        ("image1,image2,similarity", ["x.jpg,y.jpg,1"], "has a column 'similarity' already"),
        ("image1,image2,probability", ["x.jpg,y.jpg,1"], "has a column 'probability' already"),
    ],
)
def test_a_bad_table_is_refused_and_nothing_is_written(model, studio_folder, tmp_path, heading, rows, words):
    table = write_pairs(tmp_path / "pairs.csv", rows, heading)
    with pytest.raises(PairsError) as error:
        score_table(model, table, root=studio_folder, out=tmp_path / "out" / "scores.csv")
    assert words in str(error.value)
    assert [p.name for p in tmp_path.iterdir()] == ["pairs.csv"]


def test_a_link_out_of_the_root_and_a_missing_root_are_refused(model, studio_folder, tmp_path):
    table = write_pairs(tmp_path / "p.csv", ["0,in.jpg,out.jpg,"])
    root = tmp_path / "root"
    with pytest.raises(PairsError, match=r"root: no such folder"):
        score_table(model, table, root=root, out=tmp_path / "s.csv")
    root.mkdir()
    (root / "out.jpg").symlink_to(list_pictures([studio_folder])[0])
    with pytest.raises(PairsError, match=r"line 2: image2 'out\.jpg' leads out of .* by a symbolic link"):
        score_table(model, table, root=root, out=tmp_path / "s.csv")


def test_places_for_scores(tmp_path):
    table = write_pairs(tmp_path / "p.csv", [])
    (tmp_path / "link.csv").symlink_to("p.csv")
    os.link(table, tmp_path / "twin.csv")
    for name in ("p.csv", "link.csv", "twin.csv", "../" + tmp_path.name + "/p.csv"):
        with pytest.raises(PairsError, match="which is read"):
            check_scores_place(tmp_path / name, table=table)
    with pytest.raises(PairsError, match=r"ends in \.csv"):
        check_scores_place(tmp_path / "s.parquet", table=table)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(PairsError, match="is a folder"):
        check_scores_place(tmp_path / "folder.csv", table=table)
    with pytest.raises(PairsError, match=r"cannot be written \(.* is a file\)"):
        check_scores_place(table / "s.csv", table=table)
    check_scores_place(tmp_path / "new" / "s.csv", table=table)


def test_a_table_that_changes_while_it_is_read_is_noticed(tmp_path):
    table = write_pairs(tmp_path / "p.csv", ["0,a,b,", "1,b,a,"])
    for later in (["0,a,b,"], ["0,a,c,", "1,b,a,"]):
        model = stub({"a": (1, 0), "b": (0, 1)})
        embed = model.embed

        def change(files, later=later, embed=embed, **more):
            write_pairs(table, later)
            return embed(files, **more)

        model.embed = change
        with pytest.raises(PairsError, match="was changed while it was read"):
            score_table(model, table, root=tmp_path, out=tmp_path / "s.csv")
        assert not (tmp_path / "s.csv").exists()
        write_pairs(table, ["0,a,b,", "1,b,a,"])


MEMORY = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_score import score_table, stub
folder, rows = Path(sys.argv[1]), int(sys.argv[2])
table = folder / f"{rows}.csv"
with table.open("w") as file:
    file.write("image1,image2,note\\n")
    file.writelines(f"{k % 97}.jpg,{k % 89}.jpg,carried {k}\\n" for k in range(rows))
model = stub({f"{k}.jpg": (1, k) for k in range(97)})
assert score_table(model, table, root=folder, out=folder / f"s{rows}.csv").rows == rows
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read as Linux tells it")
def test_memory_does_not_grow_with_the_rows(tmp_path):
    peaks = []
    for rows in (40_000, 400_000):
        words = [sys.executable, "-c", MEMORY, str(tmp_path), str(rows), str(Path(__file__).parent)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout) / 1024)
    assert peaks[1] - peaks[0] < 10  # MB; the larger table has 12 MB, its rows as objects would have 100
