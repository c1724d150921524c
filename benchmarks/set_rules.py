"""How several similarities to the works of one artist become one: rules compared on artists that nothing was fitted on.

    python benchmarks/set_rules.py MODEL PAINTINGS --split splits/paintings.json [--part validation]

For every number of references, sets are drawn as for a calibration (`morelli.protocol.sets`): a painting beside
references of its own artist and of another, at random or of the same style. Prints the AUC and the minimum Cllr of each
rule. The rule in use was chosen by this table, on validation artists.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names, block_scorer, embed_rows
from morelli.model.model import load
from morelli.protocol.all_pairs import every_similarity
from morelli.protocol.llr import min_cllr
from morelli.protocol.pairs import NEGATIVES
from morelli.protocol.roc import auc
from morelli.protocol.set_similarity import set_similarity, to_square
from morelli.protocol.sets import SIZES, SetDrawer
from morelli.protocol.split import Split

Floats = npt.NDArray[np.float64]


def rules(to: Floats, among: Floats) -> dict[str, Floats]:
    """Return each rule's similarity (m,): to (m, n), among (m, n, n) with a diagonal of zeros."""
    n = to.shape[1]
    ranked = np.sort(to, axis=1)[:, ::-1]
    spread = to.std()
    top = np.log(np.exp((to - ranked[:, :1]) / spread).mean(axis=1)) * spread + ranked[:, 0]
    inner = among.sum(axis=(1, 2)) / (n * (n - 1))
    return {
        "mean": to.mean(axis=1),
        "largest": ranked[:, 0],
        "upper half": ranked[:, : (n + 1) // 2].mean(axis=1),
        "log-sum-exp": top,
        "mean, less half among": to.mean(axis=1) - inner / 2,
        "centre (in use)": set_similarity(to, among, size=n),
        "upper half, less among": ranked[:, : (n + 1) // 2].mean(axis=1) - (n - 1) / (2 * n) * inner,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("paintings", type=Path)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--part", default="validation")
    parser.add_argument("--sets", type=int, default=100, help="of an artist and a number of references")
    arguments = parser.parse_args()
    model, catalogue = load(arguments.model), Catalogue.read(arguments.paintings)
    split = Split.from_json(arguments.split.read_text(encoding="utf-8"), source=str(arguments.split))
    rows = np.flatnonzero(split.assign(catalogue) == arguments.part)
    embeddings, place = embed_rows(catalogue, rows, encoder=model.encoder, view=model.view, width=model.width)
    rows = rows[place[rows] >= 0]
    artist, style = artist_names(catalogue), catalogue.get("style")
    print(f"{model.name} {model.id}, {len(rows)} paintings by {len(set(artist[rows]))} {arguments.part} artists")
    for score, comparison in model.comparisons.items():
        block = block_scorer(embeddings, place, comparison)
        square = to_square(every_similarity(block, rows), len(rows)).astype(np.float64)
        for kind in NEGATIVES:
            found: dict[str, list[str]] = {}
            for size in SIZES:
                drawer = SetDrawer(artist, rows, size=size, negatives=kind, style=style)
                sets = drawer.balanced(per_artist=arguments.sets)
                to = square[sets.query[:, None], sets.references]
                among = square[sets.references[:, :, None], sets.references[:, None, :]]
                for name, similarity in rules(to, among).items():
                    cell = f"{auc(similarity, sets.same):.3f} / {min_cllr(similarity, sets.same):.3f}"
                    found.setdefault(name, []).append(cell)
            print(f"\nscore '{score}', {kind} negatives: AUC / minimum Cllr")
            print(f"{'references':<24}" + "".join(f"{size:>16}" for size in SIZES))
            for name, cells in found.items():
                print(f"{name:<24}" + "".join(f"{cell:>16}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
