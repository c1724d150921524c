from __future__ import annotations

from dataclasses import replace

import numpy as np

from morelli.report.palette import of_group
from morelli.report.panels import glance_panels, histogram_panels, learning_panels, reliability_panels, roc_panels


def test_panels_of_a_full_evaluation(make_evaluation) -> None:
    evaluation = make_evaluation()
    assert [panel.caption for panel in glance_panels(evaluation)] == ["Accuracy", "AUC"]
    assert [panel.caption for panel in roc_panels(evaluation)] == ["Random negatives", "Style-matched negatives"]
    captions = [panel.caption for panel in histogram_panels(evaluation)]
    assert captions[:3] == [
        "Seen artists, random negatives",
        "Unseen artists, random negatives",
        "Mix, random negatives",
    ]
    assert [panel.caption for panel in reliability_panels(evaluation)] == captions
    learning = [panel.caption for panel in learning_panels(evaluation.history)]
    assert learning == ["Loss", "AUC on validation artists", "Learning rate"]


def test_a_group_keeps_its_colour_everywhere(make_evaluation) -> None:
    evaluation = make_evaluation()
    panels = [*histogram_panels(evaluation), *reliability_panels(evaluation)]
    for panel in panels:
        group = panel.caption.split()[0].strip(",").lower()
        others = {"seen", "unseen", "mix"} - {group}
        assert f"var(--{of_group(group).name})" in panel.svg
        assert not any(f"var(--{one})" in panel.svg for one in others)


def test_what_cannot_be_drawn_is_left_out(make_evaluation) -> None:
    evaluation = make_evaluation(groups=("unseen",), negatives=("random",))
    one = evaluation.pairs[0]
    uncalibrated = replace(evaluation, pairs=[replace(one, llr=np.full(len(one.pairs), np.nan))])
    assert reliability_panels(uncalibrated) == []
    assert len(roc_panels(uncalibrated)) == 1
    only_different = replace(one, pairs=replace(one.pairs, same=np.zeros(len(one.pairs), dtype=bool)))
    lopsided = replace(evaluation, pairs=[only_different])
    assert (roc_panels(lopsided), reliability_panels(lopsided)) == ([], [])
    assert len(histogram_panels(lopsided)) == 1
    nothing = replace(evaluation, pairs=[])
    assert (roc_panels(nothing), histogram_panels(nothing), glance_panels(nothing)) == ([], [], [])


def test_learning_curves_of_whatever_the_history_holds() -> None:
    assert learning_panels([]) == []
    assert learning_panels([{"seconds": 3.0}]) == []
    assert [panel.caption for panel in learning_panels([{"train_loss": 0.5}, {"validation_loss": 0.4}])] == ["Loss"]
    nan = float("nan")
    only_nan = [{"epoch": 1.0, "train_loss": nan, "validation_auc": nan, "learning_rate": 0.0}]
    assert [panel.caption for panel in learning_panels(only_nan)] == ["Learning rate"]


def test_every_curve_has_its_ring_at_the_epoch_whose_weights_were_kept() -> None:
    """Each figure has its own best epoch; the weights are of one."""
    figures = [(0.3, 0.71), (0.1263, 0.72), (0.2037, 0.7813), (0.21, 0.79)]
    history = [
        {"epoch": float(n), "validation_eer": eer, "validation_auc": auc} for n, (eer, auc) in enumerate(figures, 1)
    ]
    before = learning_panels(history)  # of before it was kept which epoch that is
    assert not any(value in panel.svg for panel in before for value in ("0.126", "0.204", "0.781"))
    history[2]["chosen"] = 1.0
    eer, auc = learning_panels(history)
    assert "0.204" in eer.svg
    assert "0.126" not in eer.svg
    assert "0.781" in auc.svg
    history[1]["chosen"] = 1.0  # a network or a stage of several
    assert "0.126" in learning_panels(history)[0].svg
