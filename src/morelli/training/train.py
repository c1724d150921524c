"""From a system, a catalogue and its parts to a model folder."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import msgspec
import numpy as np
import torch

from morelli.catalogue.catalogue import Catalogue
from morelli.model.back_end import read_cohort
from morelli.model.calibrate import artist_names, fit_model_decisions
from morelli.model.card import write_card
from morelli.model.comparison import CohortComparison, Comparison, MetricComparison, load_pair_net
from morelli.model.description import SCHEMA, ModelDescription
from morelli.model.encoder import load_openvino
from morelli.model.folder import (
    BACK_END,
    CARD,
    DECISION,
    ENCODER,
    HEAD,
    HISTORY,
    TRAINED_ON,
    ModelFolder,
    write_model_folder,
)
from morelli.model.seen import what_was_seen
from morelli.model.similarity import check_kind
from morelli.pictures.view import View
from morelli.systems.networks import FineTuned, Tower
from morelli.systems.objectives import Discriminant
from morelli.systems.system import System
from morelli.training.checkpoint import leaving_no_idle_folder, only_one_training
from morelli.training.checks import check_before
from morelli.training.history import history_csv
from morelli.training.narrow_weights import check_narrow, narrow_weights
from morelli.training.run import Parts, Rows, Run, Trained
from morelli.version import VERSION


def train(
    system: System, catalogue: Catalogue, part: Parts, *, out: Path, run: Run, replace: bool = False
) -> ModelFolder:
    """Train a system, choose on validation artists, calibrate on calibration artists, and write a model folder.

    part (n,): of every row of the catalogue, as `Split.assign` returns it. Raises TrainingError, ModelError, PairsError.
    """
    check_before(system, catalogue, part, out=out, run=run, replace=replace)
    with leaving_no_idle_folder(run.folder), only_one_training(run.folder):
        trained = fit(system, catalogue, part, run=run)
    names = artist_names(catalogue)
    view = View(system.view.kind, system.view.size, system.view.grid)
    encoder, facts = trained.encoder, dict(trained.facts)
    if system.stored != "float32":
        some = trained.rows[:: max(1, len(trained.rows) // 8)][:8]
        pictures = np.stack([view.open(catalogue.file(int(row))).pixels for row in some])
        encoder = narrow_weights(trained.encoder, system.stored)
        difference = check_narrow(
            trained.encoder, encoder, pictures[:, 0] if view.n == 1 else pictures, stored=system.stored
        )
        facts["weights"] = f"kept in {system.stored}, which changes embeddings by {difference:.1g} of their size"
    fitted = fit_model_decisions(
        load_openvino(encoder, name="the export", precision=trained.precision),
        comparisons(system, trained),
        catalogue,
        part,
        view=view,
        width=trained.width,
        ranged=trained.ranged,
        seed=run.seed,
        workers=run.workers,
        progress=run.progress,
        remark=run.remark,
    )
    facts = {
        "catalogue": catalogue.root.name,
        "artists": f"{len(set(names[trained.rows]))} trained, {len(set(names[trained.validation]))} validation",
        "paintings": f"{len(trained.rows)} trained, {len(trained.validation)} validation",
        **facts,
        "seed": str(run.seed),
    }
    description = ModelDescription(
        schema=SCHEMA,
        system=msgspec.to_builtins(system),
        view=system.view,
        embedding=trained.width,
        similarity=system.similarity,
        parameters=trained.parameters,
        precision=trained.precision,
        origins=trained.origins,
        cohort=system.cohort,
        known_range=fitted.known_range,
        files={},
        training=facts,
        licence=licence_words(catalogue, trained.rows),
        versions={"morelli": VERSION, "python": platform.python_version(), "torch": str(torch.__version__)},
    )
    seen = what_was_seen(
        catalogue,
        names,
        {
            "train": trained.rows,
            "validation": trained.validation,
            "calibration": np.flatnonzero(part == "calibration"),
        },
    )
    files = {
        ENCODER: encoder,
        HEAD: trained.head,
        BACK_END: trained.back_end,
        DECISION: json.dumps({name: one.to_dict() for name, one in fitted.decisions.items()}, indent=1).encode(),
        HISTORY: history_csv(trained.history).encode() if trained.history else None,
        TRAINED_ON: seen.to_json().encode(),
        CARD: write_card(description, fitted.decisions).encode(),
    }
    there = {name: data for name, data in files.items() if data is not None}
    return write_model_folder(out, description, there, replace=replace)


def licence_words(catalogue: Catalogue, rows: Rows) -> str:
    """Say what licence the weights have: that of the pictures (rows) that they were trained on, as far as the catalogue tells it."""
    marked = sum(str(value).lower() in ("1", "true", "yes") for value in catalogue.get("public_domain")[rows])
    return "that of the training pictures" + (
        f", of which {marked:,} of {len(rows):,} are marked public_domain = 1 in the catalogue"
        if marked
        else "; see the catalogue"
    )


def fit(system: System, catalogue: Catalogue, part: Parts, *, run: Run) -> Trained:
    """Train a system by the way that its network and its objective ask for."""
    if isinstance(system.objective, Discriminant):
        from morelli.training.discriminant import train_discriminant

        return train_discriminant(system, catalogue, part, run=run)
    if isinstance(system.network, Tower):
        from morelli.training.end_to_end import train_end_to_end

        return train_end_to_end(system, catalogue, part, run=run)
    if isinstance(system.network, FineTuned):
        from morelli.training.fine_tuning import train_fine_tuned

        return train_fine_tuned(system, catalogue, part, run=run)
    from morelli.training.feature_pairs import train_feature_pairs

    return train_feature_pairs(system, catalogue, part, run=run)


def comparisons(system: System, trained: Trained) -> dict[str, Comparison]:
    """Return the scores of what was trained, as a loaded model has them."""
    if trained.head is not None:
        return {"alone": load_pair_net(trained.head, name="the exported head", width=trained.width)}
    kind = check_kind(system.similarity)
    alone: dict[str, Comparison] = {"alone": MetricComparison(kind)}
    if system.cohort is None or trained.back_end is None:
        return alone
    cohort = read_cohort(trained.back_end, name="the cohort", width=trained.width)
    return {"cohort": CohortComparison(kind, cohort, system.cohort.neighbours, system.cohort.weight)} | alone
