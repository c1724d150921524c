"""Whose class a painting's heatmap is shown under: its own artist's where the probe knows it, else the top class; and why, in words."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.names import normalise_artist
from morelli.features.cache import picture_key
from morelli.looking.class_page import Wanted
from morelli.looking.probe import ArtistProbe, ProbeError
from morelli.pictures.file import read_regular_file
from morelli.pictures.open import Limits

OWN = "its artist"


def asked_for(artist: str, known: Sequence[str]) -> Wanted:
    """Return the class of an artist that was named. known: those a probe is trained on. Raises ProbeError for any other."""
    name = normalise_artist(artist)
    if name not in known:
        near = get_close_matches(name, known, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "name one of the split's training artists"
        raise ProbeError(f"the probe was not trained on {artist!r}; {hint}")
    return Wanted(name, "as asked")


def own_artist(file: Path, catalogue: Catalogue, probe: ArtistProbe) -> Wanted:
    """Return the class of a painting by what its file holds, else by its place in the catalogue. Raises PictureError for no file."""
    key = picture_key(read_regular_file(file, at_most=Limits().file_bytes))
    if key in probe.trained:
        return Wanted(probe.trained[key], OWN, "the probe was trained on this very painting")
    if key in probe.held_back:
        return Wanted(probe.held_back[key], OWN, "held back when the probe was trained")
    artist = _by_place(file, catalogue)
    if artist is None:
        return Wanted(None, "top class", "not in the catalogue: its artist is not known here")
    if normalise_artist(artist) in probe.classes.names:
        return Wanted(normalise_artist(artist), OWN, "took no part when the probe was trained")
    return Wanted(None, "top class", f"by {artist}, whom the probe was not trained on")


def _by_place(file: Path, catalogue: Catalogue) -> str | None:
    here, root = file.resolve(), catalogue.root.resolve()
    if not here.is_relative_to(root):
        return None
    path = here.relative_to(root).as_posix()
    return next((str(a) for p, a in zip(catalogue.path, catalogue.artist, strict=True) if p == path), None)
