"""A model folder of real size for benchmarks: EfficientNet-Lite0's layers, pooled, calibrated on made-up painters.

    python benchmarks/lite0_model.py WEIGHTS.safetensors FOLDER

Its embeddings are real, its calibration is of little worth: it is there to measure time and memory with.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import msgspec
import numpy as np

from morelli.model.calibrate import fit_model_decisions
from morelli.model.comparison import MetricComparison
from morelli.model.description import SCHEMA, ModelDescription
from morelli.model.encoder import load_openvino
from morelli.model.folder import DECISION, ENCODER, TRAINED_ON, ModelFolder, write_model_folder
from morelli.model.seen import TrainedOn
from morelli.pictures.view import View
from morelli.studio.studio import Studio, write_studio
from morelli.systems.read import read_system
from morelli.systems.system import ViewTable
from morelli.training.backbones.backbone import build_backbone
from morelli.training.backbones.pooled import PooledBackbone
from morelli.training.export import export_encoder

SIZE = 224


def network(weights: Path) -> PooledBackbone:
    backbone, _ = build_backbone("lite0", weights=weights)
    layers = [f"stage{stage}" for stage in range(3, 7)]
    return PooledBackbone(backbone, name="lite0", layers=layers, statistics=("mean", "deviation")).eval()


def lite0_model(folder: Path, weights: Path) -> ModelFolder:
    pooled = network(weights)
    onnx = export_encoder(pooled, size=SIZE)
    view = View("whole", SIZE)
    with tempfile.TemporaryDirectory() as temporary:
        catalogue = write_studio(Path(temporary) / "paintings", Studio(seed=1, painters=12), 3, size=96)
        fitted = fit_model_decisions(
            load_openvino(onnx, name="the export"),
            {"alone": MetricComparison("cosine")},
            catalogue,
            np.full(len(catalogue), "calibration", dtype=object),
            view=view,
            width=pooled.width,
        )
    description = ModelDescription(
        schema=SCHEMA,
        system=msgspec.to_builtins(read_system("lite0-lda")) | {"name": "benchmark"},
        view=ViewTable(kind="whole", size=SIZE),
        embedding=pooled.width,
        similarity="cosine",
        parameters=sum(values.numel() for values in pooled.parameters()),
        files={},
        training={"purpose": "to measure time and memory"},
        licence="that of the weights",
        versions={},
    )
    files = {
        ENCODER: onnx,
        DECISION: json.dumps({name: one.to_dict() for name, one in fitted.decisions.items()}).encode(),
        TRAINED_ON: TrainedOn.of(artists={}, pictures={}).to_json().encode(),
    }
    return write_model_folder(folder, description, files, replace=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    print(lite0_model(options.folder, options.weights).path)


if __name__ == "__main__":
    main()
