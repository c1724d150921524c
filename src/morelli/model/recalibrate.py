"""Calibrating a trained model again, on a museum's own pictures: first whether it can tell these artists apart at all."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from morelli.catalogue.audit import audit
from morelli.catalogue.catalogue import Catalogue
from morelli.errors import ModelError
from morelli.model.calibrate import Labels, artist_names, block_scorer, embed_rows, fit_decisions, scorer
from morelli.model.card import write_card
from morelli.model.folder import CARD, DECISION, TRAINED_ON, ModelFolder, write_model_folder
from morelli.model.known_range import fit_known_range
from morelli.model.model import Model
from morelli.model.seen import digest_file
from morelli.protocol.calibration_artists import CalibrationArtists
from morelli.protocol.estimate import Estimate
from morelli.protocol.fit_decision import available_negatives
from morelli.protocol.tellable import ArtistTold, count_told, tell_artists, tell_auc
from morelli.version import VERSION

LEAST_ARTISTS = 10
"""With two usable paintings or more. Fewer support no ratio above ten and no promised rate."""

_TRAINED = ("train", "validation")  # roles that a recalibration cannot take over


@dataclass(frozen=True, kw_only=True, eq=False)
class Prospect:
    """What a model makes of a museum's pictures, before anything is calibrated.

    told: each artist with two paintings or more, the hardest first. auc: by kind of negatives. artists: who is calibrated on.
    left_out: what was not used, and how many of it. The rest is for `recalibrate`.
    """

    told: tuple[ArtistTold, ...]
    auc: dict[str, Estimate]
    artists: CalibrationArtists
    left_out: dict[str, int]
    part: Labels
    place: npt.NDArray[np.int64]
    embeddings: npt.NDArray[np.float32]

    def warnings(self) -> list[str]:
        """Return what a museum should know before it trusts the new calibration, as sentences."""
        said = []
        for kind, one in self.auc.items():
            if not one.low > 0.5:
                said.append(
                    f"against {kind} negatives the model cannot be shown to tell these artists apart at all: AUC {one}, guessing is 0.5"
                )
        if "style-matched" not in self.auc:
            said.append(
                "no style-matched pairs can be made (a column `style` with two styles that several artists share is needed): verdicts will "
                "be against any other painter, which is the easier question"
            )
        counts = count_told(self.told)
        few = sum(math.isnan(one.difference.low) for one in self.told)
        if lost := counts["no"] + counts["unclear"] - few:
            said.append(
                f"{lost} of {len(self.told)} artists are not clearly told from their nearest neighbour: an answer about them says little"
            )
        if few:
            said.append(
                f"whether {few} of {len(self.told)} artists are told from their nearest neighbour is not known: they have too few paintings"
            )
        return said


def look(
    model: Model,
    catalogue: Catalogue,
    *,
    part: Labels | None = None,
    seed: int = 0,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
    remark: Callable[[str], None] | None = None,
) -> Prospect:
    """Choose the pictures that a model can be calibrated on, embed them, and see whether it tells their artists apart.

    Left out: artists and pictures that it was trained on, and what an audit drops (unreadable, flat, duplicates, one picture under two
    artists). part (n,): of a split; only its `calibration` artists are used then. Raises ModelError where fewer than ten artists with
    two paintings are left.
    """
    part, left_out = _choose(model, catalogue, part=part, workers=workers, progress=progress)
    artist, style = artist_names(catalogue), catalogue.get("style")
    _check_enough(catalogue, artist, part, left_out)
    embeddings, place, _ = embed_rows(
        catalogue,
        np.flatnonzero(part == "calibration"),
        encoder=model.encoder,
        view=model.view,
        width=model.width,
        workers=workers,
        progress=progress,
        remark=remark,
    )
    part = np.where((part == "calibration") & (place >= 0), "calibration", "set-aside").astype(object)
    _check_enough(catalogue, artist, part, left_out)
    rows = np.flatnonzero(part == "calibration")
    block, score = (make(embeddings, place, model.comparison) for make in (block_scorer, scorer))
    return Prospect(
        told=tuple(tell_artists(block, artist, rows, seed=seed)),
        auc={
            kind: tell_auc(score, artist, style, rows, negatives=kind, seed=seed)
            for kind in available_negatives(artist, style, rows)
        },
        artists=CalibrationArtists.count(artist, style, rows),
        left_out=left_out,
        part=part,
        place=place,
        embeddings=embeddings,
    )


def recalibrate(model: Model, catalogue: Catalogue, prospect: Prospect, *, out: Path, seed: int = 0) -> ModelFolder:
    """Fit threshold, calibrations, operating points and sets of every score anew, and the known range where there are pictures enough,
    and write a model folder that is otherwise the same.

    It says what it was calibrated on and which model it was; the artists are kept as hashes, so that it is not judged on them. Raises
    ModelError where `out` is taken.
    """
    decisions = fit_decisions(
        prospect.embeddings, prospect.place, model.comparisons, catalogue, prospect.part, seed=seed
    )
    counts = count_told(prospect.told)
    before = model.folder.description
    # A museum of few pictures does not say anew what the model knows: that stays as it was.
    known = before.known_range and (fit_known_range(prospect.embeddings) or before.known_range)
    description = msgspec.structs.replace(
        before,
        known_range=known,
        training=before.training
        | {
            "calibrated again on": f"{catalogue.root.name}: {prospect.artists.in_words()}",
            "calibrated again from": f"{model.name} {model.id}",
            "artists told from their nearest": f"{counts['yes']} of {len(prospect.told)}",
        },
        versions=before.versions | {"morelli, of the calibration": VERSION},
    )
    rows = np.flatnonzero(prospect.part == "calibration")
    seen = model.trained_on.recalibrated(
        artists=set(artist_names(catalogue)[rows].tolist()),
        pictures=[digest_file(catalogue.file(int(row))) for row in rows],
    )
    files = {name: model.folder.read(name) for name in before.files if name not in (DECISION, CARD, TRAINED_ON)}
    files |= {
        DECISION: json.dumps({name: one.to_dict() for name, one in decisions.items()}, indent=1).encode(),
        TRAINED_ON: seen.to_json().encode(),
        CARD: write_card(description, decisions).encode(),
    }
    return write_model_folder(out, description, files)


def _choose(
    model: Model,
    catalogue: Catalogue,
    *,
    part: Labels | None,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[Labels, dict[str, int]]:
    """Return `calibration` for the rows to use, else `set-aside`, and how many were left out for which reason."""
    artist = artist_names(catalogue)
    use = np.ones(len(catalogue), dtype=bool) if part is None else part == "calibration"
    left_out = {} if part is None else {"pictures of other parts of the split": int((~use).sum())}
    seen = model.trained_on
    known = np.array([seen.role_of_artist(name) in _TRAINED for name in artist], dtype=bool) & use
    left_out["artists that it was trained on"] = len(set(artist[known].tolist()))
    left_out["pictures by them"] = int(known.sum())
    use &= ~known
    for row in np.flatnonzero(use):
        file = catalogue.file(int(row))
        if file.is_file() and seen.role_of_picture(digest_file(file)) in _TRAINED:
            use[row] = False
            left_out["other pictures that it was trained on"] = (
                left_out.get("other pictures that it was trained on", 0) + 1
            )
    if use.any():
        dropped = audit(catalogue.select(use), workers=workers, progress=progress).dropped()
        use &= np.array([path not in dropped for path in catalogue.path], dtype=bool)
        left_out["pictures that are unusable or duplicates"] = len(dropped)
    return np.where(use, "calibration", "set-aside").astype(object), {k: n for k, n in left_out.items() if n}


def _check_enough(catalogue: Catalogue, artist: Labels, part: Labels, left_out: dict[str, int]) -> None:
    _, count = np.unique(artist[part == "calibration"].astype(str), return_counts=True)
    able = int((count > 1).sum())
    if able < LEAST_ARTISTS:
        why = "; left out: " + ", ".join(f"{n} {what}" for what, n in left_out.items()) if left_out else ""
        raise ModelError(
            f"{catalogue.place}: {able} artists with two or more usable paintings; {LEAST_ARTISTS} are the least to calibrate on{why}. "
            "Add artists, or use the model as it is calibrated"
        )
