import pytest

import morelli.errors
from morelli.errors import MissingExtraError, MorelliError, nearest


def test_every_error_is_one_of_ours():
    kinds = [kind for kind in vars(morelli.errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert all(issubclass(kind, MorelliError) for kind in kinds)
    assert all((kind.__doc__ or "").strip() for kind in kinds)


def test_a_missing_extra_holds_the_line_that_installs_it():
    assert (
        str(MissingExtraError("morelli demo", "train"))
        == "morelli demo needs the 'train' extra: pip install 'morelli[train]'"
    )


@pytest.mark.parametrize(
    ("name", "known", "words"),
    [
        ("margn", ["margin", "kind"], "did you mean 'margin'?"),
        ("cnn", ["cnn-a", "cnn-b"], "did you mean 'cnn-b' or 'cnn-a'?"),
        ("xyz", ["b", "a"], "known: a, b"),
        ("xyz", [], "there is none that would fit"),
        ("x", iter(["x1", "x2"]), "did you mean 'x2' or 'x1'?"),
    ],
)
def test_the_nearest_names(name, known, words):
    assert nearest(name, known) == words
