from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from morelli.catalogue.names import normalise_artist


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Claude Monet", "claude-monet"),
        (" Claude  MONET ", "claude-monet"),
        ("Édouard Manet", "Edouard Manet"),
        ("E\u0301douard Manet", "\u00c9douard Manet"),
        ("Albrecht Dürer", "albrecht_durer"),
        ("Vincent van Gogh", "VINCENT VAN GOGH"),
        ("Georgia O'Keeffe", "georgia-okeeffe"),
        ("Georgia O’Keeffe", "Georgia O'Keeffe"),
        ("Wassily Kandinsky.", "wassily kandinsky"),
        ("Straße", "STRASSE"),
        ("Asger Jørn", "asger jorn"),
        ("葛飾 北斎", " 葛飾  北斎 "),
        ("Казимир Малевич", "КАЗИМИР МАЛЕВИЧ"),
    ],
)
def test_one_artist(left: str, right: str) -> None:
    assert normalise_artist(left) == normalise_artist(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Claude Monet", "Monet, Claude"),  # an audit asks about these
        ("葛飾 北斎", "歌川 広重"),
        ("Казимир Малевич", "Василий Кандинский"),
        ("?", "!"),
        ("Pieter Bruegel I", "Pieter Bruegel II"),
    ],
)
def test_two_artists(left: str, right: str) -> None:
    assert normalise_artist(left) != normalise_artist(right)


@given(st.text())
def test_a_slug_is_ascii_never_empty_and_its_own_slug(name: str) -> None:
    slug = normalise_artist(name)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert normalise_artist(slug) == slug
    assert normalise_artist(f"  {name}\t") == slug or not name.strip()
