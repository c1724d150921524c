"""Commands and functions answer with the shipped model where none is named."""

import morelli


def test_nobody_need_name_the_default(shipped_place, tiny_model, studio_folder, run):
    one, other, *_ = sorted(studio_folder.rglob("*.jpg"))
    assert morelli.compare(one, other) == morelli.compare(one, other, model=tiny_model)
    code, out, _ = run("compare", one, other, "--json")
    assert code == 0
    assert out == run("compare", one, other, "--json", "--model", tiny_model)[1]
    assert run("card", "default")[1] == run("card", tiny_model)[1]
