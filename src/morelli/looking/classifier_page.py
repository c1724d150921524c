"""A trained classifier's maps on paintings, a row each: where it sees an artist."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.names import normalise_artist
from morelli.errors import ModelError, nearest
from morelli.looking.class_page import show_chance
from morelli.looking.classifier_map import artist_maps
from morelli.looking.heat import heat_foot, heat_panel, open_painting, painting_panel
from morelli.looking.panels import draw_panels
from morelli.model.model import Model
from morelli.model.seen import digest

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def output_names(model: Model, catalogue: Catalogue, *, outputs: int) -> list[str]:
    """Return the artist of each of a classifier's outputs: of the catalogue's artists those that it was trained on, in sorted order.

    A model keeps hashes of names, no names. Raises ModelError where the catalogue has not exactly its artists.
    """
    seen = model.trained_on.artists["train"]
    names = sorted({normalise_artist(name) for name in catalogue.artist} - {""})
    found = [name for name in names if digest(name.encode()) in seen]
    if len(found) != outputs:
        raise ModelError(
            f"{catalogue.place}: has {len(found)} of the {outputs} artists that {model.folder.path} was trained on; "
            "give the catalogue of its training, or none"
        )
    return found


def classifier_page(files: Sequence[Path], model: Model, *, catalogue: Catalogue | None, artist: str | None) -> Figure:
    """Return a page: a row a painting, the painting itself and its map under one output of a classifier.

    artist: whose output, by name, which needs the catalogue of the training; None: the likeliest one's. Call inside `drawing_style`.
    Raises PictureError, ModelError, HeatmapError.
    """
    paintings = [open_painting(file, view=model.view) for file in files]
    pictures = np.concatenate([model.view.open(file).pixels for file in files])
    names = None
    asked = None
    if catalogue is not None:
        names = output_names(model, catalogue, outputs=len(model.trained_on.artists["train"]))
    if artist is not None:
        if names is None:
            raise ModelError("--artist: a model keeps no names; give the catalogue of its training")
        if normalise_artist(artist) not in names:
            raise ModelError(f"the model was not trained on {artist!r}; {nearest(normalise_artist(artist), names)}")
        asked = names.index(normalise_artist(artist))
    found = artist_maps(model, pictures, outputs=[asked] * len(files))
    rows = []
    for place, painting in enumerate(paintings):
        width, height = painting.original_size
        shown, top = int(found.shown[place]), int(found.top[place])
        words = [
            f"{_name(shown, names)}: {'top class' if shown == top else 'as asked'}, {_chance(found.chances[place, shown])}"
        ]
        if shown != top:
            words.append(f"top class: {_name(top, names)}, {_chance(found.chances[place, top])}")
        rows.append(
            [
                painting_panel(painting, title=painting.name, words=[f"{width:,} × {height:,} px"]),
                heat_panel(painting, found.values[place], found.cells, title=model.name, words=words),
            ]
        )
    way = (
        "Grad-CAM under its own outputs, one a training artist."
        if found.is_grad_cam
        else "Gradient times map under its own outputs, one a training artist: its head tells places apart, so a mean gradient "
        "(Grad-CAM) would point elsewhere."
    )
    return draw_panels(rows, foot=heat_foot([f"{model.name}: {way}"]))


def _name(output: int, names: Sequence[str] | None) -> str:
    return f"artist {output + 1}" if names is None else names[output]


def _chance(chance: float) -> str:
    return f"probability {show_chance(float(chance))}"
