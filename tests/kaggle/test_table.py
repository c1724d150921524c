"""`morelli table FOLDER --parts kaggle`: the competition's folder, as it is, to Table 1 in one command."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from morelli.cli.main import main


def _more_artists_in_training_alone(data: Path) -> None:
    """Make half of the artists with pictures in both parts artists of training: validation and calibration need eight."""
    with (data / "all_data_info.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    both = list(dict.fromkeys(row["artist"] for row in rows if row["artist_group"] == "train_and_test"))[:5]
    for row in rows:
        if row["artist"] not in both:
            continue
        if row["in_train"] == "False":
            (data / "test" / row["new_filename"]).rename(data / "train" / row["new_filename"])
        row.update(artist_group="train_only", in_train="True")
    with (data / "all_data_info.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


@pytest.mark.slow
def test_the_competitions_folder_to_the_table_in_one_command(own_competition, tmp_path, capsys):
    _more_artists_in_training_alone(own_competition)
    (tmp_path / "small.toml").write_text('extends = "demo-cnn"\nname = "small"\n[schedule]\nepochs = 1\nsteps = []\n')
    out = tmp_path / "out"
    words = ["table", own_competition, "--parts", "kaggle", "--out", out, "--systems", tmp_path / "small.toml"]
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in [*words, "--resamples", "20", "--device", "cpu"]])
    said = capsys.readouterr()
    assert end.value.code == 0, said.err

    with (own_competition / "all_data_info.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    split = json.loads((out / "split.json").read_text())
    assert split["drawn"] == "kaggle"
    groups = {row["artist_group"]: set() for row in rows}
    for row in rows:
        groups[row["artist_group"]].add(row["artist"])
    assert len(split["artists"]["test"]) == len(groups["test_only"])
    trained = sum(len(split["artists"][part]) for part in ("train", "validation", "calibration"))
    assert trained == len(groups["train_and_test"]) + len(groups["train_only"])
    test = {f"test/{row['new_filename']}" for row in rows if row["artist_group"] == "train_and_test"}
    assert split["test_seen"]
    assert set(split["test_seen"]) <= test

    table = json.loads((out / "table.json").read_text())
    [row] = table["rows"]
    assert (row["system"], row["state"]) == ("small", "done")
    assert {"table.md", "table.csv", "table.html"} <= {path.name for path in out.iterdir()}
    assert "unseen" in (out / "table.md").read_text()
