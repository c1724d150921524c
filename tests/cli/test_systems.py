"""`morelli systems`: what it lists is what can be read, and what it prints is what was read."""

import json

import pytest

from morelli.systems.parameters import count_parameters
from morelli.systems.read import check_system, read_system, system_names


def test_every_system_is_listed_with_its_parameters_and_title(run):
    code, out, err = run("systems")
    assert (code, err) == (0, "")
    *rows, note = out.splitlines()
    assert note.startswith("+ and the outputs")
    lines = {line.split()[0]: line for line in rows}
    assert sorted(lines) == system_names()
    for name, line in lines.items():
        system = read_system(name)
        more = "+" if name in ("softmax-dot", "xception-finetuned", "house") else ""
        assert line.split(maxsplit=1)[1].startswith(f"{count_parameters(system)['total']:,}{more} ")
        assert line.endswith(f" parameters  {system.title}")


@pytest.mark.parametrize("name", system_names())
def test_json_is_the_system_and_reads_back_as_it(run, name):
    found = json.loads(run("systems", name, "--json")[1])
    parameters = found.pop("parameters")
    assert parameters["total"] == count_parameters(read_system(name))["total"]
    known = {key: value for key, value in found.items() if key in read_system(name).__struct_fields__}
    assert check_system(known, place=name) == read_system(name)


def test_a_change_shows(run, tmp_path):
    out = run("systems", "triplet-cnn", "--set", "schedule.patience=3", "--set", "objective.margin=2")[1]
    assert "patience         3" in out
    assert "margin           2.0" in out
    file = tmp_path / "mine é.toml"
    file.write_text('extends = "triplet-cnn"\nname = "mine"\n[schedule]\nepochs = 7\n', encoding="utf-8")
    assert json.loads(run("systems", file, "--json")[1])["schedule"]["epochs"] == 7


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing-like-it"], "no system is called 'nothing-like-it'; known: "),
        (["triplet-cnn", "--set", "schedule.epochs=0"], "schedule.epochs = 0: give a whole number from 1 to 100,000"),
        (["triplet-cnn", "--set", "schedule.epochs"], "a change is written key.key=value"),
        (["gone.toml"], "gone.toml: cannot read this system file (No such file or directory)"),
    ],
)
def test_what_is_wrong_is_one_line_on_standard_error(run, words, message):
    code, out, err = run("systems", *words)
    assert (code, out) == (1, "")
    assert message in err
    assert err.count("\n") == 1
